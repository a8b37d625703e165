"""A forked process that serves gifts and dies where it is told to; the one that forks has no database open."""

import asyncio
import os
import signal
from pathlib import Path

from bench.gifts_proof.road import Road, RoadBus, RoadLedger, lead
from foundation.sql import Database
from gifts.committer import Committer
from gifts.doorbell import Doorbell
from gifts.ledger import GiftOrder
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from tests.clocks import ToldClock

NOTHING_TO_WRITE = 3  # the exit status of a process that has refused everything: its batch had not so many statements
LONGEST_S = 30


def end_there(road: Road, path: Path, clock: ToldClock, orders: list[GiftOrder]) -> None:
    """In a forked process: serve ``orders`` and die where ``road`` says; it does not return."""
    try:
        signal.alarm(LONGEST_S)
        lead(road)
        asyncio.run(serve(road, path, clock, orders))
    finally:
        os._exit(NOTHING_TO_WRITE if road.passed else 1)


async def serve(road: Road, path: Path, clock: ToldClock, orders: list[GiftOrder]) -> None:
    ledger = SqlLedger(Database(f"sqlite+aiosqlite:///{path}"), clock)
    bus = RoadBus(road)
    doorbell = Doorbell(bus)
    committer = Committer(RoadLedger(ledger, road), GiftSettings(linger_ms=0), doorbell.ring)
    doorbell.start()
    committer.start()
    await asyncio.gather(*(committer.submit(each) for each in orders), return_exceptions=True)
    await committer.close()
    await doorbell.close()
