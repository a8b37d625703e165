"""WHIP (RFC 9725): how hosts, OBS and FFmpeg publish into a room, and guests beside a host; trials of an uplink."""

from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Request, Response

from streaming.media.check_track import CHECK
from streaming.media.guest_track import GUEST
from streaming.media_http import MediaEndpoint
from streaming.media_session_routes import add_session_routes


@dataclass(frozen=True)
class PublishGrant:
    user: str
    room: str
    worker_url: str | None
    """The room's home, when it has one already; None: any worker."""
    credential: str = ""
    """Which stream key opened the door, as a fingerprint; empty for a token. A rotated key cuts its publisher."""


class PublishAdmission(Protocol):
    """Who may publish; raises refusals (401, 403, 404)."""

    async def publish(self, token: str | None, room: str) -> PublishGrant:
        """`token` is the bearer token: a signed-in host's, or a stream key."""

    async def publish_as(self, user: str, room: str, credential: str) -> PublishGrant:
        """The same for a user whom another node has recognised."""

    async def publish_guest(self, token: str | None, room: str) -> PublishGrant:
        """For a guest whom the room's host has approved; a stream key is no token here."""

    async def publish_guest_as(self, user: str, room: str) -> PublishGrant: ...


def router(admission: PublishAdmission, endpoint: MediaEndpoint) -> APIRouter:
    routes = APIRouter(tags=["whip"])

    @routes.post("/whip/{room}", status_code=201, response_class=Response)
    async def publish(room: str, request: Request) -> Response:
        async def work() -> Response:
            handed = await endpoint.handed_over(request, "publish", room, "program")
            if handed is None:
                grant = await admission.publish(endpoint.bearer(request), room)
            else:
                grant = await admission.publish_as(handed.user, room, handed.credential)
            return await endpoint.open(
                request,
                "publish",
                grant.room,
                "program",
                grant.user,
                grant.worker_url,
                credential=grant.credential,
                handed_over=handed is not None,
            )

        return await endpoint.answered(work())

    @routes.post("/whip/{room}/guest", status_code=201, response_class=Response)
    async def publish_as_guest(room: str, request: Request) -> Response:
        async def work() -> Response:
            handed = await endpoint.handed_over(request, "publish", room, GUEST)
            if handed is None:
                grant = await admission.publish_guest(endpoint.bearer(request), room)
            else:
                grant = await admission.publish_guest_as(handed.user, room)
            return await endpoint.open(
                request, "publish", grant.room, GUEST, grant.user, grant.worker_url, handed_over=handed is not None
            )

        return await endpoint.answered(work())

    @routes.post("/whip/{room}/check", status_code=201, response_class=Response)
    async def try_the_uplink(room: str, request: Request) -> Response:
        async def work() -> Response:
            handed = await endpoint.handed_over(request, "publish", room, CHECK)
            if handed is None:
                grant = await admission.publish(endpoint.bearer(request), room)
                await endpoint.limits.check_trial(grant.user)
            else:
                grant = await admission.publish_as(handed.user, room, handed.credential)
            return await endpoint.open(
                request,
                "publish",
                grant.room,
                CHECK,
                grant.user,
                grant.worker_url,
                credential=grant.credential,
                handed_over=handed is not None,
            )

        return await endpoint.answered(work())

    add_session_routes(routes, endpoint, "/whip/{room}/check")
    add_session_routes(routes, endpoint, "/whip/{room}/guest")
    add_session_routes(routes, endpoint, "/whip/{room}")
    return routes
