"""The relay as an owner: the lease, the doorbell, the poll, and Redis coming and going."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from foundation.bus import MemoryBus
from foundation.bus_redis import RedisBus
from foundation.feed import FeedMessage
from foundation.lease import RedisLeases
from foundation.stopping import end
from gifts.events import GiftsCommitted
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.windows import SqlScoring
from tests.gifts.scene import Scene
from tests.gifts.world import ROOM, KeptFeed
from tests.waiting import pause


class AwayBoard(RedisBoard):
    """A board whose Redis can be taken away."""

    away = False

    async def incarnation(self) -> str:
        self._check()
        return await super().incarnation()

    async def scores(self, battle: str) -> dict[str, int] | None:
        self._check()
        return await super().scores(battle)

    async def contributors(self, battle: str) -> Any:
        self._check()
        return await super().contributors(battle)

    def _check(self) -> None:
        if self.away:
            raise ConnectionRefusedError


@asynccontextmanager
async def at_work(relay: GiftRelay) -> AsyncIterator[None]:
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        await end(running)
        assert running.cancelled()


class WatchedFeed(KeptFeed):
    """Tells when so many messages are there."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Condition()

    async def post(self, *messages: FeedMessage) -> None:
        await super().post(*messages)
        async with self._changed:
            self._changed.notify_all()

    async def has(self, number: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= number)


async def test_while_redis_is_away_gifts_wait_and_scores_are_the_ledgers(scene: Scene) -> None:
    board, feed = AwayBoard(scene.redis, 5000), WatchedFeed()
    scoring = SqlScoring(scene.database, board)
    board.away = True
    async with at_work(scene.relay(board=board, feed=feed)):
        gifts = await scene.give(10, 20)
        assert await scoring.live_scores("battle") == {"red": 30, "blue": 0}
        assert [each.score for each in await scoring.top_contributors("battle")] == [30]
        assert not feed.messages
        board.away = False
        await feed.has(4)
    assert feed.gifts(ROOM) == [gift.id for gift in gifts]
    assert await scoring.live_scores("battle") == {"red": 30, "blue": 0}


async def test_a_redis_that_forgets_everything_shows_the_ledgers_scores_again_without_a_further_gift(
    scene: Scene,
) -> None:
    feed = WatchedFeed()
    async with at_work(scene.relay(feed=feed)):
        await scene.give(10, 20)
        await feed.has(4)
        await scene.redis.flushall()
        async with asyncio.timeout(2):
            while await scene.board.scores("battle") != {"red": 30, "blue": 0}:
                await pause()
        await scene.give(5)
        await feed.has(6)
        assert await scene.board.scores("battle") == {"red": 35, "blue": 0}


async def test_the_doorbell_is_faster_than_the_poll(scene: Scene) -> None:
    scene.settings = GiftSettings(relay_poll_s=3600)
    feed = WatchedFeed()
    listening = asyncio.Event()

    class ToldBus(MemoryBus):
        @asynccontextmanager
        async def subscribe(self, *kinds: Any) -> AsyncIterator[Any]:
            async with super().subscribe(*kinds) as subscription:
                listening.set()
                yield subscription

    bus = ToldBus()
    async with at_work(scene.relay(bus=bus, feed=feed)):
        await asyncio.wait_for(listening.wait(), 5)
        await scene.give(10)
        await bus.publish(GiftsCommitted())
        await feed.has(2)


async def test_without_a_doorbell_the_poll_finds_the_gift(scene: Scene) -> None:
    feed = WatchedFeed()
    async with at_work(scene.relay(feed=feed)):
        await scene.give(10)
        await feed.has(2)


async def test_of_two_relays_one_works_and_the_other_takes_over(scene: Scene) -> None:
    """With real leases on a real bus: the first lets go in order, the second shows what comes then, once."""
    buses = [RedisBus(scene.redis), RedisBus(scene.redis)]
    feeds = [WatchedFeed(), WatchedFeed()]
    relays = []
    for bus, feed in zip(buses, feeds, strict=True):
        await bus.start()
        parts: dict[str, Any] = {
            "board": scene.board,
            "bus": bus,
            "feed": feed,
            "leases": RedisLeases(scene.redis, scene.database),
        }
        relays.append(GiftRelay(database=scene.database, clock=scene.clock, settings=scene.settings, **parts))
    async with at_work(relays[0]):
        await scene.give(10)
        await feeds[0].has(2)
        async with at_work(relays[1]):
            await scene.give(20)
            await feeds[0].has(4)
            assert not feeds[1].messages
    async with at_work(relays[1]):
        await scene.give(30)
        await feeds[1].has(2)
    assert [len(feed.messages) for feed in feeds] == [4, 2]
    assert await scene.scoring.live_scores("battle") == {"red": 60, "blue": 0}
    for bus in buses:
        await bus.close()
