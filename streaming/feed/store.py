"""A room's messages on their way: the Protocol of the wire and its keys."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from foundation.feed import Delivery, FeedMessage

FEED_KEY = "{{room:{room}}}:feed"  # hash: epoch, offset, from (the history is whole beyond this offset)
HISTORY_KEY = "{{room:{room}}}:feed:history"  # stream, bounded: m (a message in its wire form); no samples, no sums
SAMPLES_KEY = "{{room:{room}}}:feed:samples"  # stream, bounded, of a minute: m
FEED_CHANNEL = "{{room:{room}}}:feed"  # pub/sub channel of the room


@dataclass(frozen=True)
class Posted:
    """A message on its way from the store to the sockets; ``body`` is JSON, not parsed again on its way."""

    room: str
    epoch: str
    offset: int
    type: str
    delivery: Delivery
    key: str
    users: tuple[str, ...]
    body: bytes
    dear: tuple[str, ...] = ()
    after_gap: bool = False
    """This process has missed, right before it, what nobody may miss and what is not kept any more."""

    @property
    def silent(self) -> bool:
        """Nothing is said: there is only the gap before it."""
        return not self.type


def gap(room: str, epoch: str, offset: int) -> Posted:
    """This process has missed what was told up to there, and nothing that came after it is known yet."""
    return Posted(room, epoch, offset + 1, "", Delivery.MUST, "", (), b"", after_gap=True)


@dataclass(frozen=True)
class Head:
    """How far a room's feed has come. Another epoch means that its numbering began anew."""

    epoch: str
    offset: int


@dataclass(frozen=True)
class History:
    """All that nobody may miss (no samples, no sums) beyond ``whole_after``, in order."""

    whole_after: Head
    posted: tuple[Posted, ...]


class Wire(Protocol):
    """Carries a room's messages from whoever posts to every api process that listens, in one order a room."""

    async def post(self, *messages: FeedMessage) -> None:
        """A ``foundation.feed.FeedOutlet``."""

    async def head(self, room: str) -> Head: ...

    async def history(self, room: str) -> History:
        """Up to its head. Bounded: the oldest go first."""

    async def listen(self, room: str) -> None:
        """From the return on, ``posted`` of this process yields the room's messages."""

    async def unlisten(self, room: str) -> None: ...

    def posted(self) -> AsyncIterator[Posted]:
        """Messages of all rooms that are listened to; one reader a process."""
