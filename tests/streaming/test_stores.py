"""The contract of streaming's live stores, held by the memory twins and by Redis."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from foundation.feed import Delivery, FeedMessage
from streaming.broadcast import CameraDown, End, EndReason
from streaming.errors import StaleOwner
from streaming.guests import Guest, GuestState, Seats
from streaming.rules import GONE_AFTER_MS, BroadcastRules
from streaming.store import Audiences, Broadcasts, EndOrder, GuestBook, Posted, Seating, Stages, Talk, Wire
from streaming.store_memory import (
    MemoryAudiences,
    MemoryBroadcasts,
    MemoryGuestBook,
    MemoryStages,
    MemoryTalk,
    MemoryWire,
)
from streaming.store_redis import RedisBroadcasts, RedisGuestBook, RedisStages
from streaming.store_redis_audience import RedisAudiences, RedisTalk
from streaming.store_redis_feed import RedisWire
from tests.streaming.scene import NOW, card, live


@dataclass
class Stores:
    broadcasts: Broadcasts
    stages: Stages
    book: GuestBook
    audiences: Audiences
    talk: Talk
    wire: Wire


@pytest.fixture(params=["memory", "redis"])
async def stores(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield Stores(
            MemoryBroadcasts(), MemoryStages(), MemoryGuestBook(), MemoryAudiences(), MemoryTalk(), MemoryWire()
        )
        return
    wire = RedisWire(redis)
    audiences, talk = RedisAudiences(redis), RedisTalk(redis)
    yield Stores(RedisBroadcasts(redis), RedisStages(redis), RedisGuestBook(redis), audiences, talk, wire)
    await wire.close()


async def test_a_snapshot_comes_back_as_it_was_saved(stores: Stores) -> None:
    record = live(card())
    record.broadcast.handle(CameraDown("s1"), NOW + 5, BroadcastRules())
    await stores.broadcasts.save(record, 1)
    assert await stores.broadcasts.load(record.card.room) == record
    record.broadcast.handle(End(EndReason.BANNED), NOW + 9, BroadcastRules())
    await stores.broadcasts.save(record, 1)
    assert await stores.broadcasts.load(record.card.room) == record


async def test_an_owner_with_a_lower_fence_cannot_save(stores: Stores) -> None:
    record = live(card())
    await stores.broadcasts.save(record, 10)
    with pytest.raises(StaleOwner):
        await stores.broadcasts.save(live(record.card, session="stolen"), 9)
    loaded = await stores.broadcasts.load(record.card.room)
    assert loaded is not None and loaded.broadcast.session == "s1"


async def test_an_owner_with_a_lower_fence_cannot_end_it(stores: Stores) -> None:
    record = live(card())
    await stores.broadcasts.save(record, 10)
    with pytest.raises(StaleOwner):
        await stores.broadcasts.remove(record, 9)
    assert await stores.broadcasts.load(record.card.room) is not None


async def test_a_stopped_owner_cannot_bring_an_ended_broadcast_back(stores: Stores) -> None:
    record = live(card())
    await stores.broadcasts.save(record, 1)
    await stores.broadcasts.remove(record, 2)
    with pytest.raises(StaleOwner):
        await stores.broadcasts.save(record, 1)
    assert await stores.broadcasts.load(record.card.room) is None


async def test_the_next_broadcast_of_the_room_can_be_saved(stores: Stores) -> None:
    record = live(card())
    await stores.broadcasts.save(record, 1)
    await stores.broadcasts.remove(record, 1)
    following = live(record.card, session="s2")
    await stores.broadcasts.save(following, 2)
    assert await stores.broadcasts.load(record.card.room) == following


async def test_the_session_of_an_ended_broadcast_is_remembered(stores: Stores) -> None:
    record = live(card())
    assert await stores.broadcasts.ended_session(record.card.room) == ""
    await stores.broadcasts.save(record, 1)
    await stores.broadcasts.remove(record, 1)
    assert await stores.broadcasts.ended_session(record.card.room) == "s1"


async def test_rooms_are_announced_and_withdrawn(stores: Stores) -> None:
    await stores.broadcasts.announce("a")
    await stores.broadcasts.announce("b")
    await stores.broadcasts.announce("b")
    await stores.broadcasts.withdraw("a")
    assert await stores.broadcasts.rooms() == {"b"}


async def test_all_snapshots_come_in_one_go(stores: Stores) -> None:
    records = [live(card()) for _ in range(3)]
    for record in records:
        await stores.broadcasts.announce(record.card.room)
        await stores.broadcasts.save(record, 1)
    await stores.broadcasts.announce("without")
    loaded = await stores.broadcasts.load_all()
    assert sorted(loaded, key=lambda record: record.card.room) == sorted(records, key=lambda record: record.card.room)


async def test_an_order_to_end_waits_for_the_keeper_and_goes_with_the_broadcast(stores: Stores) -> None:
    record = live(card())
    room = record.card.room
    order = EndOrder(record.broadcast.broadcast_id, EndReason.FORCED)
    assert await stores.broadcasts.end_order(room) is None
    await stores.broadcasts.order_end(room, order)
    assert await stores.broadcasts.end_order(room) == order
    await stores.broadcasts.remove(record, 1)
    assert await stores.broadcasts.end_order(room) is None


async def test_two_publishers_of_one_room_are_sent_to_one_worker(stores: Stores) -> None:
    assert await stores.broadcasts.pin_home("a", "media-1") == "media-1"
    assert await stores.broadcasts.pin_home("a", "media-2") == "media-1"
    await stores.broadcasts.unpin_home("a")
    assert await stores.broadcasts.pin_home("a", "media-2") == "media-2"


async def test_a_stage_is_given_back_only_by_the_battle_that_has_it(stores: Stores) -> None:
    assert await stores.stages.battle("a") == ""
    assert await stores.stages.join("a", "battle-1")
    assert await stores.stages.join("a", "battle-2")
    assert not await stores.stages.join("a", "battle-2")
    assert not await stores.stages.leave("a", "battle-1")
    assert await stores.stages.battle("a") == "battle-2"
    assert await stores.stages.leave("a", "battle-2")
    assert await stores.stages.battle("a") == ""


async def test_seats_come_back_as_they_were_saved(stores: Stores) -> None:
    guest = Guest("u1", "Ann", False, NOW, GuestState.ON_STAGE, NOW + 5, muted_by_host=True, session="s1")
    seats = Seats("b1", (guest, Guest("u2", "Bob", True, NOW)), attempt=2, losses=1)
    assert await stores.book.seating("a") == Seating()
    assert await stores.book.save("a", seats, 0)
    assert await stores.book.seating("a") == Seating(seats, 1)
    assert await stores.book.seating("b") == Seating()


async def test_of_two_who_change_the_same_seats_the_second_is_told_to_look_again(stores: Stores) -> None:
    assert await stores.book.save("a", Seats("first"), 0)
    assert not await stores.book.save("a", Seats("second"), 0)
    assert not await stores.book.save("a", Seats("second"), 2)
    assert await stores.book.save("a", Seats("second"), 1)
    assert await stores.book.seating("a") == Seating(Seats("second"), 2)


async def test_connections_without_a_heartbeat_are_gone_after_their_time(stores: Stores) -> None:
    assert await stores.audiences.beat("a", ["c1", "c2"], NOW) == 2
    assert await stores.audiences.beat("a", ["c2"], NOW + 10_000) == 2
    assert await stores.audiences.count("a", NOW + GONE_AFTER_MS) == 2
    assert await stores.audiences.count("a", NOW + GONE_AFTER_MS + 1) == 1
    assert await stores.audiences.beat("a", [], NOW + GONE_AFTER_MS + 1) == 1


async def test_who_leaves_is_not_counted(stores: Stores) -> None:
    await stores.audiences.beat("a", ["c1", "c2"], NOW)
    await stores.audiences.leave("a", "c1")
    assert await stores.audiences.counts(["a", "b"], NOW) == {"a": 1, "b": 0}


async def test_chat_is_kept_to_its_last_messages_oldest_first(stores: Stores) -> None:
    for number in range(5):
        await stores.talk.remember("a", {"n": number}, keep=3)
    assert await stores.talk.last("a") == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert await stores.talk.last("b") == []


async def test_likes_add_up_until_they_are_cleared(stores: Stores) -> None:
    assert await stores.talk.like("a", 3) == 3
    assert await stores.talk.like("a", 4) == 7
    assert await stores.talk.likes("a") == 7
    await stores.talk.clear_likes("a")
    assert await stores.talk.likes("a") == 0


async def test_a_bucket_gives_its_burst_then_one_each_interval(stores: Stores) -> None:
    async def take(at_ms: int) -> bool:
        return await stores.talk.take_token("a", "chat:u", 0.5, 3, NOW + at_ms)

    assert [await take(0) for _ in range(4)] == [True, True, True, False]
    assert not await take(1_999)
    assert await take(2_000)
    assert not await take(2_000)
    assert [await take(60_000) for _ in range(4)] == [True, True, True, False]


async def test_buckets_of_different_people_and_rooms_are_apart(stores: Stores) -> None:
    assert await stores.talk.take_token("a", "chat:u", 1, 1, NOW)
    assert not await stores.talk.take_token("a", "chat:u", 1, 1, NOW)
    assert await stores.talk.take_token("a", "chat:v", 1, 1, NOW)
    assert await stores.talk.take_token("b", "chat:u", 1, 1, NOW)


async def test_the_wire_carries_messages_in_order_with_rising_offsets(stores: Stores) -> None:
    reading = stores.wire.posted()
    received: list[Posted] = []

    async def read() -> None:
        async for posted in reading:
            received.append(posted)
            if len(received) == 3:
                return

    reader = asyncio.create_task(read())
    await stores.wire.listen("a")
    before = await stores.wire.head("a")
    await stores.wire.post(
        FeedMessage("a", "chat.said", {"text": "one 1\n"}, Delivery.SAMPLE),
        FeedMessage("b", "chat.said", {"text": "not for a"}),
        FeedMessage("a", "likes.summed", {"count": 2}, Delivery.SUM, key="k"),
    )
    await stores.wire.post(FeedMessage("a", "battle.invited", {}, users=("u1", "u2")))
    async with asyncio.timeout(5):
        await reader
    assert [(posted.type, posted.delivery, posted.key, posted.users, posted.body) for posted in received] == [
        ("chat.said", Delivery.SAMPLE, "", (), b'{"text":"one 1\\n"}'),
        ("likes.summed", Delivery.SUM, "k", (), b'{"count":2}'),
        ("battle.invited", Delivery.MUST, "", ("u1", "u2"), b"{}"),
    ]
    assert [posted.offset for posted in received] == [before.offset + 1, before.offset + 2, before.offset + 3]
    assert {posted.epoch for posted in received} == {before.epoch}
    after = await stores.wire.head("a")
    assert (after.epoch, after.offset) == (before.epoch, before.offset + 3)


async def test_a_room_that_is_listened_to_no_more_is_not_heard(stores: Stores) -> None:
    received: list[Posted] = []

    async def read() -> None:
        async for posted in stores.wire.posted():
            received.append(posted)
            if posted.room == "b":
                return

    reader = asyncio.create_task(read())
    await stores.wire.listen("a")
    await stores.wire.listen("b")
    await stores.wire.unlisten("a")
    await stores.wire.post(FeedMessage("a", "x", {}))
    await stores.wire.post(FeedMessage("b", "x", {}))
    async with asyncio.timeout(5):
        await reader
    assert [posted.room for posted in received] == ["b"]
