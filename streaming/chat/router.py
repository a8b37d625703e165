"""The order of a room's chat over HTTP: its rules, its moderators, its mutes, and what was said and shall be gone."""

from fastapi import APIRouter

from accounts.principal import Signed
from streaming.chat.schema import MuteBody, RulesBody
from streaming.chat.service import ChatOrder


def router(order: ChatOrder) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms/{room}", tags=["chat"])

    @routes.get("/chat")
    async def rules(room: str) -> dict[str, object]:
        """What the host has ruled, and who keeps the room for him."""
        return await order.shown(room)

    @routes.put("/chat")
    async def rule(room: str, principal: Signed, body: RulesBody) -> dict[str, object]:
        return await order.rule(principal, room, body.rules())

    @routes.delete("/chat/{message}", status_code=204)
    async def delete(room: str, message: str, principal: Signed) -> None:
        """One's own message, or as one who keeps the room."""
        await order.delete(principal, room, message)

    @routes.put("/moderators/{user}", status_code=204)
    async def name(room: str, user: str, principal: Signed) -> None:
        await order.name(principal, room, user)

    @routes.delete("/moderators/{user}", status_code=204)
    async def unname(room: str, user: str, principal: Signed) -> None:
        """The host dismisses a moderator, or he goes himself."""
        await order.unname(principal, room, user)

    @routes.get("/mutes")
    async def mutes(room: str, principal: Signed) -> dict[str, object]:
        return {"mutes": await order.mutes(principal, room)}

    @routes.put("/mutes/{user}")
    async def mute(room: str, user: str, principal: Signed, body: MuteBody) -> dict[str, object]:
        return await order.mute(principal, room, user, body.for_s)

    @routes.delete("/mutes/{user}", status_code=204)
    async def unmute(room: str, user: str, principal: Signed) -> None:
        await order.unmute(principal, room, user)

    return routes
