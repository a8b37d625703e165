"""What operators may do with rooms: see what is live, end it."""

from typing import Annotated

from fastapi import APIRouter, Depends

from accounts.principal import Principal, Role, Signed
from foundation.errors import Forbidden
from streaming.schema import ForcedEnd
from streaming.service import RoomService


async def _operator(principal: Signed) -> Principal:
    if not principal.has(Role.MODERATOR):
        raise Forbidden("for moderators and admins")
    return principal


Operator = Annotated[Principal, Depends(_operator)]


def admin_router(rooms: RoomService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin/rooms", tags=["admin"])

    @routes.get("")
    async def live(operator: Operator) -> dict[str, object]:
        """Live rooms with viewers, home worker and the source of their program."""
        return {"rooms": await rooms.watched()}

    @routes.post("/{room}/end", status_code=202)
    async def end(room: str, operator: Operator, body: ForcedEnd) -> dict[str, object]:
        """End the broadcast for good; its battle is forfeited."""
        await rooms.force_end(operator, room, body.reason)
        return {"room": room, "ending": True}

    return routes
