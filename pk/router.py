"""The public API of battles."""

from fastapi import APIRouter, Response

from accounts.principal import PerhapsSigned, Signed
from pk.schema import MUTE, UNMUTE, Invite, Target, Verb
from pk.service import BattleService


def router(service: BattleService) -> APIRouter:
    """Invite, answer, surrender, end, and look; every answer is the battle's body (``pk.schema.battle_body``)."""
    routes = APIRouter(prefix="/api/v1", tags=["battles"])

    @routes.post("/rooms/{room}/battles", status_code=201)
    async def invite(room: str, body: Invite, principal: Signed, response: Response) -> dict[str, object]:
        battle = await service.invite(principal, room, body.rooms(room), body.duration_s)
        response.headers["Location"] = f"/api/v1/battles/{battle['battle']}"
        return battle

    @routes.get("/rooms/{room}/battle")
    async def current(room: str, principal: PerhapsSigned) -> dict[str, object] | None:
        return await service.current(room, None if principal is None else principal.user_id)

    @routes.get("/battles/{battle}")
    async def battle(battle: str, principal: PerhapsSigned) -> dict[str, object]:
        return await service.battle(battle, None if principal is None else principal.user_id)

    @routes.get("/battles/{battle}/contributors")
    async def contributors(battle: str, principal: PerhapsSigned) -> dict[str, object]:
        """The best three a side, also while the fight goes on."""
        reader = None if principal is None else principal.user_id
        return {"contributors": await service.contributors(battle, reader)}

    @routes.post("/battles/{battle}/mute")
    async def mute(battle: str, principal: Signed, body: Target | None = None) -> dict[str, object]:
        return await service.command(principal, battle, MUTE, None if body is None else body.user)

    @routes.post("/battles/{battle}/unmute")
    async def unmute(battle: str, principal: Signed, body: Target | None = None) -> dict[str, object]:
        return await service.command(principal, battle, UNMUTE, None if body is None else body.user)

    @routes.post("/battles/{battle}/{verb}")
    async def command(battle: str, verb: Verb, principal: Signed) -> dict[str, object]:
        return await service.command(principal, battle, verb)

    return routes
