"""The gate: SQL is the truth, the cache in front of it is emptied by each change."""

import asyncio
from contextlib import suppress

from foundation.clock import Clock
from moderation.gate import Sanctioned, Scope
from moderation.sanction import Sanction, strongest
from moderation.store import Cached, ModerationStore, SanctionCache

DEADLINE_S = 5.0
CACHE_S = 0.1  # the cache saves SQL a question; where it is slow it saves nobody anything


class SanctionGate:
    """Implements ``moderation.gate.Gate``; ``admit`` asks of the whole platform."""

    def __init__(self, store: ModerationStore, cache: SanctionCache, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock

    async def check(self, user_id: str, scope: Scope) -> None:
        async with asyncio.timeout(DEADLINE_S):
            sanctions = await self._sanctions(user_id)
        sanction = strongest(sanctions, scope, self._clock.now_ms())
        if sanction is not None:
            raise Sanctioned(
                "a sanction forbids this",
                sanction=sanction.sanction_id,
                scope=sanction.scope,
                until_ms=sanction.until_ms,
                reason=sanction.reason,
            )

    async def admit(self, user_id: str) -> None:
        await self.check(user_id, Scope.PLATFORM)

    async def _sanctions(self, user_id: str) -> list[Sanction]:
        cached = Cached(None, None)
        with suppress(TimeoutError):
            async with asyncio.timeout(CACHE_S):
                cached = await self._cache.read(user_id)
        if cached.sanctions is not None:
            return cached.sanctions
        sanctions = await self._store.standing(user_id, self._clock.now_ms())
        with suppress(TimeoutError):
            async with asyncio.timeout(CACHE_S):
                await self._cache.fill(user_id, cached.version, sanctions)
        return sanctions
