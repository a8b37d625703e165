"""Whether a gift costs the same when there are many already: processor and wall time a gift as the ledger grows."""

import random
import time
from dataclasses import dataclass

from bench.gifts.books import books, some_order
from foundation.clock import SystemClock
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger

SAMPLE = 10_000


@dataclass(frozen=True)
class Cost:
    """Of ``SAMPLE`` gifts in batches as a storm makes them, when there were ``rows`` before."""

    rows: int
    us: float
    processor_us: float


async def costs(url: str, marks: list[int]) -> list[Cost]:
    """The ledger is filled by itself up to each of ``marks``, ascending."""
    found, rows = list[Cost](), 0
    async with books(url) as database:
        ledger, chance = SqlLedger(database, SystemClock()), random.Random(7)
        for mark in marks:
            while rows < mark:
                rows += await _batch(ledger, chance)
            found.append(await _sample(ledger, chance, mark))
            rows += SAMPLE
            print(found[-1], flush=True)
        await ledger.close()
    return found


async def _batch(ledger: SqlLedger, chance: random.Random) -> int:
    size = GiftSettings().batch_gifts
    outcomes = await ledger.commit([some_order(chance) for _ in range(size)])
    assert all(hasattr(each, "gift") for each in outcomes)
    return size


async def _sample(ledger: SqlLedger, chance: random.Random, mark: int) -> Cost:
    began, spent, sent = time.perf_counter(), time.process_time(), 0
    while sent < SAMPLE:
        sent += await _batch(ledger, chance)
    wall, processor = time.perf_counter() - began, time.process_time() - spent
    return Cost(mark, wall / sent * 1e6, processor / sent * 1e6)
