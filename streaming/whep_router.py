"""WHEP (draft-ietf-wish-whep-03): how viewers watch a room's program, and the people on a stage each other."""

from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request, Response

from streaming.layer_route import add_layer_route
from streaming.media.guest_track import guest_track
from streaming.media_http import MediaEndpoint
from streaming.media_session_routes import add_session_routes


@dataclass(frozen=True)
class WatchGrant:
    user: str | None
    """None: not signed in."""
    room: str
    worker_url: str
    """The room's home, or a worker that relays its program."""
    relay_of: str = ""
    """The media pipe (`host:port`) of the home that `worker_url` relays; empty: it is the home."""


class WatchAdmission(Protocol):
    """Who may watch; raises refusals (401, 403, 404, and 409 `not-live` with Retry-After)."""

    async def watch(self, token: str | None, room: str, track: str) -> WatchGrant:
        """`track` is program, camera or guest:USER."""

    async def watch_as(self, user: str | None, room: str, track: str) -> WatchGrant:
        """The same for somebody whom another node has recognised, and whose right to the track it has checked."""


def router(admission: WatchAdmission, endpoint: MediaEndpoint) -> APIRouter:
    routes = APIRouter(tags=["whep"])

    async def open_track(room: str, track: str, request: Request) -> Response:
        handed = await endpoint.handed_over(request, "watch", room, track)
        if handed is None:
            grant = await admission.watch(endpoint.bearer(request), room, track)
        else:
            grant = await admission.watch_as(handed.user or None, room, track)
        return await endpoint.open(
            request,
            "watch",
            grant.room,
            track,
            grant.user or "",
            grant.worker_url,
            relay_of=grant.relay_of,
            handed_over=handed is not None,
        )

    @routes.post("/whep/{room}", status_code=201, response_class=Response)
    async def watch_program(room: str, request: Request) -> Response:
        return await endpoint.answered(open_track(room, "program", request))

    @routes.post("/whep/{room}/camera", status_code=201, response_class=Response)
    async def watch_camera(room: str, request: Request) -> Response:
        return await endpoint.answered(open_track(room, "camera", request))

    @routes.post("/whep/{room}/guest/{user}", status_code=201, response_class=Response)
    async def watch_guest(room: str, user: str, request: Request) -> Response:
        return await endpoint.answered(open_track(room, guest_track(user), request))

    for path in ("/whep/{room}/guest/{user}", "/whep/{room}/camera", "/whep/{room}"):
        add_layer_route(routes, endpoint, path)
        add_session_routes(routes, endpoint, path)
    return routes
