"""Standings reach every process: by the bus at once, by SQL when the bus lost them."""

import asyncio
from collections.abc import Callable

import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import OperationalError

from accounts.principal import Role, TokenRevoked
from accounts.standing import Standing, Standings
from accounts.standing_keeper import OVERLAP_MS, PAGE, StandingKeeper
from accounts.store_memory import MemoryAccounts
from accounts.store_memory_sign_ins import MemorySignIns
from foundation.bus import MemoryBus
from foundation.bus_redis import RedisBus
from foundation.sql import Database
from tests.accounts.house import opened
from tests.accounts.test_store import account
from tests.clocks import ToldClock

LIFE_MS = 3_600_000
VIEWER = frozenset((Role.VIEWER,))
HOST = frozenset((Role.VIEWER, Role.HOST))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is set by a poll, without an event
            await asyncio.sleep(0)


def test_what_is_older_than_what_is_known_changes_nothing() -> None:
    standings = Standings(LIFE_MS)
    standings.learn(Standing("mina", HOST, 2, 0, 20))
    standings.learn(Standing("mina", VIEWER, 1, 0, 30))
    assert standings.roles("mina", 0, VIEWER) == HOST


def test_standings_older_than_every_living_token_are_forgotten() -> None:
    standings = Standings(LIFE_MS)
    standings.learn(Standing("mina", HOST, 1, 1, 20))
    standings.learn(Standing("luo", HOST, 1, 1, 21))
    standings.forget_before(21)
    assert len(standings) == 1
    with pytest.raises(TokenRevoked):
        standings.roles("luo", 0, VIEWER)


async def test_a_sign_out_in_one_process_reaches_another_over_the_bus(
    database: Database, redis: Redis, clock: ToldClock
) -> None:
    bus = RedisBus(redis)
    await bus.start()
    async with opened(database, clock, bus=bus) as here, opened(database, clock, bus=bus) as there:
        session = await here.join("Mina")
        assert there.tokens.principal(session.token) == session.principal
        await here.accounts.sign_out_everywhere(session.principal.user_id)
        with pytest.raises(TokenRevoked):
            here.tokens.principal(session.token)
        await until(lambda: len(there.standings) == 1)
        with pytest.raises(TokenRevoked):
            there.tokens.principal(session.token)
    await bus.close()


async def test_a_promotion_that_the_bus_lost_is_read_from_sql(database: Database, clock: ToldClock) -> None:
    async with opened(database, clock) as here, opened(database, clock) as there:  # each has a bus of its own
        session = await here.join("Mina")
        await here.ranks.promote(session.principal.user_id)
        assert there.tokens.principal(session.token).roles == VIEWER
        await there.keeper.reconcile()
        assert there.tokens.principal(session.token).roles == HOST


async def test_a_process_that_starts_later_knows_what_was_revoked_before(database: Database, clock: ToldClock) -> None:
    async with opened(database, clock) as here:
        session = await here.join("Mina")
        await here.accounts.sign_out_everywhere(session.principal.user_id)
    clock.advance(LIFE_MS // 2)
    async with opened(database, clock) as there:
        with pytest.raises(TokenRevoked):
            there.tokens.principal(session.token)


async def test_a_change_whose_commit_was_slow_is_not_overlooked(clock: ToldClock) -> None:
    store, standings = MemoryAccounts(), Standings(LIFE_MS)
    keeper = StandingKeeper(store, MemorySignIns(), standings, MemoryBus(), clock)
    fast, slow = account("Fast"), account("Slow")
    await store.add(fast)
    await store.add(slow)
    stamped = clock.now_ms()
    clock.advance(5_000)
    await store.revoke_tokens(fast.user_id, clock.now_ms())
    await keeper.reconcile()
    await store.revoke_tokens(slow.user_id, stamped)
    await keeper.reconcile()
    assert len(standings) == 2


async def test_more_changes_than_a_page_are_all_read(clock: ToldClock) -> None:
    store, standings = MemoryAccounts(), Standings(LIFE_MS)
    people = [account(f"user {number}") for number in range(PAGE + 3)]
    for each in people:
        await store.add(each)
        await store.revoke_tokens(each.user_id, clock.now_ms())
    await StandingKeeper(store, MemorySignIns(), standings, MemoryBus(), clock).reconcile()
    assert len(standings) == PAGE + 3


async def test_old_changes_are_forgotten_while_the_keeper_runs(clock: ToldClock) -> None:
    store, standings = MemoryAccounts(), Standings(LIFE_MS)
    keeper = StandingKeeper(store, MemorySignIns(), standings, MemoryBus(), clock)
    mina = account("Mina")
    await store.add(mina)
    await store.revoke_tokens(mina.user_id, clock.now_ms())
    await keeper.reconcile()
    clock.advance(LIFE_MS + OVERLAP_MS)
    await keeper.reconcile()
    assert len(standings) == 1
    clock.advance(1)
    await keeper.reconcile()
    assert len(standings) == 0


class Faltering(MemoryAccounts):
    """A database that fails once."""

    def __init__(self) -> None:
        super().__init__()
        self.failures = 0

    async def changed_after(self, changed_at_ms: int, user_id: str, limit: int) -> list[Standing]:
        self.failures += 1
        if self.failures == 2:
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))
        return await super().changed_after(changed_at_ms, user_id, limit)


async def test_the_keeper_goes_on_reading_after_a_failure(clock: ToldClock) -> None:
    store, standings = Faltering(), Standings(LIFE_MS)
    keeper = StandingKeeper(store, MemorySignIns(), standings, MemoryBus(), clock, every_s=0.001)
    await keeper.start()
    await until(lambda: store.failures > 2)
    mina = account("Mina")
    await store.add(mina)
    await store.revoke_tokens(mina.user_id, clock.now_ms())
    await until(lambda: len(standings) == 1)
    await keeper.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
