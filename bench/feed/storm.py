"""``join_*``, ``resume_*``: 2,000 people come at once to a room in which something happens, and 2,000 come back."""

import asyncio
from pathlib import Path

import httpx2

import foundation.redis
from bench.feed.contestants import Running, loaded
from bench.feed.cost import Size
from bench.feed.crowd import Manners
from bench.feed.judge import EVENTS_PER_S, Found, Opened
from bench.feed.judge_flood import storm_figures
from bench.feed.ours import MANNERS, ours
from bench.feed.place import Place
from bench.record import Figure
from streaming.feed.store import Head
from streaming.feed.store_redis import RedisWire

COMERS = 2_000
THERE = 1_000
SECONDS = 10.0
BEFORE_S = 2.0
MISSED_S = 2.0
SETTLE_S = 5.0
RESUMED = Manners(ready='{"t":"resumed"')


async def storm(folder: Path, size: Size) -> tuple[dict[str, Figure], list[str]]:
    comers, there = min(COMERS, size.sockets), min(THERE, size.sockets)
    async with ours(folder) as place, loaded(place, folder, there, MANNERS) as room:
        await room.open(there)
        await asyncio.sleep(size.rest_s)
        async with loaded(place, folder, comers, MANNERS) as crowd:
            others, joined, join_snapshots = await _joins(room, crowd, comers)
        await asyncio.sleep(SETTLE_S)
        since = await head(place)
        missed = (await room.measure(EVENTS_PER_S, MISSED_S)).posted
        async with loaded(place, folder, comers, RESUMED) as crowd:
            before = await snapshots(place)
            paths = [f"{path}&since={since.epoch}.{since.offset}" for path in place.paths(comers)]
            resumed, resume_snapshots = await crowd.storm(paths), await snapshots(place) - before
    notes = [
        _told("joined", joined, join_snapshots) + f"; those who were there heard all within {others.longest_ms:.0f} ms",
        _told("came back", resumed, resume_snapshots) + f"; {resumed.events} events of {missed * comers} were told",
    ]
    for note in notes:
        print(f"  {note}", flush=True)
    return storm_figures(joined, join_snapshots, others, resumed, resume_snapshots, missed), notes


async def _joins(room: Running, crowd: Running, comers: int) -> tuple[Found, Opened, int]:
    paths, before = crowd.place.paths(comers), await snapshots(crowd.place)
    async with asyncio.TaskGroup() as group:
        measuring = group.create_task(room.measure(EVENTS_PER_S, SECONDS))
        await asyncio.sleep(BEFORE_S)
        joined = await crowd.storm(paths)
    return measuring.result(), joined, await snapshots(crowd.place) - before


async def snapshots(place: Place) -> int:
    """So many has the api made for newcomers."""
    async with httpx2.AsyncClient() as client:
        said = (await client.get(f"http://127.0.0.1:{place.port}/metrics")).text
    return round(
        float(next(line for line in said.splitlines() if line.startswith("ringside_feed_snapshots_total ")).split()[1])
    )


async def head(place: Place) -> Head:
    """How far the room has come."""
    redis = foundation.redis.connect(place.way["redis"], "bench")
    wire = RedisWire(redis)
    try:
        return await wire.head(place.way["room"])
    finally:
        await wire.close()
        await redis.aclose()


def _told(how: str, opened: Opened, made: int) -> str:
    fault = "" if opened.ready == opened.asked else f" ({opened.fault})"
    return (
        f"{opened.ready} of {opened.asked} {how} at once{fault} within {opened.seconds:.1f} s, "
        f"p95 {opened.p95_ms:.0f} ms, {made} snapshots"
    )
