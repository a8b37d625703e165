"""Rooms over HTTP: become a host, the lobby, one room, its picture, its title, its end."""

from typing import Annotated

from fastapi import APIRouter, Header, Response

from accounts.principal import Signed
from streaming.schema import NewRoom, RoomPatch
from streaming.service import RoomService

POSTER_AGE_S = 5


def router(rooms: RoomService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms", tags=["rooms"])

    @routes.post("")
    async def become_host(principal: Signed, body: NewRoom | None = None) -> dict[str, object]:
        """Make the caller a host with a room of his own. Asking again is answered with the same room."""
        return await rooms.body(await rooms.open(principal, "" if body is None else body.title))

    @routes.get("")
    async def lobby(live: bool = True, posters: bool = False) -> dict[str, object]:
        """Live rooms, the most watched first. Rooms that are not live are not listed.

        Who asks with ``posters`` looks at the pictures of the rooms: they are made for the next 30 s.
        """
        return {"rooms": await rooms.live(posters) if live else []}

    @routes.get("/mine")
    async def mine(principal: Signed) -> dict[str, object]:
        return await rooms.mine(principal)

    @routes.get("/{room}")
    async def one(room: str) -> dict[str, object]:
        return await rooms.body(await rooms.card(room))

    @routes.get("/{room}/audience")
    async def audience(room: str) -> dict[str, object]:
        return await rooms.audience(room)

    @routes.get("/{room}/poster", response_class=Response)
    async def poster(room: str, if_none_match: Annotated[str, Header(max_length=200)] = "") -> Response:
        """A small JPEG of what the room shows, a few seconds old."""
        found = await rooms.poster(room)
        headers = {"ETag": f'"{found.tag}"', "Cache-Control": f"public, max-age={POSTER_AGE_S}"}
        if found.tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(found.jpeg, media_type="image/jpeg", headers=headers)

    @routes.patch("/{room}")
    async def retitle(room: str, principal: Signed, body: RoomPatch) -> dict[str, object]:
        return await rooms.retitle(principal, room, body.title)

    @routes.post("/{room}/end", status_code=202)
    async def end(room: str, principal: Signed) -> dict[str, object]:
        """The host ends his broadcast; ``broadcast.ended`` on the feed says when it is over."""
        await rooms.end(principal, room)
        return {"room": room, "ending": True}

    return routes
