"""``slow_*``: readers who read nothing any more are closed with a code, and nobody else's events are late for it."""

import asyncio
import time
from pathlib import Path

import foundation.redis
from bench.feed.contestants import loaded
from bench.feed.cost import Size, described
from bench.feed.judge import EVENTS_PER_S
from bench.feed.judge_flood import slow_figures
from bench.feed.ours import MANNERS, ours
from bench.feed.place import Place
from bench.record import Figure
from streaming.audience.store_redis import RedisAudiences

OTHERS = 2_000
DULL = 20
SECONDS = 15.0
FILL_PER_S, FILL_S = 250, 1.6  # more than the kernels of both sides take, less than what closes a socket at once
LOOK_EVERY_S = 0.1
CLOSED_WITHIN_S = 30.0
CODE_WITHIN_S = 5.0


async def slow(folder: Path, size: Size) -> tuple[dict[str, Figure], list[str]]:
    others = min(OTHERS, size.sockets)
    async with (
        ours(folder) as place,
        loaded(place, folder, others, MANNERS) as room,
        loaded(place, folder, DULL, MANNERS) as dull,
    ):
        await room.open(others)
        await dull.open(DULL)
        await asyncio.sleep(size.rest_s)
        before = await room.measure(EVENTS_PER_S, SECONDS)
        await dull.load.ask("dull")
        await room.measure(FILL_PER_S, FILL_S)
        async with asyncio.TaskGroup() as group:
            measuring = group.create_task(room.measure(EVENTS_PER_S, SECONDS))
            closed_s = await _closed(place, others)
            answer = await dull.load.ask("wake", within_s=CODE_WITHIN_S)
        beside = measuring.result()
    when = "were not closed" if closed_s is None else f"were closed after {closed_s:.1f} s"
    notes = [
        f"before: {described(before)}",
        f"{DULL} who read nothing {when}, {answer['closed']} of them heard {answer['code']}",
        f"meanwhile: {described(beside)}",
    ]
    for note in notes:
        print(f"  {note}", flush=True)
    return slow_figures(before, beside, closed_s, answer["closed"] / DULL, answer["code"]), notes


async def _closed(place: Place, others: int) -> float | None:
    """After how many seconds the room counts nobody any more but them who read."""
    redis, began = foundation.redis.connect(place.way["redis"], "bench"), time.monotonic()
    audiences, room = RedisAudiences(redis), place.way["room"]
    try:
        while time.monotonic() - began < CLOSED_WITHIN_S:
            if (await audiences.counts([room], round(time.time() * 1000)))[room] <= others:
                return time.monotonic() - began
            await asyncio.sleep(LOOK_EVERY_S)
        return None
    finally:
        await redis.aclose()
