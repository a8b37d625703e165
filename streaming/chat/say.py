"""``chat.say``: one line to everybody in the room."""

from accounts.principal import Principal
from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.ids import new_id
from moderation.gate import Gate, Scope
from streaming.chat.limits import ChatLimits
from streaming.chat.store import Talk
from streaming.errors import TooFast
from streaming.spoken import spoken


class SayInChat:
    """``{"text": ...}`` -> ``{"message": id}``; everybody in the room gets ``chat.said``."""

    type = "chat.say"
    deadline_s: float | None = 10.0

    def __init__(self, talk: Talk, outlet: FeedOutlet, gate: Gate, clock: Clock, limits: ChatLimits) -> None:
        self._talk = talk
        self._outlet = outlet
        self._gate = gate
        self._clock = clock
        self._limits = limits

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        text = spoken(body.get("text"), self._limits.length)
        await self._gate.check(principal.user_id, Scope.CHAT)
        now_ms = self._clock.now_ms()
        bucket = f"chat:{principal.user_id}"
        if not await self._talk.take_token(room, bucket, self._limits.per_s, self._limits.burst, now_ms):
            raise TooFast(retry_after_s=1)
        said: dict[str, object] = {
            "id": new_id(),
            "user": principal.user_id,
            "name": principal.name,
            "text": text,
            "at_ms": now_ms,
        }
        await self._talk.remember(room, said, self._limits.kept)
        await self._outlet.post(FeedMessage(room, "chat.said", said, Delivery.SAMPLE, dear=(principal.user_id,)))
        return {"message": said["id"]}
