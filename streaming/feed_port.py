"""What other domains give to the room feed: commands that come in over it and parts of its snapshot.

``server`` registers them.
"""

from collections.abc import Collection
from contextvars import ContextVar
from typing import Protocol

from accounts.principal import Principal

CALLER_ADDRESS: ContextVar[str] = ContextVar("caller_address", default="")
"""From where the command that is being done has come, as text; empty where that is not known."""


class FeedCommand(Protocol):
    """One message type that clients may send, ``gift.send`` for example."""

    type: str
    deadline_s: float | None
    """It is given up after so long; None: it has a deadline and a bound of its own, and waits for nobody's turn."""

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        """Do it and return the body of the reply; a ``Refusal`` becomes an error reply with its code."""


class SnapshotPart(Protocol):
    """One member of the snapshot that a newcomer gets, ``battle`` for example."""

    name: str

    async def part(self, room: str, principal: Principal | None) -> object:
        """The JSON-able value of the member for this room and this reader; None: for everybody."""

    async def others(self, room: str) -> Collection[str]:
        """Users who are not shown what everybody is, besides the room's host and staff, of whom nobody asks."""
