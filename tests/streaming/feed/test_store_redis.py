"""What only Redis can show of the wire: history is bounded, a lost numbering begins anew, a lost reader catches up."""

import asyncio
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError as RedisGone

from foundation.feed import Delivery, FeedMessage
from foundation.redis import connect
from foundation.stopping import end
from streaming.feed.store import FEED_KEY, HISTORY_KEY
from streaming.feed.store_redis import RedisWire
from tests.streaming.scene import until


async def test_the_history_is_bounded_and_has_no_sums(redis: Redis) -> None:
    wire = RedisWire(redis, history=100)
    for number in range(40):
        await wire.post(*(FeedMessage("a", "gift.sent", {"n": number}) for _ in range(10)))
    await wire.post(FeedMessage("a", "likes.summed", {"count": 1}, Delivery.SUM))
    kept = await redis.xrevrange(HISTORY_KEY.format(room="a"))
    assert kept is not None
    assert 100 <= len(kept) <= 220  # "~": whole nodes of the stream go
    assert kept[0][0] == b"400-0"


async def test_a_feed_whose_numbering_was_lost_begins_a_new_epoch(redis: Redis) -> None:
    wire = RedisWire(redis)
    await wire.post(FeedMessage("a", "x", {}), FeedMessage("a", "x", {}))
    before = await wire.head("a")
    await redis.delete(FEED_KEY.format(room="a"))
    await wire.post(FeedMessage("a", "x", {}))
    after = await wire.head("a")
    assert after.epoch != before.epoch
    assert after.offset == 1


async def test_everybody_who_is_first_at_once_is_heard_also_later(redis: Redis, valkey_url: str) -> None:
    """Callers wait in the socket while a killed api process is started again: they come before anything has begun."""
    fresh = connect(valkey_url, "fresh")
    wire, rooms = RedisWire(fresh), [f"room-{number}" for number in range(8)]
    heard: list[str] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted.room)

    hearing = asyncio.create_task(hear())
    await asyncio.gather(*(wire.listen(room) for room in rooms))
    for round_ in (1, 2):
        await wire.post(*(FeedMessage(room, "x", {}) for room in rooms))
        await until(lambda: len(heard) >= round_ * len(rooms), "everybody hears it")  # noqa: B023
    assert sorted(heard) == sorted(2 * rooms)
    await wire.close()
    await end(hearing)
    await fresh.aclose()


async def test_what_is_said_while_the_reader_has_lost_redis_is_heard_once_afterwards(redis: Redis) -> None:
    wire = RedisWire(redis)
    heard: list[tuple[str, int]] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append((posted.room, posted.offset))

    hearing = asyncio.create_task(hear())
    for room in ("a", "b", "quiet"):
        await wire.listen(room)
    await wire.post(FeedMessage("a", "x", {}))
    await until(lambda: heard, "it is heard")
    await redis.client_kill_filter(_type="pubsub")
    await wire.post(*(FeedMessage(room, "x", {}) for room in ("a", "a", "b")))
    await until(lambda: len(heard) == 4, "what was said meanwhile is heard")
    await wire.post(*(FeedMessage(room, "x", {}) for room in ("a", "quiet")))
    await until(lambda: len(heard) >= 6, "and what is said then")
    assert sorted(heard) == [("a", 1), ("a", 2), ("a", 3), ("a", 4), ("b", 1), ("quiet", 1)]
    await wire.close()
    await end(hearing)


async def test_a_room_that_is_left_while_the_feed_catches_up_does_not_end_the_feed(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, kept = RedisWire(redis), redis.xrange
    asked: list[str] = []
    heard: list[str] = []
    left: list[str] = []

    async def history(key: str, **bounds: Any) -> Any:
        both_lapsed = len(set(asked)) == 2
        asked.append(key)
        if not both_lapsed:
            raise RedisGone("once more")
        if not left:
            left.extend(room for room in ("a", "b") if key != HISTORY_KEY.format(room=room))
            await wire.unlisten(left[0])
        return await kept(key, **bounds)

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted.room)

    monkeypatch.setattr(redis, "xrange", history)
    hearing = asyncio.create_task(hear())
    for room in ("a", "b"):
        await wire.listen(room)
    await redis.client_kill_filter(_type="pubsub")
    await until(lambda: left or hearing.done(), "one room is left while the other one catches up")
    (stays,) = {"a", "b"} - set(left)
    await wire.post(FeedMessage(stays, "x", {}))
    await until(lambda: heard or hearing.done(), "the other one is heard")
    assert heard == [stays]
    await wire.close()
    await end(hearing)


@pytest.mark.parametrize("place", [(RedisWire, "head"), (PubSub, "subscribe")], ids=["head", "subscribe"])
async def test_a_room_that_could_not_be_listened_to_can_be_the_next_time(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str]
) -> None:
    async def gone(*arguments: object) -> None:
        raise RedisGone("just now")

    wire = RedisWire(redis)
    reading = asyncio.ensure_future(anext(wire.posted()))
    await wire.listen("another")
    with monkeypatch.context() as broken:
        broken.setattr(*place, gone)
        with pytest.raises(RedisGone):
            await wire.listen("a")
    await wire.listen("a")
    await wire.post(FeedMessage("a", "x", {}))
    assert (await reading).room == "a"
    await wire.close()


async def test_who_comes_while_the_last_one_leaves_is_heard(redis: Redis) -> None:
    wire = RedisWire(redis)
    heard: list[int] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted.offset)

    hearing = asyncio.create_task(hear())
    for number in range(20):
        await wire.listen("a")
        await asyncio.gather(wire.unlisten("a"), wire.listen("a"))
        await wire.post(FeedMessage("a", "x", {}))
        await until(lambda: len(heard) == number + 1, "it is heard")  # noqa: B023
        await wire.unlisten("a")
    await wire.close()
    await end(hearing)
