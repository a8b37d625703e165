"""The contract of the audiences' store, held by the memory twin and by Redis."""

import pytest
from redis.asyncio import Redis

from streaming.audience.rules import GONE_AFTER_MS
from streaming.audience.store import NEWEST, PRESENCE_KEY, Audiences, Beat, Figures, Here, Newcomer
from streaming.audience.store_memory import MemoryAudiences
from streaming.audience.store_redis import RedisAudiences
from tests.streaming.scene import NOW


@pytest.fixture(params=["memory", "redis"])
def audiences(request: pytest.FixtureRequest, redis: Redis) -> Audiences:
    return MemoryAudiences() if request.param == "memory" else RedisAudiences(redis)


def beat(process: str, count: int, at_ms: int = 0, visitors: tuple[str, ...] = ()) -> Beat:
    return Beat(process, Here(count), NOW + at_ms, visitors)


async def test_the_count_is_what_the_processes_have_said_last(audiences: Audiences) -> None:
    assert (await audiences.beat("a", beat("p1", 2))).count == 2
    assert (await audiences.beat("a", beat("p2", 3))).count == 5
    assert (await audiences.beat("a", beat("p1", 1))).count == 4
    assert await audiences.counts(["a", "b"], NOW) == {"a": 4, "b": 0}
    assert (await audiences.beat("a", beat("p1", 0))).count == 3
    assert await audiences.counts([], NOW) == {}


async def test_what_a_process_said_counts_for_its_time(audiences: Audiences) -> None:
    await audiences.beat("a", beat("p1", 2))
    await audiences.beat("a", beat("p2", 3, 10_000))
    assert await audiences.counts(["a"], NOW + GONE_AFTER_MS) == {"a": 5}
    assert await audiences.counts(["a"], NOW + GONE_AFTER_MS + 1) == {"a": 3}
    assert (await audiences.look("a", NOW + GONE_AFTER_MS + 1)).count == 3


async def test_the_peak_stands_until_a_broadcast_begins(audiences: Audiences) -> None:
    await audiences.beat("a", beat("p1", 9))
    await audiences.begin("a", "b1")
    assert (await audiences.look("a", NOW)).peak == 0
    for count in (3, 5, 2):
        await audiences.beat("a", beat("p1", count))
    await audiences.begin("a", "b1")
    counted = await audiences.look("a", NOW)
    assert (counted.count, counted.peak, counted.broadcast) == (2, 5, "b1")
    await audiences.begin("a", "b2")
    assert await audiences.figures("a") == Figures()


async def test_who_comes_again_is_one_visitor(audiences: Audiences) -> None:
    await audiences.begin("a", "b1")
    await audiences.beat("a", beat("p1", 2, 0, ("ann", "bob")))
    await audiences.beat("a", beat("p2", 2, 0, ("bob", "cid")))
    assert await audiences.figures("a") == Figures(4, 3)


async def test_a_crowd_of_visitors_is_counted_within_one_percent(audiences: Audiences) -> None:
    await audiences.begin("a", "b1")
    await audiences.beat("a", beat("p1", 5_000, 0, tuple(f"visitor-{number}" for number in range(5_000))))
    assert 4_900 <= (await audiences.figures("a")).unique <= 5_100


async def test_the_newest_of_all_processes_are_named_once_each(audiences: Audiences) -> None:
    def came(user: str, at_ms: int) -> Newcomer:
        return Newcomer(user, user.title(), NOW + at_ms)

    await audiences.beat("a", Beat("p1", Here(2, (came("bob", 3), came("ann", 1))), NOW))
    await audiences.beat("a", Beat("p2", Here(2, (came("ann", 4), came("cid", 2))), NOW))
    newest = (await audiences.look("a", NOW)).newest
    assert newest == (came("ann", 4), came("bob", 3), came("cid", 2))
    crowd = tuple(came(f"u{number:02}", 100 - number) for number in range(NEWEST))
    await audiences.beat("a", Beat("p2", Here(NEWEST, crowd), NOW))
    assert (await audiences.look("a", NOW)).newest == crowd


async def test_dead_processes_are_taken_out_not_only_left_uncounted(redis: Redis) -> None:
    audiences = RedisAudiences(redis)
    for number in range(100):
        await audiences.beat("a", beat(f"p{number}", 1))
    await audiences.beat("a", beat("alive", 1, GONE_AFTER_MS + 1))
    assert await redis.hlen(PRESENCE_KEY.format(room="a")) == 1
