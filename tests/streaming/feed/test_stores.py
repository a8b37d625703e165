"""The contract of the wire, held by the memory twin and by Redis."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from foundation.feed import Delivery, FeedMessage
from streaming.feed.store import Head, Posted, Wire
from streaming.feed.store_memory import MemoryWire
from streaming.feed.store_redis import RedisWire


@pytest.fixture(params=["memory", "redis"])
async def wire(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[Wire]:
    if request.param == "memory":
        yield MemoryWire()
        return
    made = RedisWire(redis)
    yield made
    await made.close()


async def test_the_wire_carries_messages_in_order_with_rising_offsets(wire: Wire) -> None:
    reading = wire.posted()
    received: list[Posted] = []

    async def read() -> None:
        async for posted in reading:
            received.append(posted)
            if len(received) == 3:
                return

    reader = asyncio.create_task(read())
    await wire.listen("a")
    before = await wire.head("a")
    await wire.post(
        FeedMessage("a", "chat.said", {"text": "one 1\n"}, Delivery.SAMPLE, dear=("u3", "u4")),
        FeedMessage("b", "chat.said", {"text": "not for a"}),
        FeedMessage("a", "likes.summed", {"count": 2}, Delivery.SUM, key="k"),
    )
    await wire.post(FeedMessage("a", "battle.invited", {}, users=("u1", "u2")))
    async with asyncio.timeout(5):
        await reader
    assert [(posted.type, posted.delivery, posted.key, posted.users, posted.body) for posted in received] == [
        ("chat.said", Delivery.SAMPLE, "", (), b'{"text":"one 1\\n"}'),
        ("likes.summed", Delivery.SUM, "k", (), b'{"count":2}'),
        ("battle.invited", Delivery.MUST, "", ("u1", "u2"), b"{}"),
    ]
    assert [posted.dear for posted in received] == [("u3", "u4"), (), ()]
    assert [posted.offset for posted in received] == [before.offset + 1, before.offset + 2, before.offset + 3]
    assert {posted.epoch for posted in received} == {before.epoch}
    after = await wire.head("a")
    assert (after.epoch, after.offset) == (before.epoch, before.offset + 3)


async def test_the_history_has_what_nobody_may_miss_as_it_was_posted(wire: Wire) -> None:
    await wire.head("a")
    await wire.post(
        FeedMessage("a", "gift.sent", {"n": 1}),
        FeedMessage("a", "chat.said", {}, Delivery.SAMPLE),
        FeedMessage("a", "likes.summed", {"count": 2}, Delivery.SUM),
        FeedMessage("b", "gift.sent", {}),
        FeedMessage("a", "battle.score", {"red": 1}, Delivery.LATEST, key="k", users=("u1",)),
    )
    head, history = await wire.head("a"), await wire.history("a")
    assert history.whole_after == Head(head.epoch, 0)
    assert [(each.offset, each.type, each.delivery, each.key, each.users, each.body) for each in history.posted] == [
        (1, "gift.sent", Delivery.MUST, "", (), b'{"n":1}'),
        (4, "battle.score", Delivery.LATEST, "k", ("u1",), b'{"red":1}'),
    ]
    assert {each.epoch for each in history.posted} == {head.epoch}


async def test_the_history_is_bounded_and_says_from_where_on_it_is_whole(wire: Wire) -> None:
    for _ in range(13):
        await wire.post(*(FeedMessage("a", "gift.sent", {}) for _ in range(100)))
    history = await wire.history("a")
    assert 1000 <= len(history.posted) <= 1100
    assert history.whole_after.offset == 1300 - len(history.posted)
    assert [each.offset for each in history.posted] == list(range(history.whole_after.offset + 1, 1301))


async def test_a_room_that_is_listened_to_no_more_is_not_heard(wire: Wire) -> None:
    received: list[Posted] = []

    async def read() -> None:
        async for posted in wire.posted():
            received.append(posted)
            if posted.room == "b":
                return

    reader = asyncio.create_task(read())
    await wire.listen("a")
    await wire.listen("b")
    await wire.unlisten("a")
    await wire.post(FeedMessage("a", "x", {}))
    await wire.post(FeedMessage("b", "x", {}))
    async with asyncio.timeout(5):
        await reader
    assert [posted.room for posted in received] == ["b"]
