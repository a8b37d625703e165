"""Keeps a process's ``Standings`` up to date: by the bus at once, by SQL every half second in case the bus lost it."""

import asyncio

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts.events import StandingChanged
from accounts.principal import known_roles
from accounts.standing import Standing, Standings
from accounts.store import Account, AccountStore, standing_of
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.redis import RedisAway
from foundation.tasks import TaskOwner

log = structlog.get_logger(__name__)

EVERY_S = 0.5
# A change is stamped before it is committed, and a commit may wait for another writer: look back so far each time.
OVERLAP_MS = 15_000
PAGE = 500


class StandingKeeper:
    """``start`` before the first token is judged (it loads the last token life from SQL), ``close`` after."""

    def __init__(
        self, store: AccountStore, standings: Standings, bus: Bus, clock: Clock, *, every_s: float = EVERY_S
    ) -> None:
        self._store = store
        self._standings = standings
        self._bus = bus
        self._clock = clock
        self._every_s = every_s
        self._seen_ms = 0
        self._tasks = TaskOwner("standings")

    async def start(self) -> None:
        await self.reconcile()
        listening = asyncio.Event()
        self._tasks.start(self._listen(listening), "listen")
        self._tasks.start(self._poll(), "poll")
        async with asyncio.timeout(5):
            await listening.wait()

    async def close(self) -> None:
        await self._tasks.close()

    async def announce(self, account: Account) -> None:
        """Tell this process and the others that ``account`` has changed."""
        roles = tuple(sorted(account.roles))
        self._standings.learn(standing_of(account))
        try:
            await self._bus.publish(
                StandingChanged(account.user_id, roles, account.standing, account.tokens_since, account.changed_at_ms)
            )
        except RedisAway as error:  # the change is committed, and every process reads it within half a second
            log.warning("a change of standing was not announced", error=str(error))

    async def reconcile(self) -> None:
        """Learn from SQL what changed since the last time."""
        oldest_ms = self._clock.now_ms() - self._standings.life_ms - OVERLAP_MS
        after = (max(oldest_ms, self._seen_ms - OVERLAP_MS), "")
        while True:
            changed = await self._store.changed_after(*after, limit=PAGE)
            for standing in changed:
                self._standings.learn(standing)
                self._seen_ms = max(self._seen_ms, standing.changed_at_ms)
            if len(changed) < PAGE:
                break
            after = (changed[-1].changed_at_ms, changed[-1].user_id)
        self._standings.forget_before(oldest_ms)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.reconcile()
            except (SQLAlchemyError, OSError) as error:
                log.warning("standings could not be read", error=str(error))

    async def _listen(self, listening: asyncio.Event) -> None:
        async with self._bus.subscribe(StandingChanged) as changes:
            listening.set()
            await self._learn_from(changes)

    async def _learn_from(self, changes: Subscription) -> None:
        async for fact in changes:
            assert isinstance(fact, StandingChanged)
            self._standings.learn(
                Standing(fact.user, known_roles(fact.roles), fact.standing, fact.tokens_since, fact.at_ms)
            )
