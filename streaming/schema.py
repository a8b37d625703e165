"""Bodies of requests, answers and feed messages about rooms and broadcasts."""

from pydantic import BaseModel, ConfigDict, Field

from streaming.broadcast import State
from streaming.presence import LiveBroadcast, RoomCard
from streaming.store import Record

TITLE_LENGTH = 80


class NewRoom(BaseModel):
    """Becoming a host. The title may be chosen later."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field("", max_length=TITLE_LENGTH)


class RoomPatch(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: str = Field(min_length=1, max_length=TITLE_LENGTH)


class ForcedEnd(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=1, max_length=300)


def host_body(card: RoomCard) -> dict[str, object]:
    return {"user": card.host_user, "name": card.host_name}


def room_body(card: RoomCard) -> dict[str, object]:
    """``{"room", "title", "host": {"user", "name"}}``"""
    return {"room": card.room, "title": card.title, "host": host_body(card)}


SOURCES = ("whep",)
"""The kinds of sources from which a room's picture can be played, the best first."""


def sources_body(room: str) -> list[dict[str, str]]:
    """Where the picture of ``room`` is to be had while it is live."""
    return [{"kind": kind, "url": f"/{kind}/{room}"} for kind in SOURCES]


def broadcast_body(record: Record) -> dict[str, object]:
    """The broadcast as people in the room see it; ``reconnect_until_ms`` is set while its host is away."""
    broadcast = record.broadcast
    away = broadcast.state is State.RECONNECTING
    return {
        "id": broadcast.broadcast_id,
        "state": shown(broadcast.state),
        "host": host_body(record.card),
        "title": record.card.title,
        "started_at_ms": broadcast.started_at_ms,
        "reconnect_until_ms": broadcast.deadline_ms if away else None,
        "ended_at_ms": broadcast.ended_at_ms,
        "reason": None if broadcast.end_reason is None else broadcast.end_reason.value,
    }


def shown(state: State) -> str:
    """A camera being replaced is live for everybody outside."""
    return State.LIVE.value if state is State.CHANGING else state.value


def live_body(live: LiveBroadcast, viewers: int, in_battle: bool, poster: str | None) -> dict[str, object]:
    """A live room as the lobby shows it; ``poster`` is the tag of its picture, if there is one."""
    return {
        "room": live.room,
        "title": live.title,
        "host": {"user": live.host_user, "name": live.host_name},
        "live": True,
        "state": live.state,
        "broadcast": live.broadcast_id,
        "started_at_ms": live.started_at_ms,
        "viewers": viewers,
        "in_battle": in_battle,
        "poster": poster,
    }
