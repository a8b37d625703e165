"""A forked process that serves gifts and dies where it is told to; the one that forks has nothing open."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import foundation.redis
from bench.gifts_proof.journal import Journal
from bench.gifts_proof.road import DIED, Road, RoadBus, RoadFeed, RoadLedger, lead
from foundation.bus import MemoryBus
from foundation.lease import Lease, MemoryLeases
from foundation.sql import Database
from gifts.committer import Committer
from gifts.doorbell import Doorbell
from gifts.ledger import GiftOrder
from gifts.money.corrections import Corrections
from gifts.money.purchase import Purchase
from gifts.money.settings import MoneySettings
from gifts.money.test_provider import TestProvider
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.outbox import RELAY
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.store_sql import SqlLedger
from tests.clocks import ToldClock

COMBO_MS = 5000
BATCH = 3  # of the relay
PACKAGE = MoneySettings().packages[0]
SURVIVED = 3  # the exit status of a process that has never come to where it should die
LONGEST_S = 30


@dataclass(frozen=True)
class Place:
    """What outlives a process; ``database`` is closed while one is forked, its statements stay compiled."""

    database: Database
    journal: Path
    redis_url: str
    clock: ToldClock


class Shop:
    """Where coins are bought, with the provider that is one of ours."""

    def __init__(self, database: Database, clock: ToldClock) -> None:
        provider = TestProvider(b"secret")
        providers = {provider.name: provider}
        self._topups = TopUps(database, clock, MoneySettings(), providers)
        self._till = Till(self._topups, Webhooks(database, clock, providers), clock, provider)

    async def buy(self, user: str, key: str) -> Purchase:
        purchase = await self._topups.begin(user, PACKAGE.id, key)
        return await self._till.pay(user, purchase.id)


def died(road: Road, work: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Do ``work`` in a forked process; whether it has died where ``road`` says."""
    pid = os.fork()
    if pid == 0:
        _end(road, work)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert ended in (DIED, SURVIVED)
    return ended == DIED


def _end(road: Road, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
    status = 1
    try:
        signal.alarm(LONGEST_S)
        lead(road)
        asyncio.run(work())
        status = SURVIVED
    finally:
        os._exit(status)


async def gives(road: Road, place: Place, orders: Sequence[GiftOrder]) -> None:
    ledger = SqlLedger(place.database, place.clock)
    doorbell = Doorbell(RoadBus(road))
    committer = Committer(RoadLedger(ledger, road), GiftSettings(linger_ms=0), doorbell.ring)
    doorbell.start()
    committer.start()
    await asyncio.gather(*(committer.submit(each) for each in orders), return_exceptions=True)
    await committer.close()
    await doorbell.close()


async def refunds(road: Road, place: Place, gift: str, key: str) -> None:
    with road.writing():
        await Corrections(place.database, place.clock).refund("root", gift, "by mistake", key)


async def buys(road: Road, place: Place, user: str, key: str) -> None:
    with road.writing():
        await Shop(place.database, place.clock).buy(user, key)


async def relays(road: Road, place: Place, fence: int, nth: int) -> None:
    """Death comes when its point is passed for the ``nth`` time."""
    road.nth = nth
    board = RedisBoard(foundation.redis.connect(place.redis_url, "dying"), COMBO_MS)
    feed = RoadFeed(Journal(place.journal).posted, road)
    await relay(place.database, board, feed, place.clock).drain(lease(fence))


def relay(database: Database, board: RedisBoard, feed: RoadFeed, clock: ToldClock) -> GiftRelay:
    settings = GiftSettings(relay_batch=BATCH)
    return GiftRelay(database, board, MemoryBus(), feed, MemoryLeases(), clock, settings)


def lease(fence: int) -> Lease:
    return Lease(RELAY, fence, "token", float("inf"))
