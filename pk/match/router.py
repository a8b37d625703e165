"""The public API of the random match: of a host, for his own room."""

from fastapi import APIRouter

from accounts.principal import Signed
from pk.match.schema import Wish
from pk.match.service import MatchService


def router(service: MatchService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms/{room}/match", tags=["battles"])

    @routes.post("", status_code=202)
    async def ask(room: str, principal: Signed, body: Wish | None = None) -> dict[str, object]:
        return await service.ask(principal, room, None if body is None else body.duration_s)

    @routes.get("")
    async def look(room: str, principal: Signed) -> dict[str, object] | None:
        return await service.look(principal, room)

    @routes.delete("", status_code=204)
    async def withdraw(room: str, principal: Signed) -> None:
        await service.withdraw(principal, room)

    return routes
