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
from streaming.feed.store import FEED_KEY, HISTORY_KEY, SAMPLES_KEY, Head, Posted
from streaming.feed.store_redis import RedisWire
from tests.streaming.scene import until


async def test_a_flood_of_chat_takes_no_room_from_what_nobody_may_miss(redis: Redis) -> None:
    wire = RedisWire(redis, history=100)
    await wire.post(FeedMessage("a", "gift.sent", {}))
    for _ in range(20):
        await wire.post(*(FeedMessage("a", "chat.said", {}, Delivery.SAMPLE) for _ in range(100)))
    assert [each.type for each in (await wire.history("a")).posted] == ["gift.sent"]
    kept = await redis.xlen(SAMPLES_KEY.format(room="a"))
    assert 200 <= kept <= 320  # "~": whole nodes of the stream go
    assert 0 < await redis.ttl(SAMPLES_KEY.format(room="a")) <= 60


async def test_a_history_from_before_it_was_known_how_far_it_reaches_is_whole_from_now_on_only(redis: Redis) -> None:
    wire = RedisWire(redis)
    await wire.post(FeedMessage("a", "x", {}), FeedMessage("a", "x", {}))
    await redis.hdel(FEED_KEY.format(room="a"), "from")
    await wire.post(FeedMessage("a", "x", {}))
    assert (await wire.history("a")).whole_after.offset == 2
    await redis.hdel(FEED_KEY.format(room="a"), "from")
    await wire.head("a")
    assert (await wire.history("a")).whole_after.offset == 3


async def test_a_feed_that_was_lost_takes_its_history_with_it(redis: Redis) -> None:
    wire = RedisWire(redis)
    await wire.post(FeedMessage("a", "x", {}))
    await redis.delete(FEED_KEY.format(room="a"))
    assert (await wire.history("a")).posted == ()
    head = await wire.head("a")
    history = await wire.history("a")
    assert (history.whole_after, history.posted) == (Head(head.epoch, 0), ())


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


async def heard_after_a_loss(redis: Redis, wire: RedisWire, *meanwhile: FeedMessage) -> list[Posted]:
    """What the reader of room ``a`` hears when ``meanwhile`` is posted while it has no connection."""
    heard: list[Posted] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted)

    hearing = asyncio.create_task(hear())
    await wire.listen("a")
    await redis.client_kill_filter(_type="pubsub")
    await wire.post(*meanwhile)
    await until(lambda: heard and heard[-1].offset == len(meanwhile), "the last of it is heard")
    await wire.close()
    await end(hearing)
    return heard


async def test_chat_that_is_said_while_the_reader_has_lost_redis_is_heard_in_its_place(redis: Redis) -> None:
    said = FeedMessage("a", "chat.said", {}, Delivery.SAMPLE)
    heard = await heard_after_a_loss(redis, RedisWire(redis), said, FeedMessage("a", "x", {}), said)
    assert [(each.offset, each.type, each.after_gap) for each in heard] == [
        (1, "chat.said", False),
        (2, "x", False),
        (3, "chat.said", False),
    ]


async def test_a_reader_who_was_away_for_more_than_is_kept_is_told_so(redis: Redis) -> None:
    wire = RedisWire(redis, history=10)
    heard = await heard_after_a_loss(redis, wire, *(FeedMessage("a", "x", {}) for _ in range(30)))
    assert [(each.offset, each.after_gap) for each in heard] == [(21, True), *((n, False) for n in range(22, 31))]


async def gone_from_redis(redis: Redis, wire: RedisWire, *afterwards: FeedMessage) -> list[Posted]:
    """What the reader of room ``a`` hears after two messages, when Redis loses him and all that it knew of the room."""
    heard: list[Posted] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted)

    hearing = asyncio.create_task(hear())
    await wire.listen("a")
    await wire.post(FeedMessage("a", "x", {}), FeedMessage("a", "x", {}))
    await until(lambda: len(heard) == 2, "they are heard")
    async with redis.pipeline(transaction=True) as pipe:
        pipe.client_kill_filter(_type="pubsub")
        pipe.delete(FEED_KEY.format(room="a"), HISTORY_KEY.format(room="a"))
        await pipe.execute()
    await wire.post(*afterwards)
    last = afterwards[-1].type if afterwards else ""
    await until(lambda: len(heard) > 2 and heard[-1].type == last, "it is noticed")
    await wire.close()
    await end(hearing)
    return heard[2:]


async def test_when_redis_has_lost_a_room_its_reader_is_told_so_also_in_silence(redis: Redis) -> None:
    wire = RedisWire(redis)
    [noticed] = await gone_from_redis(redis, wire)
    assert (noticed.silent, noticed.after_gap, noticed.offset) == (True, True, 1)
    assert noticed.epoch == (await wire.head("a")).epoch


async def test_when_redis_has_lost_a_room_what_is_said_then_comes_after_a_gap(redis: Redis) -> None:
    heard = await gone_from_redis(redis, RedisWire(redis), FeedMessage("a", "y", {}))
    assert [(each.type, each.offset, each.after_gap) for each in heard if not each.silent] in (
        [("y", 1, True)],
        [("y", 1, False)],  # after a gap that was noticed before it
    )
    assert heard[0].after_gap


async def test_when_redis_counts_its_last_moments_again_the_reader_is_told_so(redis: Redis) -> None:
    wire = RedisWire(redis)
    heard: list[Posted] = []

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted)

    hearing = asyncio.create_task(hear())
    await wire.listen("a")
    await wire.post(*(FeedMessage("a", "x", {}) for _ in range(5)))
    await until(lambda: len(heard) == 5, "they are heard")
    async with redis.pipeline(transaction=True) as pipe:
        pipe.client_kill_filter(_type="pubsub")
        pipe.hset(FEED_KEY.format(room="a"), "offset", "3")
        pipe.xdel(HISTORY_KEY.format(room="a"), "4-0", "5-0")
        await pipe.execute()
    await until(lambda: len(heard) == 6, "it is noticed")
    assert (heard[5].silent, heard[5].after_gap, heard[5].offset) == (True, True, 6)
    await wire.close()
    await end(hearing)


async def test_what_is_said_before_the_reader_could_catch_up_makes_him_miss_nothing(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, kept = RedisWire(redis), redis.xrange
    tries: list[bool] = []
    said = False
    heard: list[int] = []

    async def history(key: str, **bounds: Any) -> Any:
        tries.append(said)
        if tries.count(True) <= 1:
            raise RedisGone("once more")
        return await kept(key, **bounds)

    async def hear() -> None:
        async for posted in wire.posted():
            heard.append(posted.offset)

    monkeypatch.setattr(redis, "xrange", history)
    hearing = asyncio.create_task(hear())
    await wire.listen("a")
    await redis.client_kill_filter(_type="pubsub")
    await wire.post(FeedMessage("a", "x", {}), FeedMessage("a", "x", {}))
    await until(lambda: tries, "it could not be read what was missed")
    said = True
    await wire.post(FeedMessage("a", "x", {}))
    await until(lambda: heard and heard[-1] == 3, "the last of it is heard")
    assert heard == [1, 2, 3]
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
