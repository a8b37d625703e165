"""Imposing and lifting sanctions. What is stored and audited counts; the fact on the bus is only the doorbell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import structlog

from accounts.principal import Principal, Role
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.facts import Fact
from foundation.ids import new_id
from foundation.redis import RedisAway
from moderation.audit import AuditEntry
from moderation.errors import SanctionOver, UnknownSanction, UnknownSubject
from moderation.events import SanctionImposed, SanctionLifted
from moderation.gate import Scope
from moderation.rules import judge
from moderation.sanction import Reason, Sanction
from moderation.store import HOLD_MS, ModerationStore, Recorded, SanctionCache

log = structlog.get_logger(__name__)


class Person(Protocol):
    @property
    def user_id(self) -> str: ...

    @property
    def roles(self) -> frozenset[Role]: ...


class People(Protocol):
    """Who is who; the ranks of ``accounts`` are one."""

    async def person(self, user_id: str) -> Person | None: ...


class Sanctions:
    def __init__(self, store: ModerationStore, cache: SanctionCache, people: People, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._people = people
        self._bus = bus
        self._clock = clock

    async def impose(
        self, actor: Principal, user_id: str, scope: Scope, duration_s: int | None, reason: Reason, text: str
    ) -> Sanction:
        """Forbid ``scope`` to the user, for ``duration_s`` seconds or until lifted; in force when this returns."""
        person = await self._people.person(user_id)
        if person is None:
            raise UnknownSubject
        judge(actor, user_id, person.roles, scope)
        now_ms = self._clock.now_ms()
        until_ms = None if duration_s is None else now_ms + duration_s * 1000
        sanction = Sanction(new_id(), user_id, scope, reason, text, actor.user_id, now_ms, until_ms)
        entry = AuditEntry(
            actor.user_id, "sanction.impose", f"user:{user_id}", text or reason, now_ms, after=view(sanction)
        )
        async with self._changing(user_id):
            await self._store.impose(sanction, entry)
        await self._tell(SanctionImposed(sanction.sanction_id, user_id, scope, until_ms, reason, now_ms))
        return sanction

    async def lift(self, actor: Principal, sanction_id: str, text: str) -> Sanction:
        """End a sanction before its time."""
        sanction = await self._store.by_id(sanction_id)
        if sanction is None:
            raise UnknownSanction
        judge(actor, sanction.user_id, frozenset(), sanction.scope)
        now_ms = self._clock.now_ms()
        if not sanction.stands(now_ms):
            raise SanctionOver
        entry = AuditEntry(
            actor.user_id, "sanction.lift", f"user:{sanction.user_id}", text, now_ms, before=view(sanction)
        )
        async with self._changing(sanction.user_id):
            lifted = await self._store.lift(sanction_id, actor.user_id, now_ms, entry)
        await self._tell(SanctionLifted(sanction_id, sanction.user_id, sanction.scope, now_ms))
        return lifted

    async def page(self, user_id: str | None, before: str | None, limit: int) -> list[Sanction]:
        return await self._store.page(user_id, before, limit)

    async def standing(self, user_id: str) -> list[Sanction]:
        return await self._store.standing(user_id, self._clock.now_ms())

    async def audit_page(
        self, actor: str | None, subject: str | None, before: int | None, limit: int
    ) -> list[Recorded]:
        return await self._store.audit_page(actor, subject, before, limit)

    @asynccontextmanager
    async def _changing(self, user_id: str) -> AsyncIterator[None]:
        """Nobody keeps in the cache what he read before the commit, also if this process dies between the two."""
        await self._cache.hold(user_id)
        try:
            async with asyncio.timeout(HOLD_MS / 1000 - 2):
                yield
        finally:
            await self._cache.release(user_id)

    async def _tell(self, fact: Fact) -> None:
        try:
            await self._bus.publish(fact)
        except RedisAway as error:  # the sanction is in force at the gate; who must not miss it asks there
            log.error("a sanction could not be announced", fact=str(fact), error=str(error))


def view(sanction: Sanction) -> dict[str, object]:
    """What the audit log keeps of a sanction."""
    return {
        "sanction": sanction.sanction_id,
        "scope": sanction.scope,
        "reason": sanction.reason,
        "until_ms": sanction.until_ms,
    }
