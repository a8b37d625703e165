"""The contract of streaming's live stores, held by the memory twins and by Redis."""

from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from streaming.broadcast import CameraDown, End, EndReason
from streaming.errors import StaleOwner
from streaming.guests import Guest, GuestState, Seats
from streaming.rules import BroadcastRules
from streaming.store import Broadcasts, EndOrder, GuestBook, Seating, Stages, decode_seats, encode_seats
from streaming.store_memory import MemoryBroadcasts, MemoryGuestBook, MemoryStages
from streaming.store_redis import RedisBroadcasts, RedisGuestBook, RedisStages
from tests.streaming.scene import NOW, card, live


@dataclass
class Stores:
    broadcasts: Broadcasts
    stages: Stages
    book: GuestBook


@pytest.fixture(params=["memory", "redis"])
def stores(request: pytest.FixtureRequest, redis: Redis) -> Stores:
    if request.param == "memory":
        return Stores(MemoryBroadcasts(), MemoryStages(), MemoryGuestBook())
    return Stores(RedisBroadcasts(redis), RedisStages(redis), RedisGuestBook(redis))


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
    screen = Guest("u3", "Cid", True, NOW, GuestState.APPROVED, NOW + 5, screen=True)
    seats = Seats("b1", (guest, Guest("u2", "Bob", True, NOW), screen), attempt=2, losses=1)
    assert await stores.book.seating("a") == Seating()
    assert await stores.book.save("a", seats, 0)
    assert await stores.book.seating("a") == Seating(seats, 1)
    assert await stores.book.seating("b") == Seating()


def test_seats_of_before_hosts_showed_their_screens_are_read_as_they_were() -> None:
    kept = encode_seats(Seats("b1", (Guest("u1", "Ann", True, NOW),))).replace(b',"screen":false', b"")
    assert b"screen" not in kept
    assert decode_seats(kept) == Seats("b1", (Guest("u1", "Ann", True, NOW),))


async def test_of_two_who_change_the_same_seats_the_second_is_told_to_look_again(stores: Stores) -> None:
    assert await stores.book.save("a", Seats("first"), 0)
    assert not await stores.book.save("a", Seats("second"), 0)
    assert not await stores.book.save("a", Seats("second"), 2)
    assert await stores.book.save("a", Seats("second"), 1)
    assert await stores.book.seating("a") == Seating(Seats("second"), 2)
