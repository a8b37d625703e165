"""The public API of battles."""

from enum import StrEnum

from fastapi import APIRouter, Response

from accounts.principal import PerhapsSigned, Signed
from pk.schema import Invite
from pk.service import BattleService


class Verb(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    SURRENDER = "surrender"
    END = "end"


def router(service: BattleService) -> APIRouter:
    """Invite, answer, surrender, end, and look; every answer is the battle's body (``pk.schema.battle_body``)."""
    routes = APIRouter(prefix="/api/v1", tags=["battles"])

    @routes.post("/rooms/{room}/battles", status_code=201)
    async def invite(room: str, body: Invite, principal: Signed, response: Response) -> dict[str, object]:
        battle = await service.invite(principal, room, body.opponent_room, body.duration_s)
        response.headers["Location"] = f"/api/v1/battles/{battle['battle']}"
        return battle

    @routes.get("/rooms/{room}/battle")
    async def current(room: str, principal: PerhapsSigned) -> dict[str, object] | None:
        return await service.current(room, None if principal is None else principal.user_id)

    @routes.get("/battles/{battle}")
    async def battle(battle: str, principal: PerhapsSigned) -> dict[str, object]:
        return await service.battle(battle, None if principal is None else principal.user_id)

    @routes.post("/battles/{battle}/{verb}")
    async def command(battle: str, verb: Verb, principal: Signed) -> dict[str, object]:
        return await service.command(principal, battle, verb)

    return routes
