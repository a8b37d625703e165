"""What keepers need of media workers: commands with an answer, and a report that heals missed facts."""

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class SeenGuest:
    """Somebody who publishes beside a room's host; ``started``: his pictures or sound have come."""

    user: str
    session: str
    started: bool


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
    credential: str = ""
    """Fingerprint of the stream key that the publisher came with; empty when there was none."""
    guests: tuple[SeenGuest, ...] = ()
    watchers: tuple[str, ...] = ()
    """Who watches the host's or a guest's camera here."""


class MediaWorkers(Protocol):
    """Each call raises a ``Refusal`` when the worker cannot be reached or refuses. All are idempotent.

    ``url`` is the worker's internal address. ``streaming.media_client.MediaClient`` is one.
    """

    async def set_source(self, url: str, room: str, source: str, composite: str = "") -> object:
        """``source``: camera, composite (of the battle ``composite``) or card."""

    async def close_room(self, url: str, room: str, reason: str = "ended") -> None:
        """Send the room's publisher and viewers away; ``reason`` is ended, banned or replaced."""

    async def close_user(self, url: str, user: str) -> None:
        """Close all sessions of ``user``, watching ones too."""

    async def close_guest(self, url: str, room: str, user: str, screen: bool = False) -> None:
        """The user may be on the stage of ``room`` no more; ``screen``: he is its host, and his screen may not."""

    async def close_watcher(self, url: str, room: str, user: str) -> None:
        """Close what the user watches of the cameras of ``room``; its program he may watch on."""

    async def close_former_keys(self, url: str, user: str, credential: str) -> None:
        """Close what ``user`` publishes with a stream key of another fingerprint than ``credential``."""

    async def rooms(self, url: str) -> list[dict[str, Any]]:
        """The state of every room of the worker; ``seen`` reads it."""


def seen(state: dict[str, Any]) -> SeenRoom:
    return SeenRoom(
        room=str(state["room"]),
        user=str(state["user"] or ""),
        session=str(state["session"] or ""),
        # Silent for two seconds is not lost: the worker says so after five.
        alive=state["camera"] in ("live", "reconnecting"),
        wanted=str(state["wanted"]),
        composite=str(state["composite"] or ""),
        effective=str(state["showing"] or ""),
        viewers=int(state["viewers"]["program"]),
        credential=str(state["credential"] or ""),
        guests=tuple(SeenGuest(each["user"], each["session"], each["started"]) for each in state["guests"]),
        watchers=tuple(state["watchers"]),
    )
