"""Gifts through the ledger's group commit: as many as it takes, and how late they are answered at half of that."""

import asyncio
import gc
import random
import time
from dataclasses import dataclass

from bench.gifts.books import books, some_order
from foundation.clock import SystemClock
from gifts.committer import Committer
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from gifts.verify import ledger_verify

CLIENTS = 4096  # who each wait for their answer before they send again
STEP_S = 0.002


@dataclass(frozen=True)
class Load:
    """``per_s`` is of the closed loop; ``late_ms`` are p50 and p99 of the answers at half of it."""

    per_s: float
    late_ms: tuple[float, float]
    us_per_gift: float  # of the processor, client and ledger of this process


async def load(url: str, seconds: float) -> Load:
    # As the platform's processes do it: what lives as long as they need not be looked through again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    async with books(url) as database:
        ledger = SqlLedger(database, SystemClock())
        committer = Committer(ledger, GiftSettings(), lambda: None)
        committer.start()
        try:
            await closed(committer, 1.0)  # prepared statements, first pages
            before = time.process_time()
            per_s = await closed(committer, seconds)
            spent = time.process_time() - before
            late = sorted(await opened(committer, per_s / 2, seconds))
        finally:
            await committer.close()
            await ledger.close()
        report = await ledger_verify(database)
        assert report.holds, report.text()
    return Load(per_s, (late[len(late) // 2], late[len(late) * 99 // 100]), spent / (per_s * seconds) * 1e6)


async def closed(committer: Committer, seconds: float) -> float:
    """Gifts a second when each client sends the next one as soon as he has an answer."""
    began, sent = time.perf_counter(), 0

    async def client(number: int) -> None:
        nonlocal sent
        chance = random.Random()
        while time.perf_counter() - began < seconds:
            await committer.submit(some_order(chance))
            sent += 1

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return sent / (time.perf_counter() - began)


async def opened(committer: Committer, per_s: float, seconds: float) -> list[float]:
    """Milliseconds to each answer when gifts come at a rate, whether or not those before them are answered."""
    chance, late = random.Random(), list[float]()
    waiting: set[asyncio.Task[None]] = set()
    began = time.perf_counter()

    async def one(due_s: float) -> None:
        await committer.submit(some_order(chance))
        late.append((time.perf_counter() - began - due_s) * 1000)

    sent = 0
    while (now := time.perf_counter() - began) < seconds:
        while sent < now * per_s:
            task = asyncio.create_task(one(sent / per_s))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
            sent += 1
        await asyncio.sleep(STEP_S)
    await asyncio.gather(*waiting)
    return late
