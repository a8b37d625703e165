"""How much somebody may give in one minute of the platform's clock.

The limits are no part of the money's safety: that is the ledger's. They keep a broken or stolen client from emptying a
wallet unseen. So no gift waits for them: each api process counts for itself, and the processes tell each other through
Redis what they have counted, a few times a second. In between one may get somewhat more through several of them; while
Redis is away, or slow, each process's own count is all there is.

A wish is counted once by a process, by its key: who repeats it because no answer came has not given twice. A refused
one costs nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.tasks import TaskOwner
from gifts.errors import GiftPace

log = structlog.get_logger(__name__)

MINUTE_MS = 60_000
EVERY_S = 0.2
MOST_WISHES = 2000  # remembered of one user in a minute; a repetition of more than that is counted again
PACE_KEY = "{{gifter:{user}}}:pace:{minute}"  # hash gifts, coins -> what all processes have counted; expires


@dataclass(frozen=True)
class Limits:
    """Of one user in one minute; 0: none."""

    gifts: int
    coins: int


@dataclass(frozen=True)
class Given:
    gifts: int = 0
    coins: int = 0

    def __add__(self, other: "Given") -> "Given":
        return Given(self.gifts + other.gifts, self.coins + other.coins)

    def __sub__(self, other: "Given") -> "Given":
        return Given(self.gifts - other.gifts, self.coins - other.coins)


class PaceStore(Protocol):
    """Twins: ``store_redis_pace.RedisPace`` and ``store_memory_pace.MemoryPace``."""

    async def add(self, minute: int, given: Mapping[str, Given]) -> dict[str, Given]:
        """Count more by user; what all processes together have counted then."""


@dataclass
class _Minute:
    """Of one user, in this process."""

    wishes: set[str] = field(default_factory=set)
    own: Given = Given()
    told: Given = Given()  # of own
    elsewhere: Given = Given()


class GiftPacer:
    """``start`` and ``close`` it where there is more than one process to count."""

    def __init__(self, store: PaceStore, clock: Clock, limits: Limits, *, every_s: float = EVERY_S) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._every_s = every_s
        self._minute = 0
        self._users: dict[str, _Minute] = {}
        self._untold: set[str] = set()
        self._tasks = TaskOwner("gifts.pace")

    def start(self) -> None:
        if self._limits.gifts or self._limits.coins:
            self._tasks.start(self._run(), "exchange")

    async def close(self) -> None:
        await self._tasks.close()

    def take(self, user: str, key: str, coins: int) -> None:
        """Count a gift; ``GiftPace`` when it is one too many, with the seconds until the next minute."""
        if not (self._limits.gifts or self._limits.coins):
            return
        now_ms = self._clock.now_ms()
        self._turn_to(now_ms // MINUTE_MS)
        known = self._users.setdefault(user, _Minute())
        if key in known.wishes:
            return
        after = known.own + known.elsewhere + Given(1, coins)
        if 0 < self._limits.gifts < after.gifts:
            raise GiftPace(f"{self._limits.gifts} gifts a minute", retry_after_s=_rest_s(now_ms))
        if 0 < self._limits.coins < coins:  # it would be too much in any minute
            raise GiftPace(f"{self._limits.coins} coins a minute")
        if 0 < self._limits.coins < after.coins:
            raise GiftPace(f"{self._limits.coins} coins a minute", retry_after_s=_rest_s(now_ms))
        known.own += Given(1, coins)
        self._untold.add(user)
        if len(known.wishes) < MOST_WISHES:
            known.wishes.add(key)

    async def exchange(self) -> None:
        """Tell the other processes what was counted here, and hear what was counted there.

        What is lost on the way is not told again: rather too little is counted than twice.
        """
        minute, users = self._minute, {user: self._users[user] for user in self._untold}
        news = {user: known.own - known.told for user, known in users.items()}
        self._untold.clear()
        for known in users.values():
            known.told = known.own
        told = {user: known.told for user, known in users.items()}
        for user, total in (await self._store.add(minute, news) if news else {}).items():
            users[user].elsewhere = total - told[user]

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.exchange()
            except StoreAway as error:
                log.warning("gifts of other processes are not counted at the moment", error=str(error))

    def _turn_to(self, minute: int) -> None:
        if minute != self._minute:
            self._minute = minute
            self._users.clear()
            self._untold.clear()


def _rest_s(now_ms: int) -> int:
    """Until the next minute, rounded up."""
    return -(-(MINUTE_MS - now_ms % MINUTE_MS) // 1000)
