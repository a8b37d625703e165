"""Who is there, as it is remembered: the Protocol of the store and its keys.

Each api process says of a room how many of its sockets watch. What it has said counts for ``GONE_AFTER_MS``, so whoever
was in a process that died is gone after that, and there is no key of one viewer that could be left over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

PRESENCE_KEY = "{{room:{room}}}:audience:processes"  # hash: process -> "COUNT AT_MS\nNEWEST" (JSON); expires
FIGURES_KEY = "{{room:{room}}}:audience:figures"  # hash: broadcast, peak; expires
UNIQUE_KEY = "{{room:{room}}}:audience:unique"  # HyperLogLog of whoever has watched the broadcast; expires

NEWEST = 20
"""So many newcomers are remembered by name."""


@dataclass(frozen=True)
class Newcomer:
    """A signed-in viewer, and when he came."""

    user: str
    name: str
    entered_ms: int


@dataclass(frozen=True)
class Here:
    """What one process says of a room: how many watch there, and who came last, the newest first."""

    count: int
    newest: tuple[Newcomer, ...] = ()


@dataclass(frozen=True)
class Counted:
    """What all processes together have said. ``broadcast`` is the one whose peak it is, empty before the first."""

    count: int
    peak: int
    broadcast: str = ""
    newest: tuple[Newcomer, ...] = ()


@dataclass(frozen=True)
class Figures:
    """Of one broadcast: the most who watched at one time, and how many different ones (within one percent)."""

    peak: int = 0
    unique: int = 0


NOBODY = Figures()


@dataclass(frozen=True)
class Beat:
    """``visitors`` are names of those who have come since the last beat, for the number of different ones."""

    process: str
    here: Here
    now_ms: int
    visitors: Collection[str] = field(default=())


class Audiences(Protocol):
    """Who watches, per room."""

    async def beat(self, room: str, beat: Beat) -> Counted:
        """This is how it is in that process from now on. What was said too long ago is forgotten."""

    async def look(self, room: str, now_ms: int) -> Counted:
        """As ``beat`` has it, without saying anything."""

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]: ...

    async def begin(self, room: str, broadcast: str) -> None:
        """Peak and unique viewers count anew; nothing when they count for that broadcast already."""

    async def figures(self, room: str) -> Figures:
        """Of the last broadcast that has begun."""


def together(said: Sequence[Here]) -> Here:
    """What several processes say, as one; a user who came twice is named once."""
    last: dict[str, Newcomer] = {}
    for newcomer in sorted((each for here in said for each in here.newest), key=lambda each: each.entered_ms):
        last[newcomer.user] = newcomer
    newest = sorted(last.values(), key=lambda each: (-each.entered_ms, each.user))
    return Here(sum(here.count for here in said), tuple(newest[:NEWEST]))
