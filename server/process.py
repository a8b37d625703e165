"""What every process of the platform has: connections, the clock, the bus, and a clean end on SIGTERM."""

import asyncio
import contextlib
import gc
import resource
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
import uvloop
from redis.asyncio import Redis

import foundation.redis
from foundation.bus_redis import RedisBus
from foundation.clock import SteeredClock
from foundation.internal import InternalClient
from foundation.lease import RedisLeases
from foundation.nodes import RedisNodes
from foundation.own_process import call_myself
from foundation.redis import RedisAway
from foundation.scripts import ANSWER_S
from foundation.sql import Database
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner
from server.settings import Settings

log = structlog.get_logger(__name__)

CLOCK_EVERY_S = 2.0
REDIS_WAIT_S = 20.0


@dataclass(frozen=True)
class Resources:
    """The connections of one process. ``tasks`` are cancelled first, connections closed last."""

    settings: Settings
    redis: Redis
    database: Database
    bus: RedisBus
    clock: SteeredClock
    nodes: RedisNodes
    leases: RedisLeases
    internal: InternalClient
    tasks: TaskOwner


@asynccontextmanager
async def resources(settings: Settings, name: str) -> AsyncIterator[Resources]:
    assert settings.redis_url and settings.database_url and settings.internal_token, "settings must be resolved"
    redis = foundation.redis.connect(settings.redis_url, name)
    database = Database(settings.database_url, answer_s=ANSWER_S)
    clock = SteeredClock()
    bus = RedisBus(redis)
    internal = InternalClient(settings.internal_token.get_secret_value())
    tasks = TaskOwner(name)
    try:
        await _first_measurement(clock, redis)
        await bus.start()
        tasks.start(_keep_time(clock, redis), "clock")
        yield Resources(
            settings, redis, database, bus, clock, RedisNodes(redis), RedisLeases(redis, database), internal, tasks
        )
    finally:
        await tasks.close()
        await bus.close()
        await internal.close()
        await redis.aclose()
        await database.close()


async def _redis_time_us(redis: Redis) -> int:
    seconds, microseconds = await redis.time()
    return int(seconds) * 1_000_000 + int(microseconds)


async def _first_measurement(clock: SteeredClock, redis: Redis) -> None:
    async with asyncio.timeout(REDIS_WAIT_S):
        while not clock.synchronised:
            try:
                await clock.measure(lambda: _redis_time_us(redis))
            except RedisAway:
                await asyncio.sleep(0.1)


async def _keep_time(clock: SteeredClock, redis: Redis) -> None:
    while True:
        await asyncio.sleep(CLOCK_EVERY_S)
        heed_cancellation()
        try:
            await clock.measure(lambda: _redis_time_us(redis))
        except RedisAway as error:
            log.warning("the clock holds its last offset", error=str(error))


def lift_file_limit() -> None:
    """Raise the soft limit of open files to the hard one: each viewer of the feed is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT set ``stop`` from now on, in the loop that runs."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def run_until_told(kind: str, index: int, main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run ``main`` on uvloop, under the name that ``ps`` shows, until SIGTERM or SIGINT sets the event it waits for."""
    lift_file_limit()
    call_myself(f"rs-{kind}-{index}")
    # What was imported stays for ever. To look it all through takes tens of milliseconds, in which no packet is sent.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)  # what a storm makes goes by itself; to look through it all the time costs a tenth

    async def wrapped() -> None:
        stop = asyncio.Event()
        stop_on_signals(stop)
        await main(stop)

    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(wrapped())
