"""The throttle keeps its word on both twins."""

import pytest
from redis.asyncio import Redis

import foundation.redis
from accounts.bucket import Bucket
from accounts.store import Throttle
from accounts.store_memory import MemoryThrottle
from accounts.store_redis import RedisThrottle
from foundation.errors import Unavailable
from tests.clocks import ToldClock

THREE = Bucket(burst=3, refill_ms=10_000)


@pytest.fixture(params=["memory", "redis"])
def throttle(request: pytest.FixtureRequest, redis: Redis) -> Throttle:
    return MemoryThrottle() if request.param == "memory" else RedisThrottle(redis)


async def taken(throttle: Throttle, clock: ToldClock, times: int, subject: str = "mina") -> list[int]:
    return [await throttle.take("log-in", subject, THREE, clock.now_ms()) for _ in range(times)]


async def test_a_burst_is_free_and_the_next_one_waits_for_one_refill(throttle: Throttle, clock: ToldClock) -> None:
    assert await taken(throttle, clock, 4) == [0, 0, 0, 10_000]


async def test_a_refused_attempt_costs_nothing(throttle: Throttle, clock: ToldClock) -> None:
    await taken(throttle, clock, 3)
    assert await taken(throttle, clock, 2) == [10_000, 10_000]
    clock.advance(10_000)
    assert await taken(throttle, clock, 2) == [0, 10_000]


async def test_waiting_almost_long_enough_is_not_long_enough(throttle: Throttle, clock: ToldClock) -> None:
    await taken(throttle, clock, 3)
    clock.advance(9_999)
    assert await taken(throttle, clock, 1) == [1]


async def test_a_bucket_never_holds_more_than_its_burst(throttle: Throttle, clock: ToldClock) -> None:
    await taken(throttle, clock, 3)
    clock.advance(1_000_000)
    assert await taken(throttle, clock, 4) == [0, 0, 0, 10_000]


async def test_each_subject_and_each_act_has_its_own_bucket(throttle: Throttle, clock: ToldClock) -> None:
    await taken(throttle, clock, 3)
    assert await taken(throttle, clock, 1, subject="luo") == [0]
    assert await throttle.take("sign-up", "mina", THREE, clock.now_ms()) == 0


async def test_a_bucket_in_redis_is_forgotten_when_it_is_full_again(redis: Redis, clock: ToldClock) -> None:
    await taken(RedisThrottle(redis), clock, 2)
    (key,) = await redis.keys()
    assert 0 < await redis.pttl(key) <= 20_000
    assert b"mina" not in key


async def test_attempts_that_cannot_be_counted_are_not_allowed(clock: ToldClock) -> None:
    nowhere = foundation.redis.connect("redis://127.0.0.1:1", "test", timeout_s=0.2)
    try:
        with pytest.raises(Unavailable):
            await RedisThrottle(nowhere).take("log-in", "mina", THREE, clock.now_ms())
    finally:
        await nowhere.aclose()
