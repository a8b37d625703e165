"""``chat.say`` and ``like``: what streaming itself takes over the feed."""

import asyncio

import structlog

from accounts.principal import Principal
from foundation.clock import Clock
from foundation.errors import Malformed
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.ids import new_id
from foundation.redis import RedisAway
from foundation.stopping import heed_cancellation
from moderation.gate import Gate, Scope
from streaming.errors import TooFast
from streaming.rules import FeedRules
from streaming.spoken import spoken
from streaming.store import Talk

log = structlog.get_logger(__name__)

LIKES_AT_ONCE = 50


class SayInChat:
    """``{"text": ...}`` -> ``{"message": id}``; everybody in the room gets ``chat.said``."""

    type = "chat.say"
    deadline_s: float | None = 10.0

    def __init__(self, talk: Talk, outlet: FeedOutlet, gate: Gate, clock: Clock, rules: FeedRules) -> None:
        self._talk = talk
        self._outlet = outlet
        self._gate = gate
        self._clock = clock
        self._rules = rules

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        text = spoken(body.get("text"), self._rules.chat_length)
        await self._gate.check(principal.user_id, Scope.CHAT)
        now_ms = self._clock.now_ms()
        bucket = f"chat:{principal.user_id}"
        if not await self._talk.take_token(room, bucket, self._rules.chat_per_s, self._rules.chat_burst, now_ms):
            raise TooFast(retry_after_s=1)
        said: dict[str, object] = {
            "id": new_id(),
            "user": principal.user_id,
            "name": principal.name,
            "text": text,
            "at_ms": now_ms,
        }
        await self._talk.remember(room, said, self._rules.chat_kept)
        await self._outlet.post(FeedMessage(room, "chat.said", said, Delivery.SAMPLE))
        return {"message": said["id"]}


class Like:
    """``{"count": 1..50}`` -> ``{}``; the room gets ``likes.summed`` once a tick. ``run`` carries them to Redis."""

    type = "like"
    deadline_s: float | None = 10.0

    def __init__(self, talk: Talk, outlet: FeedOutlet, rules: FeedRules) -> None:
        self._talk = talk
        self._outlet = outlet
        self._rules = rules
        self._pending: dict[str, int] = {}
        self._arrived = asyncio.Event()

    async def handle(self, principal: Principal, room: str, body: dict[str, object]) -> dict[str, object]:
        count = body.get("count", 1)
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= LIKES_AT_ONCE:
            raise Malformed(f"count: a number from 1 to {LIKES_AT_ONCE}")
        self._pending[room] = self._pending.get(room, 0) + count
        self._arrived.set()
        return {}

    async def run(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            try:
                await self.carry()
            except RedisAway as error:
                log.warning("likes are lost while redis is away", error=repr(error))
            heed_cancellation()
            await asyncio.sleep(self._rules.tick_ms / 1000)

    async def carry(self) -> None:
        """Add what has come since the last call to the rooms' totals and tell them."""
        pending, self._pending = self._pending, {}
        for room, count in pending.items():
            total = await self._talk.like(room, count)
            body: dict[str, object] = {"count": count, "total": total}
            await self._outlet.post(FeedMessage(room, "likes.summed", body, Delivery.SUM))
