"""Keeps a process's ``Standings`` up to date: by the bus at once, by SQL every half second in case the bus lost it."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts.events import SignInsEnded, StandingChanged
from accounts.principal import known_roles
from accounts.sign_in_store import SignInStore
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
        self,
        store: AccountStore,
        sign_ins: SignInStore,
        standings: Standings,
        bus: Bus,
        clock: Clock,
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._store = store
        self._sign_ins = sign_ins
        self._standings = standings
        self._bus = bus
        self._clock = clock
        self._every_s = every_s
        self._seen_ms = 0
        self._ended_ms = 0
        self._heeding: list[Callable[[str], None]] = []
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

    def heed(self, told: Callable[[str], None]) -> None:
        """Call ``told`` with a user as soon as his tokens, or some of them, are judged otherwise in this process."""
        self._heeding.append(told)

    async def announce(self, account: Account) -> None:
        """Tell this process and the others that ``account`` has changed."""
        roles = tuple(sorted(account.roles))
        self._learn(standing_of(account))
        await self._publish(
            StandingChanged(account.user_id, roles, account.standing, account.tokens_since, account.changed_at_ms)
        )

    async def announce_ended(self, user_id: str, sign_ins: Sequence[str], at_ms: int) -> None:
        """Tell this process and the others that these sign-ins of the user were ended."""
        self._learn_ended(user_id, sign_ins, at_ms)
        await self._publish(SignInsEnded(user_id, tuple(sign_ins), at_ms))

    async def reconcile(self) -> None:
        """Learn from SQL what changed since the last time."""
        oldest_ms = self._clock.now_ms() - self._standings.life_ms - OVERLAP_MS
        await self._read_changed(max(oldest_ms, self._seen_ms - OVERLAP_MS))
        await self._read_ended(max(oldest_ms, self._ended_ms - OVERLAP_MS))
        self._standings.forget_before(oldest_ms)

    async def _read_changed(self, after_ms: int) -> None:
        after = (after_ms, "")
        while True:
            changed = await self._store.changed_after(*after, limit=PAGE)
            for standing in changed:
                self._learn(standing)
                self._seen_ms = max(self._seen_ms, standing.changed_at_ms)
            if len(changed) < PAGE:
                return
            after = (changed[-1].changed_at_ms, changed[-1].user_id)

    async def _read_ended(self, after_ms: int) -> None:
        after = (after_ms, "")
        while True:
            ended = await self._sign_ins.ended_after(*after, limit=PAGE)
            for each in ended:
                self._learn_ended(each.user_id, [each.id], each.ended_at_ms)
                self._ended_ms = max(self._ended_ms, each.ended_at_ms)
            if len(ended) < PAGE:
                return
            after = (ended[-1].ended_at_ms, ended[-1].id)

    def _learn(self, standing: Standing) -> None:
        if self._standings.learn(standing):
            self._tell(standing.user_id)

    def _learn_ended(self, user_id: str, sign_ins: Sequence[str], at_ms: int) -> None:
        new = [each for each in sign_ins if self._standings.end(each, at_ms)]
        if new:
            self._tell(user_id)

    def _tell(self, user_id: str) -> None:
        for told in self._heeding:
            told(user_id)

    async def _publish(self, fact: StandingChanged | SignInsEnded) -> None:
        try:
            await self._bus.publish(fact)
        except RedisAway as error:  # the change is committed, and every process reads it within half a second
            log.warning("a change of standing was not announced", error=str(error))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.reconcile()
            except (SQLAlchemyError, OSError) as error:
                log.warning("standings could not be read", error=str(error))

    async def _listen(self, listening: asyncio.Event) -> None:
        async with self._bus.subscribe(StandingChanged, SignInsEnded) as changes:
            listening.set()
            await self._learn_from(changes)

    async def _learn_from(self, changes: Subscription) -> None:
        async for fact in changes:
            if isinstance(fact, SignInsEnded):
                self._learn_ended(fact.user, fact.sign_ins, fact.at_ms)
            elif isinstance(fact, StandingChanged):
                roles = known_roles(fact.roles)
                self._learn(Standing(fact.user, roles, fact.standing, fact.tokens_since, fact.at_ms))
