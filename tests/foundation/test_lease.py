"""One owner for one thing, and a fence that never goes back."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from foundation.lease import (
    LEASE_KEY,
    LEASE_MS,
    STOP_EARLY_MS,
    Fenced,
    Leases,
    MemoryLeases,
    RedisLeases,
    check_fence,
    next_fence,
)
from foundation.sql import Database


class HandWoundClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wound() -> HandWoundClock:
    return HandWoundClock()


@pytest.fixture(params=["memory", "redis"])
def leases(request: pytest.FixtureRequest, redis: Redis, database: Database, wound: HandWoundClock) -> Leases:
    return MemoryLeases() if request.param == "memory" else RedisLeases(redis, database, wound)


async def test_a_second_owner_is_refused_until_the_first_lets_go(leases: Leases) -> None:
    first = await leases.acquire("battle:1")
    assert first is not None and first.valid
    assert await leases.acquire("battle:1") is None
    await leases.release(first)
    second = await leases.acquire("battle:1")
    assert second is not None and second.fence > first.fence


async def test_an_old_owner_can_neither_renew_nor_release_what_is_anothers(leases: Leases) -> None:
    first = await leases.acquire("battle:1")
    assert first is not None
    await leases.release(first)
    second = await leases.acquire("battle:1")
    assert second is not None
    assert not await leases.renew(first)
    await leases.release(first)
    assert await leases.renew(second)


async def test_different_things_have_different_owners(leases: Leases) -> None:
    assert await leases.acquire("battle:1") and await leases.acquire("battle:2")


async def test_an_owner_that_cannot_renew_stops_before_redis_gives_the_lease_away(
    redis: Redis, database: Database, wound: HandWoundClock
) -> None:
    leases = RedisLeases(redis, database, wound)
    lease = await leases.acquire("battle:1")
    assert lease is not None
    wound.seconds += (LEASE_MS - STOP_EARLY_MS) / 1000
    assert not lease.valid
    assert await redis.exists(LEASE_KEY.format(name="battle:1")), "the owner has stopped, the key is still there"


async def test_fences_survive_the_loss_of_redis(redis: Redis, database: Database) -> None:
    leases = RedisLeases(redis, database)
    first = await leases.acquire("battle:1")
    await redis.flushall()
    second = await leases.acquire("battle:1")
    assert first is not None and second is not None
    assert second.fence > first.fence
    assert not await leases.renew(first)


async def test_an_owner_takes_back_a_lease_that_redis_has_forgotten(redis: Redis, database: Database) -> None:
    leases = RedisLeases(redis, database)
    lease = await leases.acquire("battle:1")
    assert lease is not None
    await redis.flushall()
    assert await leases.renew(lease)
    assert await leases.acquire("battle:1") is None
    await leases.release(lease)
    assert await leases.acquire("battle:1") is not None


async def test_a_forgotten_lease_that_another_had_meanwhile_is_not_taken_back(redis: Redis, database: Database) -> None:
    leases = RedisLeases(redis, database)
    first = await leases.acquire("battle:1")
    await redis.flushall()
    second = await leases.acquire("battle:1")
    assert first is not None and second is not None
    await leases.release(second)
    assert not await leases.renew(first)
    assert await leases.acquire("battle:1") is not None


async def test_an_owner_who_was_held_up_for_too_long_takes_nothing_back(
    redis: Redis, database: Database, wound: HandWoundClock
) -> None:
    leases = RedisLeases(redis, database, wound)
    lease = await leases.acquire("battle:1")
    assert lease is not None
    await redis.flushall()
    wound.seconds += LEASE_MS / 1000
    assert not await leases.renew(lease)
    assert not await redis.exists(LEASE_KEY.format(name="battle:1"))


async def test_a_write_with_an_older_fence_is_refused(database: Database) -> None:
    old = await next_fence(database, "battle:1")
    new = await next_fence(database, "battle:1")
    async with database.write() as transaction:
        await check_fence(transaction, "battle:1", new)
        with pytest.raises(Fenced):
            await check_fence(transaction, "battle:1", old)


def test_every_script_says_what_its_arguments_are() -> None:
    for path in Path("foundation/lua").glob("*.lua"):
        assert path.read_text().startswith("-- KEYS[1]"), path
