"""Rooms over HTTP: become a host, the lobby, one room, its title, its end."""

from fastapi import APIRouter

from accounts.principal import Signed
from streaming.schema import NewRoom, RoomPatch
from streaming.service import RoomService


def router(rooms: RoomService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms", tags=["rooms"])

    @routes.post("")
    async def become_host(principal: Signed, body: NewRoom | None = None) -> dict[str, object]:
        """Make the caller a host with a room of his own. Asking again is answered with the same room."""
        return await rooms.body(await rooms.open(principal, "" if body is None else body.title))

    @routes.get("")
    async def lobby(live: bool = True) -> dict[str, object]:
        """Live rooms, the most watched first. Rooms that are not live are not listed."""
        return {"rooms": await rooms.live() if live else []}

    @routes.get("/mine")
    async def mine(principal: Signed) -> dict[str, object]:
        return await rooms.mine(principal)

    @routes.get("/{room}")
    async def one(room: str) -> dict[str, object]:
        return await rooms.body(await rooms.card(room))

    @routes.get("/{room}/audience")
    async def audience(room: str) -> dict[str, object]:
        return await rooms.audience(room)

    @routes.patch("/{room}")
    async def retitle(room: str, principal: Signed, body: RoomPatch) -> dict[str, object]:
        return await rooms.retitle(principal, room, body.title)

    @routes.post("/{room}/end", status_code=202)
    async def end(room: str, principal: Signed) -> dict[str, object]:
        """The host ends his broadcast; ``broadcast.ended`` on the feed says when it is over."""
        await rooms.end(principal, room)
        return {"room": room, "ending": True}

    return routes
