"""A dear gift is told to all live rooms, one a second at most, and no gift waits for it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from foundation.feed import Delivery, FeedMessage
from foundation.stopping import end
from gifts.banner_crier import ROOMS_AT_ONCE, BannerCrier
from gifts.banners import Banner, Banners
from gifts.catalogue import BuiltIn
from gifts.settings import GiftSettings
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.test_relay_owner import WatchedFeed, at_work
from tests.gifts.world import ROOM, KeptFeed, gift
from tests.waiting import until


class ToldRooms:
    def __init__(self, *rooms: str) -> None:
        self.rooms = rooms
        self.away = False

    async def live_rooms(self) -> Sequence[str]:
        if self.away:
            raise ConnectionRefusedError
        return self.rooms


def test_a_storm_is_one_banner_in_a_while_of_the_dearest() -> None:
    banners = Banners(1000)
    assert banners.deadline_ms is None and banners.take(0) is None
    crown, pile = gift(score=5000), gift(score=9000)
    banners.offer(crown)
    assert banners.take(10) == Banner(crown)
    for each in (gift(score=5000), pile, gift(score=9000), gift(score=6000)):
        banners.offer(each)
    assert banners.take(1009) is None and banners.deadline_ms == 1010
    assert banners.take(1010) == Banner(pile, more=3)
    assert banners.take(9999) is None


@asynccontextmanager
async def crying(crier: BannerCrier) -> AsyncIterator[None]:
    running = asyncio.create_task(crier.run())
    try:
        yield
    finally:
        await end(running)


def told(feed: KeptFeed) -> list[tuple[str, object, object]]:
    return [(each.room, each.body["coins"], each.body["more"]) for each in feed.messages]


async def test_a_dear_gift_is_told_to_every_live_room(clock: ToldClock) -> None:
    feed = WatchedFeed()
    crier = BannerCrier(ToldRooms("r1", "r2"), feed, BuiltIn(), clock, GiftSettings())
    crown = gift(item="crown", score=5000)
    async with crying(crier):
        crier.offer(gift(score=4999))
        crier.offer(crown)
        await feed.has(2)
    assert [(each.room, each.type, each.delivery) for each in feed.messages] == [
        ("r1", "gift.banner", Delivery.LATEST),
        ("r2", "gift.banner", Delivery.LATEST),
    ]
    assert feed.messages[0].body == {
        "id": crown.id,
        "room": ROOM,
        "gift": "crown",
        "name": "Crown",
        "emoji": "\N{CROWN}",
        "count": 1,
        "coins": 5000,
        "from": {"user": "vera", "name": "Vera"},
        "to": {"user": "anna", "name": "Anna"},
        "more": 0,
        "at_ms": 1000,
    }


class CountingFeed(WatchedFeed):
    """Knows how many messages came at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    async def post(self, *messages: FeedMessage) -> None:
        self.sizes.append(len(messages))
        await super().post(*messages)


async def test_however_many_rooms_are_live_each_is_told_some_at_a_time(clock: ToldClock) -> None:
    feed, rooms = CountingFeed(), [f"room-{number}" for number in range(2 * ROOMS_AT_ONCE * 10 + 1)]
    crier = BannerCrier(ToldRooms(*rooms), feed, BuiltIn(), clock, GiftSettings())
    async with crying(crier):
        crier.offer(gift(item="crown", score=5000))
        await feed.has(len(rooms))
    assert [each.room for each in feed.messages] == rooms
    assert max(feed.sizes) == ROOMS_AT_ONCE


async def test_a_storm_of_crowns_is_one_banner_a_second_in_each_room(clock: ToldClock) -> None:
    feed = WatchedFeed()
    crier = BannerCrier(ToldRooms("r1", "r2"), feed, BuiltIn(), clock, GiftSettings(banner_every_ms=20))
    async with crying(crier):
        crier.offer(gift(score=5000))
        await feed.has(2)
        for coins in (6000, 7000, 5000):
            crier.offer(gift(score=coins))
        clock.advance(20)
        await feed.has(4)
    assert told(feed) == [("r1", 5000, 0), ("r2", 5000, 0), ("r1", 7000, 2), ("r2", 7000, 2)]


async def test_a_banner_that_cannot_be_told_is_lost_and_the_next_one_is_not(clock: ToldClock) -> None:
    feed, rooms = WatchedFeed(), ToldRooms("r1")
    crier = BannerCrier(rooms, feed, BuiltIn(), clock, GiftSettings(banner_every_ms=1))

    async def lost() -> bool:
        return crier._banners.deadline_ms is None

    async with crying(crier):
        rooms.away = True
        crier.offer(gift(score=5000))
        await until(lost, "the banner was taken")
        rooms.away = False
        clock.advance(1)
        crier.offer(gift(score=6000))
        await feed.has(1)
    assert told(feed) == [("r1", 6000, 0)]


async def test_no_banner_where_there_is_no_price_for_one(clock: ToldClock) -> None:
    crier = BannerCrier(ToldRooms("r1"), KeptFeed(), BuiltIn(), clock, GiftSettings(banner_coins=0))
    crier.offer(gift(score=10**9))
    assert crier._banners.deadline_ms is None


@pytest.mark.usefixtures("no_task_left")
async def test_the_relay_shows_the_gift_and_then_the_banner_in_all_rooms(scene: Scene) -> None:
    feed = WatchedFeed()
    async with at_work(scene.relay(feed=feed, live_rooms=ToldRooms(ROOM, "elsewhere"))):
        await scene.give(5000)
        await feed.has(4)
    assert sorted((each.room, each.type) for each in feed.messages if each.type == "gift.banner") == [
        ("elsewhere", "gift.banner"),
        (ROOM, "gift.banner"),
    ]
