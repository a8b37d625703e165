"""``chat.delete`` and ``chat.mute``: what those who keep a room do with one tap, where they read."""

from accounts.principal import Principal
from foundation.errors import Malformed
from streaming.chat.limits import ChatLimits
from streaming.chat.service import ChatOrder


class DeleteFromChat:
    """``{"message"}`` -> ``{}``; the room gets ``chat.deleted``."""

    type = "chat.delete"
    deadline_s: float | None = 10.0

    def __init__(self, order: ChatOrder) -> None:
        self._order = order

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        await self._order.delete(principal, room, _text(body, "message"))
        return {}


class MuteInChat:
    """``{"user", "for_s"}`` -> ``{"until_ms"}``; the room gets ``chat.muted``."""

    type = "chat.mute"
    deadline_s: float | None = 10.0

    def __init__(self, order: ChatOrder, limits: ChatLimits) -> None:
        self._order = order
        self._limits = limits

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        for_s = body.get("for_s")
        if not isinstance(for_s, int) or isinstance(for_s, bool) or not 1 <= for_s <= self._limits.mute_s:
            raise Malformed(f"for_s: a number from 1 to {self._limits.mute_s}")
        told = await self._order.mute(principal, room, _text(body, "user"), for_s)
        return {"until_ms": told["until_ms"]}


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name}: an id")
    return value
