"""The contract of chat, likes and buckets, held by the memory twin and by Redis."""

import pytest
from redis.asyncio import Redis

from streaming.chat.store import Talk
from streaming.chat.store_memory import MemoryTalk
from streaming.chat.store_redis import RedisTalk
from tests.streaming.scene import NOW


@pytest.fixture(params=["memory", "redis"])
def talk(request: pytest.FixtureRequest, redis: Redis) -> Talk:
    return MemoryTalk() if request.param == "memory" else RedisTalk(redis)


async def test_chat_is_kept_to_its_last_messages_oldest_first(talk: Talk) -> None:
    for number in range(5):
        await talk.remember("a", {"n": number}, keep=3)
    assert await talk.last("a") == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert await talk.last("b") == []


async def test_likes_add_up_until_they_are_cleared(talk: Talk) -> None:
    assert await talk.like("a", 3) == 3
    assert await talk.like("a", 4) == 7
    assert await talk.likes("a") == 7
    await talk.clear_likes("a")
    assert await talk.likes("a") == 0


async def test_a_bucket_gives_its_burst_then_one_each_interval(talk: Talk) -> None:
    async def take(at_ms: int) -> bool:
        return await talk.take_token("a", "chat:u", 0.5, 3, NOW + at_ms)

    assert [await take(0) for _ in range(4)] == [True, True, True, False]
    assert not await take(1_999)
    assert await take(2_000)
    assert not await take(2_000)
    assert [await take(60_000) for _ in range(4)] == [True, True, True, False]


async def test_buckets_of_different_people_and_rooms_are_apart(talk: Talk) -> None:
    assert await talk.take_token("a", "chat:u", 1, 1, NOW)
    assert not await talk.take_token("a", "chat:u", 1, 1, NOW)
    assert await talk.take_token("a", "chat:v", 1, 1, NOW)
    assert await talk.take_token("b", "chat:u", 1, 1, NOW)
