"""A slice of ``make prove-presence``: connections that end in every way, at two api processes; here in a hurry."""

from collections.abc import AsyncIterator
from itertools import count

import pytest
from redis.asyncio import Redis

from bench.presence.rounds import WAYS, Place, Round
from streaming.audience.store_redis import RedisAudiences
from streaming.feed.rules import FeedRules
from tests.streaming.feed.house import House
from tests.waiting import PATIENCE_S

HURRIED = FeedRules(tick_ms=20, ping_every_s=0.5, silent_s=5.0)
VIEWERS, KILLS, SEED = 60, 60, 1


@pytest.fixture
async def place(redis: Redis) -> AsyncIterator[Place]:
    async with House(redis, HURRIED).open() as first, House(redis, HURRIED, beside=first).open() as second:
        room, numbers = (await first.room()).room, count()

        async def counts() -> dict[str, int]:
            return await RedisAudiences(redis).counts([room], first.clock.now_ms())

        def token() -> str:
            name = f"viewer-{next(numbers)}"
            first.tokens.add(name)
            return name

        yield Place([first.port, second.port], [room], PATIENCE_S, counts, token)


async def test_a_room_counts_who_is_there_whatever_became_of_the_others(place: Place) -> None:
    verdict = await Round(place, SEED).run(VIEWERS, KILLS)
    assert verdict.complaints == []
    assert (set(verdict.ways), verdict.kills) == (set(WAYS), KILLS)
