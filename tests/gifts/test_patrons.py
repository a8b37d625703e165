"""Who has given most in a room today is told to it when it changes, and shown to who comes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from foundation.feed import Delivery, FeedMessage
from foundation.sql import Database
from foundation.stopping import end
from gifts.bodies import Body
from gifts.patron_crier import REMEMBERED, ROOMS_AT_ONCE, PatronCrier
from gifts.patrons import KEEP_S, PATRONS_KEY, SHOWN, PatronCopies, Patrons, PatronsPart
from gifts.settings import GiftSettings
from gifts.spans import DAY_MS, day_of
from gifts.store_memory_patrons import MemoryPatronCopies
from gifts.store_redis_patrons import RedisPatronCopies
from gifts.totals import SqlTotals, add_to_totals
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.test_relay_owner import WatchedFeed, at_work
from tests.gifts.world import OTHER_ROOM, ROOM, gift

OFTEN = GiftSettings(patrons_every_ms=5)


@pytest.fixture(params=["memory", "redis"])
def copies(request: pytest.FixtureRequest) -> PatronCopies:
    return MemoryPatronCopies() if request.param == "memory" else RedisPatronCopies(request.getfixturevalue("redis"))


class Lists:
    """The lists in SQL, their copies, and who tells of them."""

    def __init__(self, database: Database, clock: ToldClock) -> None:
        self.database, self.clock = database, clock
        self.copies = MemoryPatronCopies()
        self.patrons = Patrons(SqlTotals(database), self.copies, clock)
        self.feed = WatchedFeed()
        self.crier = PatronCrier(self.patrons, self.feed, OFTEN)

    async def give(self, *given: tuple[str, int], room: str = ROOM) -> None:
        now_ms = self.clock.now_ms()
        async with self.database.write() as transaction:
            sent = [gift(user, score=coins, at_ms=now_ms, room=room) for user, coins in given]
            await add_to_totals(transaction, sent)

    @asynccontextmanager
    async def crying(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.crier.run())
        try:
            yield
        finally:
            await end(running)


@pytest.fixture
def lists(database: Database, clock: ToldClock) -> Lists:
    return Lists(database, clock)


def heads(bodies: list[Body]) -> list[list[tuple[str, int]]]:
    return [[(each["user"], each["coins"]) for each in body["patrons"]] for body in bodies]  # type: ignore[attr-defined]


def told(feed: WatchedFeed, room: str = ROOM) -> list[list[tuple[str, int]]]:
    return heads([each.body for each in feed.messages if each.room == room])


async def test_a_copy_is_of_one_room_and_one_day(copies: PatronCopies) -> None:
    first, second = {"patrons": [], "until_ms": 1}, {"patrons": [], "until_ms": 2}
    assert await copies.get(5, "a") is None
    await copies.put(5, {"a": first, "b": second})
    assert [await copies.get(5, room) for room in ("a", "b", "c")] == [first, second, None]
    assert await copies.get(6, "a") is None
    await copies.add(5, "a", second)
    assert await copies.get(5, "a") == first, "who reads the lists may be late"
    await copies.put(5, {"a": second})
    assert await copies.get(5, "a") == second
    await copies.add(5, "c", first)
    assert await copies.get(5, "c") == first
    await copies.put(5, {})


async def test_a_copy_goes_by_itself(redis: Redis) -> None:
    copies = RedisPatronCopies(redis)
    await copies.put(5, {"a": {}})
    await copies.add(5, "b", {})
    for room in ("a", "b"):
        assert 0 < await redis.ttl(PATRONS_KEY.format(room=room, day=5)) <= KEEP_S


async def test_a_newcomer_sees_the_first_three_of_today(lists: Lists) -> None:
    part = PatronsPart(lists.patrons)
    tomorrow = (day_of(lists.clock.now_ms()) + 1) * DAY_MS
    assert await part.part(OTHER_ROOM, None) == {"patrons": [], "until_ms": tomorrow}
    await lists.give(("wang", 4), ("vera", 3), ("mina", 5), ("li", 2))
    three = [(5, "mina", "Mina"), (4, "wang", "Wang"), (3, "vera", "Vera")]
    shown = [{"user": user, "name": name, "coins": coins} for coins, user, name in three]
    assert await part.part(ROOM, None) == {"patrons": shown, "until_ms": tomorrow}
    lists.clock.advance(DAY_MS)
    assert await part.part(ROOM, None) == {"patrons": [], "until_ms": tomorrow + DAY_MS}


async def test_a_crowd_that_comes_at_once_asks_the_lists_once(lists: Lists) -> None:
    await lists.give(("vera", 3))
    before = await lists.patrons.shown(ROOM)
    await lists.give(("vera", 4))
    assert await lists.patrons.shown(ROOM) == before
    assert heads([*(await lists.patrons.refresh([ROOM])).values()]) == [[("vera", 7)]]
    assert heads([await lists.patrons.shown(ROOM)]) == [[("vera", 7)]]


async def test_a_room_is_told_who_leads_when_that_has_changed(lists: Lists) -> None:
    async with lists.crying():
        await lists.give(*((f"u{place}", 100 - place) for place in range(SHOWN)))
        lists.crier.offer([ROOM])
        await lists.feed.has(1)
        await lists.give(("late", 1))
        await lists.give(("vera", 8), room=OTHER_ROOM)
        lists.crier.offer([ROOM, OTHER_ROOM])
        await lists.feed.has(2)
        await lists.give(("late", 100))
        lists.crier.offer([ROOM])
        await lists.feed.has(3)
    assert {(each.type, each.delivery, each.key) for each in lists.feed.messages} == {
        ("patrons.changed", Delivery.LATEST, "")
    }
    assert told(lists.feed) == [[("u0", 100), ("u1", 99), ("u2", 98)], [("late", 101), ("u0", 100), ("u1", 99)]]
    assert told(lists.feed, OTHER_ROOM) == [[("vera", 8)]]
    assert heads([await lists.patrons.shown(ROOM)]) == [told(lists.feed)[-1]]


async def test_whoever_comes_after_it_was_told_is_shown_no_less(lists: Lists) -> None:
    """The copy is there before the message: between both nobody is shown an older list and hears nothing."""

    class Ear(WatchedFeed):
        async def post(self, *messages: FeedMessage) -> None:
            shown.append(await lists.patrons.shown(ROOM))
            await super().post(*messages)

    shown: list[Body] = []
    lists.crier = PatronCrier(lists.patrons, ear := Ear(), OFTEN)
    await lists.patrons.shown(ROOM)
    await lists.give(("vera", 8))
    async with lists.crying():
        lists.crier.offer([ROOM])
        await ear.has(1)
    assert shown == [ear.messages[0].body]


async def test_what_cannot_be_told_is_told_later(lists: Lists) -> None:
    class Frail(WatchedFeed):
        failures = 2

        async def post(self, *messages: FeedMessage) -> None:
            if self.failures:
                self.failures -= 1
                raise ConnectionRefusedError
            await super().post(*messages)

    lists.crier = PatronCrier(lists.patrons, feed := Frail(), OFTEN)
    await lists.give(("vera", 8))
    async with lists.crying():
        lists.crier.offer([ROOM])
        await feed.has(1)
    assert told(feed) == [[("vera", 8)]]


async def test_however_many_rooms_there_are_each_is_told_some_at_a_time(lists: Lists) -> None:
    sizes = []

    class Counting(WatchedFeed):
        async def post(self, *messages: FeedMessage) -> None:
            sizes.append(len(messages))
            await super().post(*messages)

    rooms = [f"room-{number}" for number in range(2 * ROOMS_AT_ONCE + 1)]
    lists.crier = PatronCrier(lists.patrons, feed := Counting(), OFTEN)
    async with lists.crying():
        lists.crier.offer(rooms)
        await feed.has(len(rooms))
    assert sorted(each.room for each in feed.messages) == sorted(rooms)
    assert max(sizes) == ROOMS_AT_ONCE


async def test_what_was_told_is_remembered_within_bounds(lists: Lists) -> None:
    lists.crier._told = {f"room-{number}": {} for number in range(REMEMBERED)}
    async with lists.crying():
        lists.crier.offer([ROOM])
        await lists.feed.has(1)
    assert list(lists.crier._told) == [ROOM]


@pytest.mark.usefixtures("no_task_left")
async def test_the_relay_tells_it_once_the_gift_is_in_the_lists(scene: Scene) -> None:
    feed = WatchedFeed()
    async with at_work(scene.relay(feed=feed, patrons=MemoryPatronCopies())):
        await scene.give(30, 20)
        await feed.has(5)
    changed = [each for each in feed.messages if each.type == "patrons.changed"]
    assert [each.room for each in changed] == [ROOM]
    assert heads([each.body for each in changed]) == [[("vera", 50)]]
