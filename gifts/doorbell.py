"""The doorbell of the outbox relay: rung after a commit, never waited for by the one who sends a gift."""

import asyncio

import structlog

from foundation.bus import Bus
from foundation.redis import RedisAway
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner
from gifts.events import GiftsCommitted

log = structlog.get_logger(__name__)


class Doorbell:
    """Rings that come while one is on its way are one. A bell that nobody hears is no loss: the relay also polls."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._pressed = asyncio.Event()
        self._tasks = TaskOwner("gifts.doorbell")

    def start(self) -> None:
        self._tasks.start(self._run(), "ring")

    async def close(self) -> None:
        await self._tasks.close()

    def ring(self) -> None:
        self._pressed.set()

    async def _run(self) -> None:
        while True:
            heed_cancellation()
            await self._pressed.wait()
            self._pressed.clear()
            try:
                await self._bus.publish(GiftsCommitted())
            except RedisAway as error:
                log.warning("the relay's doorbell did not ring", error=str(error))
