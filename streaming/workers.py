"""What keepers need of media workers: commands with an answer, and a report that heals missed facts."""

from dataclasses import dataclass
from typing import Protocol

from streaming.source import Source


@dataclass(frozen=True)
class SeenRoom:
    """A room as its media worker sees it."""

    room: str
    user: str
    session: str
    """Of the publisher; empty when there is none."""
    alive: bool
    """Whether the publisher's pictures or sound arrive."""
    wanted: str
    """The source last asked for: camera, composite or card."""
    composite: str
    effective: str
    viewers: int


class MediaWorkers(Protocol):
    """Each call raises ``Unavailable`` when the worker cannot be reached. All are idempotent."""

    async def set_source(self, url: str, room: str, source: Source) -> None: ...

    async def close_room(self, url: str, room: str, reason: str) -> None:
        """Send the room's publisher and viewers away; ``reason`` is ended or banned."""

    async def close_user(self, url: str, user: str) -> None:
        """Close all sessions of ``user``, watching ones too."""

    async def rooms(self, url: str) -> list[SeenRoom]: ...
