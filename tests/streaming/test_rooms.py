"""The contract of rooms and their history, held by the memory twin and by SQL."""

import pytest
from sqlalchemy import select

from foundation.lease import Fenced, next_fence
from foundation.sql import Database
from streaming.audience.store import Figures
from streaming.broadcast import End, EndReason
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules
from streaming.store import Rooms
from streaming.store_memory import MemoryRooms
from streaming.store_sql import SqlRooms
from streaming.tables import broadcasts
from tests.streaming.scene import NOW, card, live


@pytest.fixture(params=["memory", "sql"])
def rooms(request: pytest.FixtureRequest, database: Database) -> Rooms:
    return MemoryRooms() if request.param == "memory" else SqlRooms(database)


async def test_a_host_has_one_room_however_often_he_asks(rooms: Rooms) -> None:
    first = card()
    made = await rooms.create(first, NOW)
    assert (made.card, made.created_at_ms) == (first, NOW)
    again = await rooms.create(RoomCard(card().room, first.host_user, "Ann B.", "Other"), NOW + 1)
    assert again.card == RoomCard(first.room, first.host_user, "Ann B.", "Songs")
    assert again.created_at_ms == NOW


async def test_a_room_is_found_by_its_id_and_by_its_host(rooms: Rooms) -> None:
    mine, other = card(), card()
    await rooms.create(mine, NOW)
    await rooms.create(other, NOW)
    for found in (await rooms.room(mine.room), await rooms.room_of(mine.host_user)):
        assert found is not None and found.card == mine
    assert await rooms.room(mine.host_user) is None
    assert await rooms.room_of(mine.room) is None


async def test_a_title_is_changed_in_one_room(rooms: Rooms) -> None:
    mine, other = card(), card()
    await rooms.create(mine, NOW)
    await rooms.create(other, NOW)
    await rooms.retitle(mine.room, "Stories")
    changed, kept = await rooms.room(mine.room), await rooms.room(other.room)
    assert changed is not None and changed.card.title == "Stories"
    assert kept is not None and kept.card.title == "Songs"


async def test_a_room_is_on_air_from_the_begin_of_a_broadcast_to_its_end(rooms: Rooms) -> None:
    mine, other = card(), card()
    for each in (mine, other):
        await rooms.create(each, NOW)
    assert not await rooms.on_air(mine.room)
    broadcast = live(mine).broadcast
    await rooms.begin(broadcast, "lease", 1)
    assert await rooms.on_air(mine.room) and not await rooms.on_air(other.room)
    broadcast.handle(End(EndReason.ENDED), NOW + 1, BroadcastRules())
    await rooms.finish(broadcast, "lease", 1)
    assert not await rooms.on_air(mine.room)
    await rooms.begin(live(mine).broadcast, "lease", 1)
    assert await rooms.on_air(mine.room)


async def history(database: Database) -> list[tuple[str, int | None, str | None]]:
    async with database.read() as transaction:
        rows = await transaction.execute(
            select(broadcasts.c.id, broadcasts.c.ended_at_ms, broadcasts.c.end_reason).order_by(broadcasts.c.id)
        )
        return [(row.id, row.ended_at_ms, row.end_reason) for row in rows]


async def test_a_broadcast_has_its_row_from_its_start_and_its_end_once(database: Database) -> None:
    rooms, record = SqlRooms(database), live(card())
    await rooms.create(record.card, NOW)
    broadcast = record.broadcast
    for _ in range(2):
        await rooms.begin(broadcast, "lease", 1)
    assert await history(database) == [(broadcast.broadcast_id, None, None)]
    broadcast.handle(End(EndReason.BANNED), NOW + 5, BroadcastRules())
    await rooms.finish(broadcast, "lease", 1, Figures(peak=7, unique=9))
    broadcast.end_reason, broadcast.ended_at_ms = EndReason.ENDED, NOW + 99
    await rooms.finish(broadcast, "lease", 1, Figures())
    assert await history(database) == [(broadcast.broadcast_id, NOW + 5, "banned")]
    async with database.read() as transaction:
        row = (await transaction.execute(select(broadcasts.c.peak_viewers, broadcasts.c.unique_viewers))).one()
    assert tuple(row) == (7, 9)


async def test_a_row_whose_owner_died_before_anybody_knew_is_closed_by_the_next_start(database: Database) -> None:
    rooms, record = SqlRooms(database), live(card())
    await rooms.create(record.card, NOW)
    await rooms.begin(record.broadcast, "lease", 1)
    following = live(record.card)
    await rooms.begin(following.broadcast, "lease", 2)
    ended = {broadcast: reason for broadcast, _, reason in await history(database)}
    assert ended == {record.broadcast.broadcast_id: "abandoned", following.broadcast.broadcast_id: None}


async def test_an_owner_who_was_followed_by_another_writes_no_row(database: Database) -> None:
    rooms, record = SqlRooms(database), live(card())
    await rooms.create(record.card, NOW)
    fence = await next_fence(database, "broadcast:x")
    await next_fence(database, "broadcast:x")
    with pytest.raises(Fenced):
        await rooms.begin(record.broadcast, "broadcast:x", fence)
    assert await history(database) == []
    await rooms.begin(record.broadcast, "broadcast:x", fence + 1)
    record.broadcast.handle(End(EndReason.ENDED), NOW + 5, BroadcastRules())
    with pytest.raises(Fenced):
        await rooms.finish(record.broadcast, "broadcast:x", fence)
    assert await history(database) == [(record.broadcast.broadcast_id, None, None)]
