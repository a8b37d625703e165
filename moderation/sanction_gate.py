"""The gate: SQL is the truth, the cache in front of it is emptied by each change."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from foundation.clock import Clock
from moderation.gate import Sanctioned, Scope
from moderation.sanction import Sanction, strongest
from moderation.store import Cached, ModerationStore, SanctionCache

DEADLINE_S = 5.0
PAGE = 100
CACHE_S = 0.1  # the cache saves SQL a question; where it is slow it saves nobody anything


class SanctionGate:
    """Implements ``moderation.gate.Gate`` and ``Bans``; ``admit`` asks of the whole platform."""

    def __init__(self, store: ModerationStore, cache: SanctionCache, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock

    async def check(self, user_id: str, scope: Scope) -> None:
        async with asyncio.timeout(DEADLINE_S):
            sanctions = await self._sanctions(user_id)
        refusal = self._refusal(sanctions, scope)
        if refusal is not None:
            raise refusal

    async def refusals(self, users: Collection[str], scope: Scope) -> dict[str, Sanctioned | None]:
        """What ``check`` would raise for each of them; None: nothing. One question to SQL for all."""
        async with asyncio.timeout(DEADLINE_S):
            cached = dict(zip(users, await asyncio.gather(*(self._cached(user) for user in users)), strict=True))
            missing = [user for user, each in cached.items() if each.sanctions is None]
            found = await self._store.standing_of(missing, self._clock.now_ms()) if missing else {}
            await asyncio.gather(*(self._keep(user, cached[user], each) for user, each in found.items()))
        known = {user: each.sanctions for user, each in cached.items() if each.sanctions is not None} | found
        return {user: self._refusal(each, scope) for user, each in known.items()}

    async def admit(self, user_id: str) -> None:
        await self.check(user_id, Scope.PLATFORM)

    async def banned_since(self, since_ms: int) -> frozenset[str]:
        """Implements ``moderation.gate.Bans``: the newest sanctions, of everybody, back to ``since_ms``."""
        found: set[str] = set()
        before: str | None = None
        while True:
            async with asyncio.timeout(DEADLINE_S):
                page = await self._store.page(None, before, PAGE)
            recent = [each for each in page if each.imposed_at_ms >= since_ms]
            now_ms = self._clock.now_ms()
            found.update(each.user_id for each in recent if each.scope is Scope.PLATFORM and each.stands(now_ms))
            if len(recent) < PAGE:
                return frozenset(found)
            before = page[-1].sanction_id

    def _refusal(self, sanctions: list[Sanction], scope: Scope) -> Sanctioned | None:
        sanction = strongest(sanctions, scope, self._clock.now_ms())
        if sanction is None:
            return None
        return Sanctioned(
            "a sanction forbids this",
            sanction=sanction.sanction_id,
            scope=sanction.scope,
            until_ms=sanction.until_ms,
            reason=sanction.reason,
        )

    async def _sanctions(self, user_id: str) -> list[Sanction]:
        cached = await self._cached(user_id)
        if cached.sanctions is not None:
            return cached.sanctions
        sanctions = await self._store.standing(user_id, self._clock.now_ms())
        await self._keep(user_id, cached, sanctions)
        return sanctions

    async def _cached(self, user_id: str) -> Cached:
        with suppress(TimeoutError):
            async with asyncio.timeout(CACHE_S):
                return await self._cache.read(user_id)
        return Cached(None, None)

    async def _keep(self, user_id: str, cached: Cached, sanctions: list[Sanction]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CACHE_S):
                await self._cache.fill(user_id, cached.version, sanctions)
