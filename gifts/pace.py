"""How much somebody may give in one minute of the platform's clock.

The limits are no part of the money's safety: that is the ledger's. They keep a broken or stolen client from emptying a
wallet unseen. So they stand open while Redis is away or slow, and a gift is not refused for want of a count.
A wish is counted once, by its key: who repeats it because no answer came has not given twice.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog

from foundation.clock import Clock
from foundation.redis import RedisAway
from gifts.errors import GiftPace

log = structlog.get_logger(__name__)

MINUTE_MS = 60_000
PACE_KEY = "{{gifter:{user}}}:pace:{minute}"  # hash: gifts, coins, and k:KEY of each wish; expires


class Verdict(StrEnum):
    WITHIN = "within"
    GIFTS = "gifts"
    COINS = "coins"


@dataclass(frozen=True)
class Limits:
    """Of one user in one minute; 0: none."""

    gifts: int
    coins: int


class PaceStore(Protocol):
    """Twins: ``store_redis_pace.RedisPace`` and ``store_memory_pace.MemoryPace``."""

    async def take(self, user: str, minute: int, key: str, coins: int, limits: Limits) -> Verdict:
        """Count a gift of ``coins`` under ``key``, once; what is beyond a limit is not counted, but said."""


class GiftPacer:
    """Of all api processes together."""

    def __init__(self, store: PaceStore, clock: Clock, limits: Limits, *, patience_s: float = 0.1) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._patience_s = patience_s

    async def take(self, user: str, key: str, coins: int) -> None:
        """Count a gift; ``GiftPace`` when it is one too many, with the seconds until the next minute."""
        if not (self._limits.gifts or self._limits.coins):
            return
        now_ms = self._clock.now_ms()
        try:
            async with asyncio.timeout(self._patience_s):
                verdict = await self._store.take(user, now_ms // MINUTE_MS, key, coins, self._limits)
        except (*RedisAway, TimeoutError) as error:
            log.warning("gifts are not counted at the moment", error=str(error))
            return
        if verdict is Verdict.WITHIN:
            return
        if verdict is Verdict.COINS and coins > self._limits.coins:  # it would be too much in any minute
            raise GiftPace(f"{self._limits.coins} coins a minute")
        most = f"{self._limits.gifts} gifts" if verdict is Verdict.GIFTS else f"{self._limits.coins} coins"
        raise GiftPace(f"{most} a minute", retry_after_s=-(-(MINUTE_MS - now_ms % MINUTE_MS) // 1000))
