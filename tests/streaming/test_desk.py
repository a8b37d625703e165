"""The desk: every broadcast has a keeper, whatever is killed and whatever is missed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from redis.asyncio import Redis

from accounts.events import StreamKeyRotated
from foundation.bus_redis import RedisBus
from foundation.clock import SystemClock
from foundation.lease import LEASE_KEY, Lease, Leases, MemoryLeases, RedisLeases
from foundation.nodes import MemoryNodes, Node
from foundation.sql import Database
from moderation.events import SanctionImposed
from moderation.gate import Scope
from streaming.audience.store_redis import RedisAudiences
from streaming.broadcast import EndReason, Home, State
from streaming.chat.store_redis import RedisTalk
from streaming.desk import LEASE, Desk
from streaming.doorbells import EndAsked, StageChanged
from streaming.events import CameraLost, GuestRemoved, GuestStarted, WorkerStarted
from streaming.feed.store_redis import RedisWire
from streaming.guest_acts import Sitting
from streaming.guests import Apply, Approve
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules
from streaming.store import EndOrder
from streaming.store_redis import RedisBroadcasts, RedisStages
from streaming.store_sql import SqlRooms
from tests.streaming.scene import HOME, NOW, OTHER, Stand, ToldKeys, camera_started, card, no_task_left_behind, until
from tests.waiting import pause

FAST = BroadcastRules(adopt_every_s=0.02, reconcile_every_s=0.05)


def node(home: Home) -> Node:
    return Node("media", home.worker_id, home.url, 0.0, {"pipe": home.pipe})


class Place(Stand):
    """A control process in memory, with a worker at ``HOME`` and one at ``OTHER``."""

    def __init__(self) -> None:
        super().__init__()
        self.around = replace(self.around, rules=FAST)
        self.leases = MemoryLeases()
        self.nodes = MemoryNodes()
        self.keys = ToldKeys()

    async def open(self) -> RoomCard:
        """A room, and the workers."""
        await self.nodes.announce(node(HOME))
        await self.nodes.announce(node(OTHER))
        return (await self.rooms.create(card(), NOW)).card

    def desk(self) -> Desk:
        return Desk(self.around, self.leases, self.nodes, self.keys)

    def cuts(self) -> list[tuple[str, ...]]:
        return [order for order in self.workers.orders if order[0] == "close-former-keys"]


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[Desk]:
    running = asyncio.create_task(desk.run())
    await asyncio.to_thread(lambda: None)
    try:
        yield desk
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_a_camera_gets_a_broadcast_and_its_keeper_hears_what_follows() -> None:
    place = Place()
    room = await place.open()
    async with no_task_left_behind(), at_work(place.desk()) as desk:
        await place.bus.publish(camera_started(room))
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        assert desk.rooms == {room.room}
        place.workers.show(HOME, room)
        await place.stages.join(room.room, "battle-1")
        await place.bus.publish(StageChanged(room.room))
        await until(
            lambda: ("source", HOME.url, room.room, "composite", "battle-1") in place.workers.orders, "the composite"
        )
        await place.bus.publish(CameraLost(room.room, "s1", NOW))
        await until(lambda: "broadcast.reconnecting" in place.said, "the host is lost")


async def test_a_camera_whose_fact_was_missed_gets_its_broadcast_from_the_workers_report() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(OTHER, room, session="s7")
    async with at_work(place.desk()):
        await until(lambda: place.said == ["broadcast.started"], "the broadcast starts")
    record = await place.broadcasts.load(room.room)
    assert record is not None and (record.broadcast.session, record.broadcast.home) == ("s7", OTHER)


async def test_a_camera_that_has_not_shown_a_picture_gets_no_broadcast() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room, camera="starting")
    desk = place.desk()
    await desk.reconcile()
    assert desk.rooms == frozenset()


async def test_many_facts_of_one_camera_make_one_broadcast() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()):
        for _ in range(20):
            await place.bus.publish(camera_started(room))
        await until(lambda: place.said, "the broadcast starts")
        await until(lambda: ("source", HOME.url, room.room, "camera", "") in place.workers.orders, "the camera")
    assert place.said == ["broadcast.started"]
    assert len(place.rooms.history) == 1


async def test_two_controls_keep_one_broadcast_once_and_the_second_takes_over_at_once_from_one_that_stops() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()) as second:
        async with at_work(place.desk()) as first:
            await place.bus.publish(camera_started(room))
            await until(lambda: first.rooms | second.rooms, "one of them keeps it")
            assert len(first.rooms) + len(second.rooms) == 1
        await until(lambda: second.rooms == {room.room}, "the second keeps it")
        await place.broadcasts.order_end(room.room, EndOrder(next(iter(place.rooms.history)), EndReason.ENDED))
        await place.bus.publish(EndAsked(room.room))
        await until(lambda: second.rooms == frozenset(), "it has ended")
    assert place.said == ["broadcast.started", "broadcast.ended"]


async def test_a_worker_that_dies_is_a_lost_host_and_a_camera_elsewhere_his_return() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()):
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        place.workers.away.add(HOME.url)
        await place.nodes.withdraw(node(HOME))
        await until(lambda: "broadcast.reconnecting" in place.said, "the host is lost")
        place.workers.show(OTHER, room, session="s2")
        await until(lambda: "broadcast.resumed" in place.said, "the host is back")
    record = await place.broadcasts.load(room.room)
    assert record is not None and record.broadcast.home == OTHER


async def test_a_worker_that_was_started_again_says_that_its_rooms_are_gone() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()):
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        await place.bus.publish(WorkerStarted(HOME.worker_id, "http://media-1:9", NOW))
        await until(lambda: "media.moved" in place.said, "the host is asked to come again")
    assert place.said == ["broadcast.started", "broadcast.reconnecting", "media.moved"]


async def test_a_worker_that_is_there_but_does_not_answer_says_nothing_of_its_rooms() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()) as desk:
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        place.workers.away.add(HOME.url)
        for _ in range(4):
            await desk.reconcile()
        assert "broadcast.reconnecting" not in place.said


async def test_a_ban_ends_the_broadcast_and_sends_the_user_away_everywhere() -> None:
    place = Place()
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()) as desk:
        await place.bus.publish(camera_started(room))
        await until(lambda: desk.rooms, "the broadcast starts")
        place.gate.sanctions.add((room.host_user, Scope.PLATFORM))
        await place.bus.publish(SanctionImposed("x", room.host_user, "platform", None, "spam", NOW))
        await until(lambda: not desk.rooms, "it has ended")
        sent_away = {("close-user", home.url, room.host_user) for home in (HOME, OTHER)}
        await until(lambda: sent_away <= set(place.workers.orders), "he watches nowhere")
    assert ("close-room", HOME.url, room.room, "banned") in place.workers.orders
    assert place.said[-1] == "broadcast.ended"


async def test_a_sanctioned_guest_is_sent_away_at_once_on_every_worker_and_the_broadcast_goes_on() -> None:
    place = Place()
    place.around = replace(place.around, rules=replace(FAST, reconcile_every_s=60))
    room = await place.open()
    place.workers.show(HOME, room)
    async with at_work(place.desk()) as desk:
        await place.bus.publish(camera_started(room))
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        record = await place.broadcasts.load(room.room)
        assert record is not None
        sitting = Sitting(room.room, room.host_user, record.broadcast.broadcast_id)
        await place.acts.act(sitting, Apply("bob", "Bob", True))
        await place.acts.act(sitting, Approve("bob"))
        await place.bus.publish(GuestStarted(room.room, "bob", "s1", NOW))
        await until(lambda: "stage.changed" in place.said, "he is on stage")
        place.gate.sanctions.add(("bob", Scope.PUBLISH))
        await place.bus.publish(SanctionImposed("x", "bob", "publish", None, "spam", NOW))
        cut = {("close-guest", home.url, room.room, "bob") for home in (HOME, OTHER)}
        await until(lambda: cut <= set(place.workers.orders), "he publishes and watches nowhere")
        await place.bus.publish(GuestRemoved(room.room, room.host_user, screen=True))
        over = {("close-screen", home.url, room.room, room.host_user) for home in (HOME, OTHER)}
        await until(lambda: over <= set(place.workers.orders), "his host's screen is published nowhere")
        assert desk.rooms == {room.room}
    assert (await place.acts.seats(sitting)).people == ()


async def test_who_came_with_a_former_stream_key_is_cut_on_every_worker() -> None:
    place = Place()
    await place.open()
    async with at_work(place.desk()):
        await place.bus.publish(StreamKeyRotated("ann", "f1f2", NOW))
        cut = {("close-former-keys", home.url, "ann", "f1f2") for home in (HOME, OTHER)}
        await until(lambda: cut <= set(place.workers.orders), "every worker is told")


async def test_a_new_stream_key_that_nobody_told_of_cuts_the_publisher_all_the_same() -> None:
    place = Place()
    room = await place.open()
    place.keys.known[room.host_user] = "former"
    place.workers.show(HOME, room, credential="former")
    async with at_work(place.desk()) as desk:
        await until(lambda: desk.rooms, "the broadcast has a keeper")
        await desk.reconcile()
        assert not place.cuts(), "his key is good"
        place.keys.known[room.host_user] = "new"
        await until(place.cuts, "he is cut")
    assert set(place.cuts()) == {("close-former-keys", HOME.url, room.host_user, "new")}


async def test_a_host_who_came_with_a_token_is_asked_for_no_key() -> None:
    place = Place()
    room = await place.open()
    place.keys.known[room.host_user] = "new"
    place.workers.show(HOME, room)
    async with at_work(place.desk()) as desk:
        await until(lambda: desk.rooms, "the broadcast has a keeper")
        await desk.reconcile()
    assert not place.cuts() and not place.keys.asked


async def test_keys_that_cannot_be_read_keep_no_round_from_being_done() -> None:
    place = Place()
    room = await place.open()
    place.keys.away = True
    place.workers.show(HOME, room, credential="former")
    async with at_work(place.desk()):
        await until(lambda: "broadcast.started" in place.said, "the broadcast starts")
        await until(lambda: place.keys.asked, "keys are asked for, in vain")
        place.workers.show(HOME, room, session="s1", camera="lost", credential="former")
        await until(lambda: "broadcast.reconnecting" in place.said, "the camera that is missing is noticed")
    assert not place.cuts()


async def test_a_banned_host_whose_camera_comes_through_is_refused_again() -> None:
    place = Place()
    room = await place.open()
    place.gate.sanctions.add((room.host_user, Scope.PUBLISH))
    async with at_work(place.desk()):
        await place.bus.publish(camera_started(room))
        await until(lambda: ("close-room", HOME.url, room.room, "banned") in place.workers.orders, "it is closed")
    assert place.said == []


async def test_a_camera_whose_broadcast_was_ended_starts_no_other_but_a_new_one_does() -> None:
    place = Place()
    room = await place.open()
    async with at_work(place.desk()) as desk:
        await place.bus.publish(camera_started(room))
        await until(lambda: place.rooms.history, "the broadcast starts")
        await place.broadcasts.order_end(room.room, EndOrder(next(iter(place.rooms.history)), EndReason.ENDED))
        await place.bus.publish(EndAsked(room.room))
        await until(lambda: not desk.rooms, "it has ended")
        place.workers.orders.clear()
        await place.bus.publish(camera_started(room))
        await until(lambda: ("close-room", HOME.url, room.room, "ended") in place.workers.orders, "it is closed again")
        assert len(place.rooms.history) == 1
        await place.bus.publish(camera_started(room, session="s2"))
        await until(lambda: len(place.rooms.history) == 2, "the next broadcast starts")


async def test_an_announced_room_without_a_broadcast_is_forgotten() -> None:
    place = Place()
    room = await place.open()
    await place.broadcasts.announce(room.room)
    await place.desk().adopt()
    assert await place.broadcasts.rooms() == set()
    assert await place.leases.acquire(f"broadcast:{room.room}") is not None


class KilledLeases(RedisLeases):
    """The leases of a process that is killed: never given back, and not renewed any more once ``dead``."""

    dead = False

    async def renew(self, lease: Lease) -> bool:
        return not self.dead and await super().renew(lease)

    async def release(self, lease: Lease) -> None:
        return


def real(redis: Redis, database: Database, bus: RedisBus, stand: Stand) -> Stand:
    stand.around = replace(
        stand.around,
        bus=bus,
        clock=SystemClock(),
        feed=RedisWire(redis),
        rooms=SqlRooms(database),
        broadcasts=RedisBroadcasts(redis),
        stages=RedisStages(redis),
        talk=RedisTalk(redis),
        audiences=RedisAudiences(redis),
    )
    return stand


async def test_a_killed_control_is_followed_within_three_seconds_and_cannot_write_any_more(
    redis: Redis, database: Database
) -> None:
    stand = real(redis, database, bus := RedisBus(redis), Stand())
    await bus.start()
    room = (await stand.around.rooms.create(card(), NOW)).card
    nodes = MemoryNodes()
    await nodes.announce(node(HOME))
    stand.workers.show(HOME, room)

    def desk(leases: Leases) -> Desk:
        return Desk(stand.around, leases, nodes, ToldKeys())

    killed = KilledLeases(redis, database)
    async with at_work(desk(killed)) as first:
        await until(lambda: first.rooms, "the broadcast starts")
        await until(lambda: stand.workers.orders, "the camera is shown")
        record = await stand.around.broadcasts.load(room.room)
        killed.dead = True
    assert record is not None and record.broadcast.state is State.LIVE
    loop = asyncio.get_running_loop()
    died_at = loop.time()
    async with at_work(desk(RedisLeases(redis, database))) as second:
        await until(lambda: second.rooms, "the second keeps it")
        assert loop.time() - died_at < 3.5  # the lease, and one look
        await bus.publish(camera_started(room, session="s2"))
        await stand.around.broadcasts.order_end(room.room, EndOrder(record.broadcast.broadcast_id, EndReason.ENDED))
        await bus.publish(EndAsked(room.room))
        await until(lambda: not second.rooms, "it has ended")
    assert await stand.around.broadcasts.load(room.room) is None
    await bus.close()


async def test_a_redis_that_forgets_everything_is_told_of_the_same_broadcast_again(
    redis: Redis, database: Database
) -> None:
    stand = real(redis, database, bus := RedisBus(redis), Stand())
    await bus.start()
    room = (await stand.around.rooms.create(card(), NOW)).card
    nodes = MemoryNodes()
    await nodes.announce(node(HOME))
    stand.workers.show(HOME, room)
    async with at_work(Desk(stand.around, RedisLeases(redis, database), nodes, ToldKeys())) as desk:
        await until(lambda: desk.rooms, "the broadcast starts")
        await until(lambda: stand.workers.orders, "the camera is shown")
        before = await stand.around.broadcasts.load(room.room)
        await redis.flushall()
        async with asyncio.timeout(1):
            while await stand.around.broadcasts.load(room.room) is None:
                await pause()
        assert await stand.around.broadcasts.load(room.room) == before
        assert await stand.around.broadcasts.rooms() == {room.room}
        async with asyncio.timeout(2):
            while not await redis.exists(LEASE_KEY.format(name=LEASE.format(room=room.room))):
                await pause()
        assert desk.rooms == {room.room}
    assert [each async for each in _broadcasts_of(database)] == [before.broadcast.broadcast_id if before else ""]
    await bus.close()


async def _broadcasts_of(database: Database) -> AsyncIterator[str]:
    async with database.read() as transaction:
        for row in await transaction.exec_driver_sql("SELECT id FROM broadcasts"):
            yield row[0]
