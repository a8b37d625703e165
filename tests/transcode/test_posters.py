"""The contract of the posters' store, held by the memory twin and by Redis; and what only Redis can show."""

import pytest
from redis.asyncio import Redis

from tests.clocks import ToldClock
from transcode.posters import KEPT_S, POSTER_KEY, WANTED_KEY, WANTED_S, Poster, Posters
from transcode.store_memory import MemoryPosters
from transcode.store_redis import RedisPosters

RED, BLUE = Poster("b1", b"\xff\xd8red"), Poster("b2", b"\xff\xd8blue")


@pytest.fixture(params=["memory", "redis"])
def posters(request: pytest.FixtureRequest, redis: Redis, clock: ToldClock) -> Posters:
    return MemoryPosters(clock.now_ms) if request.param == "memory" else RedisPosters(redis)


async def test_a_poster_comes_back_as_it_was_kept(posters: Posters) -> None:
    assert await posters.poster("red") is None
    await posters.keep("red", RED)
    assert await posters.poster("red") == RED
    assert await posters.poster("blue") is None


async def test_the_newest_poster_takes_the_place_of_the_one_before(posters: Posters) -> None:
    await posters.keep("red", RED)
    await posters.keep("red", BLUE)
    assert await posters.poster("red") == BLUE


async def test_rooms_with_a_poster_are_named_with_broadcast_and_tag(posters: Posters) -> None:
    assert await posters.tags([]) == {}
    await posters.keep("red", RED)
    await posters.keep("blue", BLUE)
    assert await posters.tags(["red", "none", "blue"]) == {"red": ("b1", RED.tag), "blue": ("b2", BLUE.tag)}
    assert RED.tag != BLUE.tag


async def test_somebody_looks_once_he_has_said_so(posters: Posters) -> None:
    assert not await posters.wanted()
    await posters.want()
    assert await posters.wanted()


async def test_posters_and_wishes_are_forgotten_in_time(clock: ToldClock) -> None:
    posters = MemoryPosters(clock.now_ms)
    await posters.keep("red", RED)
    await posters.want()
    clock.advance(KEPT_S * 1000 - 1)
    assert await posters.poster("red") == RED
    clock.advance(1)
    assert await posters.poster("red") is None and await posters.tags(["red"]) == {}
    clock.advance((WANTED_S - KEPT_S) * 1000)
    assert not await posters.wanted()
    await posters.keep("red", RED, kept_s=60)
    clock.advance(60_000 - 1)
    assert await posters.poster("red") == RED


async def test_in_redis_they_expire_by_themselves(redis: Redis) -> None:
    posters = RedisPosters(redis)
    await posters.keep("red", RED)
    await posters.want()
    assert 0 < await redis.pttl(POSTER_KEY.format(room="red")) <= KEPT_S * 1000
    await posters.keep("blue", BLUE, kept_s=60)
    assert 50_000 < await redis.pttl(POSTER_KEY.format(room="blue")) <= 60_000
    assert 0 < await redis.pttl(WANTED_KEY) <= WANTED_S * 1000
