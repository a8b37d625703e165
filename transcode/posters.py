"""Posters: a small still picture of each live room, made again every few seconds while somebody looks at them.

They are kept for so short a time that a room that is over soon has none, whoever forgot to remove it, and for so long
that the room's next turn comes before. Who looks says so with ``want``; whoever orders posters asks ``wanted`` first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

KEPT_S = 15  # unless rooms take turns
KEPT_MOST_S = 3600
WANTED_S = 30
KIND = "posters"  # of the job that makes them

POSTER_KEY = "{{room:{room}}}:poster"  # hash: jpeg, tag, broadcast; expires
WANTED_KEY = "posters:wanted"  # string; expires after WANTED_S


@dataclass(frozen=True)
class Poster:
    """``jpeg`` is of ``broadcast``; ``tag`` is another one for every other picture."""

    broadcast: str
    jpeg: bytes

    @property
    def tag(self) -> str:
        return blake2b(self.jpeg, digest_size=8).hexdigest()


class Posters(Protocol):
    async def keep(self, room: str, poster: Poster, kept_s: int = KEPT_S) -> None:
        """In place of the room's former one; it is forgotten after ``kept_s``."""

    async def poster(self, room: str) -> Poster | None: ...

    async def tags(self, rooms: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Broadcast and tag of each room that has a poster."""

    async def want(self) -> None:
        """Somebody looks at posters, and will for the next ``WANTED_S``."""

    async def wanted(self) -> bool: ...
