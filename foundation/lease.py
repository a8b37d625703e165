"""Leases: one owner for one thing, with a fencing number that outlives Redis.

Speed comes from Redis (a key with an expiry), safety from SQL: each take-over counts the thing's fence up by one in a
row of its own, every write of an owner carries its fence, and a lower one is refused. An owner that cannot renew stops
before its lease ends, judged by its own monotonic clock. One whose lease Redis has lost takes it back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from redis.asyncio import Redis
from sqlalchemy import BigInteger, Column, String, Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.errors import Conflict
from foundation.ids import new_id
from foundation.redis import Script
from foundation.sql import Database, Transaction, metadata

LEASE_MS = 2500  # with the sweep of who takes over, a thing is without an owner for less than three seconds
RENEW_EVERY_S = 0.6
# An owner stops this long before Redis would give the lease away: clocks tick at slightly different speeds.
STOP_EARLY_MS = 500
_NOBODYS = 2
LEASE_KEY = "lease:{name}"  # string, owner token, expires after LEASE_MS

fences = Table(
    "fences",
    metadata,
    Column("name", String(96), primary_key=True),
    Column("fence", BigInteger, nullable=False),
)


class Fenced(Conflict):
    status, code, title = 409, "fenced", "Another owner has taken over"


@dataclass
class Lease:
    """Held by one owner; ``fence`` goes into each of his writes."""

    name: str
    fence: int
    token: str
    good_until: float  # seconds on ``monotonic``
    monotonic: Callable[[], float] = time.monotonic

    @property
    def valid(self) -> bool:
        return self.monotonic() < self.good_until


class Leases(Protocol):
    async def acquire(self, name: str) -> Lease | None:
        """The lease of ``name`` with a new, higher fence; None when another owner holds it."""

    async def renew(self, lease: Lease) -> bool:
        """Extend; False when it was lost."""

    async def release(self, lease: Lease) -> None: ...


async def next_fence(database: Database, name: str) -> int:
    """Count the fence of ``name`` up by one and return it."""
    insert = sqlite_insert if database.is_sqlite else pg_insert
    statement = insert(fences).values(name=name, fence=1)
    upsert = statement.on_conflict_do_update(index_elements=[fences.c.name], set_={"fence": fences.c.fence + 1})
    async with database.write() as transaction:
        fence = (await transaction.execute(upsert.returning(fences.c.fence))).scalar_one()
    return int(fence)


async def newest_fence(transaction: Transaction, name: str) -> int | None:
    """That of the last owner; None when there was none."""
    found = await transaction.execute(select(fences.c.fence).where(fences.c.name == name))
    fence: int | None = found.scalar_one_or_none()
    return fence


async def check_fence(transaction: Transaction, name: str, fence: int) -> None:
    """Raise ``Fenced`` inside an owner's SQL transaction when a later owner exists."""
    newest = await newest_fence(transaction, name)
    if newest is not None and newest > fence:
        raise Fenced(f"{name}: fence {fence} is older than {newest}")


class MemoryLeases:
    """The twin for one process: never expires, counts fences in memory."""

    def __init__(self) -> None:
        self._held: dict[str, Lease] = {}
        self._fences: dict[str, int] = {}

    async def acquire(self, name: str) -> Lease | None:
        if name in self._held:
            return None
        self._fences[name] = self._fences.get(name, 0) + 1
        lease = self._held[name] = Lease(name, self._fences[name], new_id(), float("inf"))
        return lease

    async def renew(self, lease: Lease) -> bool:
        return self._held.get(lease.name) is lease

    async def release(self, lease: Lease) -> None:
        if self._held.get(lease.name) is lease:
            del self._held[lease.name]


class RedisLeases:
    def __init__(self, redis: Redis, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._database = database
        self._monotonic = monotonic
        lua = Path(__file__).parent / "lua"
        self._renew = Script(redis, lua / "renew_lease.lua")
        self._release = Script(redis, lua / "release_lease.lua")

    async def acquire(self, name: str) -> Lease | None:
        token, asked = new_id(), self._monotonic()
        if not await self._redis.set(LEASE_KEY.format(name=name), token, nx=True, px=LEASE_MS):
            return None
        lease = Lease(name, await next_fence(self._database, name), token, self._until(asked), self._monotonic)
        return lease if lease.valid else None

    async def renew(self, lease: Lease) -> bool:
        """An owner in good time whose lease Redis has lost takes it back, unless somebody else has had it meanwhile."""
        asked, key = self._monotonic(), LEASE_KEY.format(name=lease.name)
        outcome = await self._renew([key], [lease.token, LEASE_MS])
        if outcome == _NOBODYS and lease.valid and await self._newest(lease):
            asked = self._monotonic()
            outcome = await self._redis.set(key, lease.token, nx=True, px=LEASE_MS)
        elif outcome == _NOBODYS:
            return False
        if outcome:
            lease.good_until = self._until(asked)
        return bool(outcome)

    async def _newest(self, lease: Lease) -> bool:
        async with self._database.read() as transaction:
            return await newest_fence(transaction, lease.name) == lease.fence

    async def release(self, lease: Lease) -> None:
        await self._release([LEASE_KEY.format(name=lease.name)], [lease.token])

    def _until(self, asked: float) -> float:
        return asked + (LEASE_MS - STOP_EARLY_MS) / 1000
