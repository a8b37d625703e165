"""``like``: hearts, added up in this process and carried to the room's total once in a while."""

import asyncio

import structlog

from accounts.principal import Principal
from foundation.errors import Malformed
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.redis import RedisAway
from foundation.stopping import heed_cancellation
from streaming.chat.limits import ChatLimits
from streaming.chat.store import Talk

log = structlog.get_logger(__name__)

LIKES_AT_ONCE = 50


class Like:
    """``{"count": 1..50}`` -> ``{}``; the room gets ``likes.summed`` once a tick. ``run`` carries them to Redis."""

    type = "like"
    deadline_s: float | None = 10.0

    def __init__(self, talk: Talk, outlet: FeedOutlet, limits: ChatLimits) -> None:
        self._talk = talk
        self._outlet = outlet
        self._limits = limits
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
                log.warning("likes of a room are lost while redis is away", error=repr(error))
                self._arrived.set()  # those of the others wait for the next round
            heed_cancellation()
            await asyncio.sleep(self._limits.likes_every_s)

    async def carry(self) -> None:
        """Add what has come since the last call to the rooms' totals and tell them.

        What Redis fails at may have been added, so it is not tried again; what would have come after it stays.
        """
        for room in tuple(self._pending):
            count = self._pending.pop(room)
            total = await self._talk.like(room, count)
            body: dict[str, object] = {"count": count, "total": total}
            await self._outlet.post(FeedMessage(room, "likes.summed", body, Delivery.SUM))
