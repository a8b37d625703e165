"""The contract of the audiences' store, held by the memory twin and by Redis."""

import pytest
from redis.asyncio import Redis

from streaming.audience.rules import GONE_AFTER_MS
from streaming.audience.store import AUDIENCE_KEY, Audiences
from streaming.audience.store_memory import MemoryAudiences
from streaming.audience.store_redis import RedisAudiences
from tests.streaming.scene import NOW


@pytest.fixture(params=["memory", "redis"])
def audiences(request: pytest.FixtureRequest, redis: Redis) -> Audiences:
    return MemoryAudiences() if request.param == "memory" else RedisAudiences(redis)


async def test_connections_without_a_heartbeat_are_gone_after_their_time(audiences: Audiences) -> None:
    assert await audiences.beat("a", ["c1", "c2"], NOW) == 2
    assert await audiences.beat("a", ["c2"], NOW + 10_000) == 2
    assert await audiences.count("a", NOW + GONE_AFTER_MS) == 2
    assert await audiences.count("a", NOW + GONE_AFTER_MS + 1) == 1
    assert await audiences.beat("a", [], NOW + GONE_AFTER_MS + 1) == 1


async def test_who_leaves_is_not_counted(audiences: Audiences) -> None:
    await audiences.beat("a", ["c1", "c2"], NOW)
    await audiences.leave("a", "c1")
    assert await audiences.counts(["a", "b"], NOW) == {"a": 1, "b": 0}


async def test_the_dead_are_taken_out_of_the_audience_not_only_left_uncounted(redis: Redis) -> None:
    audiences = RedisAudiences(redis)
    await audiences.beat("a", [f"c{number}" for number in range(2_500)], NOW)
    assert await audiences.beat("a", ["alive"], NOW + 15_001) == 1
    assert await redis.zcard(AUDIENCE_KEY.format(room="a")) == 1
