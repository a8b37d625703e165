"""The internal HTTP of a media worker: only our own processes come in. Sessions are opened at `session_door`."""

from collections.abc import Collection
from typing import Any, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from foundation.internal import guard
from streaming.media.choice import SourceKind
from streaming.media.fragment import write_fragment
from streaming.media.layer_choice import LayerChoice
from streaming.media.room import MediaRoom
from streaming.media.worker import MediaWorker


class RestartIce(BaseModel):
    seen_ufrag: str | None = Field(None, max_length=64)
    """Our user fragment as the peer knows it; None when he does not care."""
    peer_ufrag: str = Field(max_length=256)
    peer_password: str = Field(max_length=256)


class ChooseLayer(BaseModel):
    layer: LayerChoice


class SetSource(BaseModel):
    source: SourceKind
    composite: str = Field("", max_length=64)


def router(worker: MediaWorker, token: str) -> APIRouter:
    routes = APIRouter(prefix="/internal", dependencies=[Depends(guard(token))])

    @routes.get("/sessions/{session}")
    async def session(session: str) -> dict[str, Any]:
        found = worker.sessions.known(session)
        return {
            "session": found.id,
            "role": found.role,
            "room": found.room,
            "connected": found.connected,
            "ufrag": found.endpoint.ufrag,
            "peer_ufrag": found.peer_ufrag,
            "layer": worker.sessions.chosen_layer(found.id),
        }

    @routes.post("/sessions/{session}/ice")
    async def restart_ice(session: str, body: RestartIce) -> dict[str, Any]:
        answer = worker.sessions.restart_ice(session, body.seen_ufrag, body.peer_ufrag, body.peer_password)
        return {"ufrag": answer.ufrag, "fragment": write_fragment(worker.sessions.known(session).offer, answer)}

    @routes.put("/sessions/{session}/layer")
    async def choose_layer(session: str, body: ChooseLayer) -> dict[str, Any]:
        worker.sessions.choose_layer(session, body.layer)
        return {}

    @routes.delete("/sessions/{session}")
    async def close_session(session: str) -> dict[str, Any]:
        await worker.sessions.close(worker.sessions.known(session).id, "left")
        return {}

    @routes.delete("/users/{user}")
    async def close_user(user: str) -> dict[str, Any]:
        return {"closed": await worker.close_user(user)}

    @routes.delete("/users/{user}/former-keys")
    async def close_former_keys(user: str, credential: str) -> dict[str, Any]:
        """`credential` is the fingerprint of the only key that opens the door from now on."""
        return {"closed": await worker.close_key(user, credential)}

    @routes.delete("/rooms/{room}")
    async def close_room(room: str, reason: Literal["ended", "banned", "replaced"] = "ended") -> dict[str, Any]:
        return {"closed": await worker.close_room(room, reason)}

    @routes.delete("/rooms/{room}/guests/{user}")
    async def close_guest(room: str, user: str, screen: bool = False) -> dict[str, Any]:
        """The user may be on that stage no more, or (`screen`) his screen may not."""
        return {"closed": await worker.close_guest(room, user, screen)}

    @routes.delete("/rooms/{room}/watchers/{user}")
    async def close_watcher(room: str, user: str) -> dict[str, Any]:
        """The user may watch the cameras of that room no more."""
        return {"closed": await worker.close_watcher(room, user)}

    @routes.put("/rooms/{room}/source")
    async def set_source(room: str, body: SetSource) -> dict[str, Any]:
        worker.set_source(room, body.source, body.composite)
        return room_state(worker, worker.rooms[room], worker.sessions.stage_watchers().get(room, set()))

    @routes.get("/pulse")
    async def pulse() -> dict[str, Any]:
        """What came in that somebody waits for, and what went out: the supervisor's watchdog reads it."""
        return {"due": worker.counters.packets_due, "out": worker.counters.packets_out}

    @routes.get("/rooms")
    async def rooms() -> dict[str, Any]:
        watchers = worker.sessions.stage_watchers()
        states = [room_state(worker, room, watchers.get(room.id, set())) for room in worker.rooms.values()]
        return {"rooms": states, "sessions": len(worker.sessions), "counters": worker.counters.as_dict()}

    return routes


def room_state(worker: MediaWorker, room: MediaRoom, watchers: Collection[str]) -> dict[str, Any]:
    return {
        "room": room.id,
        "camera": camera_state(worker, room),
        "session": room.publisher.session.id if room.publisher is not None else None,
        "user": room.publisher.session.user if room.publisher is not None else None,
        "credential": room.publisher.session.credential if room.publisher is not None else None,
        "guests": [
            {"user": seat.user, "session": seat.publisher.session.id, "started": seat.publisher.started}
            for seat in room.guests.values()
            if seat.publisher is not None
        ],
        "watchers": sorted(watchers),
        "wanted": room.wanted.value,
        "composite": room.wanted_composite,
        "showing": room.showing.value if room.showing is not None else None,
        "composites": sorted(room.composites),
        "relay_of": room.relay.pipe if room.relay is not None else None,
        "viewers": {"program": room.program.viewers, "camera": room.camera.viewers},
    }


def camera_state(worker: MediaWorker, room: MediaRoom) -> str:
    """none, starting, live, reconnecting (silent for 2 s) or lost (for 5 s)."""
    publisher = room.publisher
    if publisher is None:
        return "none"
    if not publisher.started:
        return "starting"
    if publisher.lost:
        return "lost"
    silent_ms = (worker.now_us() - publisher.session.heard_us) // 1000
    return "reconnecting" if silent_ms >= worker.settings.reconnecting_ms else "live"
