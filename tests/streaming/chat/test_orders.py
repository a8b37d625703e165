"""The contract of the order of a room's chat, held by the memory twin and by SQL."""

import pytest
from sqlalchemy import text

from foundation.ids import new_id
from foundation.sql import Database
from streaming.chat.errors import ModeratorsFull, MutesFull
from streaming.chat.order import Deed, Keeper, Mute, Orders
from streaming.chat.rules import ChatRules
from streaming.chat.store_memory_orders import MemoryOrders
from streaming.chat.store_sql import SqlOrders
from streaming.presence import RoomCard
from streaming.store import Rooms
from streaming.store_memory import MemoryRooms
from streaming.store_sql import SqlRooms
from tests.streaming.scene import NOW, card

HOST = new_id()
BOB, CID = Keeper(new_id(), "Bob"), Keeper(new_id(), "Cid")
DEED = Deed(HOST, NOW)


def mute_of(keeper: Keeper, until_ms: int) -> Mute:
    return Mute(keeper.user, keeper.name, until_ms, HOST, NOW)


@pytest.fixture
def room() -> RoomCard:
    return card(HOST)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest) -> tuple[Rooms, Orders]:
    if request.param == "memory":
        rooms = MemoryRooms()
        return rooms, MemoryOrders(rooms)
    database = request.getfixturevalue("database" if request.param == "sqlite" else "on_postgres")
    return SqlRooms(database), SqlOrders(database)


@pytest.fixture
async def orders(stores: tuple[Rooms, Orders], room: RoomCard) -> Orders:
    rooms, orders = stores
    await rooms.create(room, NOW)
    return orders


async def test_where_nobody_has_ruled_anything_everybody_may_speak(orders: Orders, room: RoomCard) -> None:
    order = await orders.load(room.room, NOW)
    assert (order.host, order.rules, order.moderators, order.mutes) == (HOST, ChatRules(), (), {})
    assert (await orders.load(new_id(), NOW)).host == ""


async def test_rules_stand_until_they_are_changed_and_the_version_rises(orders: Orders, room: RoomCard) -> None:
    strict = ChatRules(slow_s=30, followers_only=True, links=False)
    first = await orders.rule(room.room, strict, DEED)
    assert first == await orders.load(room.room, NOW)
    second = await orders.rule(room.room, ChatRules(links=False), DEED)
    assert (first.rules, second.rules) == (strict, ChatRules(links=False))
    assert second.version > first.version


async def test_moderators_are_named_once_up_to_their_number(orders: Orders, room: RoomCard) -> None:
    for keeper in (BOB, BOB, CID):
        order = await orders.name(room.room, keeper, 2, DEED)
    assert set(order.moderators) == {BOB, CID}
    with pytest.raises(ModeratorsFull):
        await orders.name(room.room, Keeper(new_id(), "Dan"), 2, DEED)
    for _ in range(2):
        assert (await orders.unname(room.room, BOB.user, DEED)).moderators == (CID,)


async def test_a_mute_ends_by_itself_and_the_last_one_counts(orders: Orders, room: RoomCard) -> None:
    await orders.mute(room.room, mute_of(BOB, NOW + 60_000), 5, DEED)
    order = await orders.mute(room.room, mute_of(BOB, NOW + 5_000), 5, DEED)
    assert order.mutes == {BOB.user: mute_of(BOB, NOW + 5_000)}
    assert (await orders.load(room.room, NOW + 4_999)).mutes == order.mutes
    assert (await orders.load(room.room, NOW + 5_000)).mutes == {}


async def test_a_room_mutes_so_many_at_a_time(orders: Orders, room: RoomCard) -> None:
    await orders.mute(room.room, mute_of(BOB, NOW + 5_000), 1, DEED)
    await orders.mute(room.room, mute_of(BOB, NOW + 6_000), 1, DEED)
    with pytest.raises(MutesFull):
        await orders.mute(room.room, mute_of(CID, NOW + 5_000), 1, DEED)
    later = Deed(HOST, NOW + 6_000)
    assert (await orders.mute(room.room, mute_of(CID, NOW + 9_000), 1, later)).mutes.keys() == {CID.user}
    assert (await orders.unmute(room.room, CID.user, later)).mutes == {}


async def test_every_deed_is_in_the_audit_log_and_what_changes_nothing_is_not(
    database: Database, room: RoomCard
) -> None:
    await SqlRooms(database).create(room, NOW)
    orders = SqlOrders(database)
    await orders.rule(room.room, ChatRules(slow_s=3), DEED)
    for _ in range(2):
        await orders.name(room.room, BOB, 5, DEED)
    await orders.mute(room.room, mute_of(CID, NOW + 1), 5, DEED)
    for _ in range(2):
        await orders.unmute(room.room, CID.user, DEED)
        await orders.unname(room.room, BOB.user, DEED)
    await orders.deleted(room.room, {"text": "bad"}, DEED)
    async with database.read() as transaction:
        rows = (await transaction.execute(text("SELECT actor, action, subject FROM audit_log"))).all()
    assert {(actor, subject) for actor, _, subject in rows} == {(HOST, f"room:{room.room}")}
    assert sorted(action for _, action, _ in rows) == [
        "chat.delete",
        "chat.moderator.name",
        "chat.moderator.unname",
        "chat.mute",
        "chat.rules",
        "chat.unmute",
    ]
