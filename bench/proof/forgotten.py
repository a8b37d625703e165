"""How soon after FLUSHALL in mid-battle everything is in Redis again that has to be there, by name."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bench.proof.stage import Stage
from foundation.lease import LEASE_KEY
from foundation.nodes import RedisNodes
from gifts.outbox import RELAY
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.windows import scores_of
from pk.store import LEASE_NAME
from pk.store_redis import RedisRing
from streaming.audience.store_redis import RedisAudiences
from streaming.desk import LEASE
from streaming.store_redis import RedisBroadcasts, RedisStages

PATIENCE_S = 8.0
LOOK_S = 0.02
KINDS = ("control", "media", "transcode")


async def restored(on: Stage, battle: str) -> dict[str, float]:
    """Milliseconds until each thing was seen; what does not come in ``PATIENCE_S`` is left out."""
    began, found = time.monotonic(), dict[str, float]()
    wanted = _wanted(on, battle)
    while wanted.keys() - found.keys() and time.monotonic() - began < PATIENCE_S:
        for name in wanted.keys() - found.keys():
            if await wanted[name]():
                found[name] = (time.monotonic() - began) * 1000
        await asyncio.sleep(LOOK_S)
    return found


def _wanted(on: Stage, battle: str) -> dict[str, Callable[[], Awaitable[bool]]]:
    redis, rooms = on.redis, on.rooms
    ring, stages, broadcasts = RedisRing(redis), RedisStages(redis), RedisBroadcasts(redis)
    leases = [LEASE_NAME % battle, RELAY, *(LEASE.format(room=room) for room in rooms)]

    async def scores() -> bool:
        async with on.database.read() as transaction:
            ledger = await scores_of(transaction, battle)
        return await RedisBoard(redis, GiftSettings().combo_ms).scores(battle) == ledger

    async def bookings() -> bool:
        return [await ring.battle_of(room) for room in rooms] == [battle, battle]

    async def copy() -> bool:
        return await ring.copy(battle) is not None

    async def presence() -> bool:
        return await broadcasts.rooms() == set(rooms) and all([await broadcasts.load(room) for room in rooms])

    async def stage() -> bool:
        return [await stages.battle(room) for room in rooms] == [battle, battle]

    async def nodes() -> bool:
        return all([await RedisNodes(redis).alive(kind) for kind in KINDS])

    async def held() -> bool:
        return await redis.exists(*(LEASE_KEY.format(name=name) for name in leases)) == len(leases)

    async def audience() -> bool:
        return all((await RedisAudiences(redis).counts(rooms, time.time_ns() // 1_000_000)).values())

    return {
        "scores": scores,
        "bookings": bookings,
        "copy": copy,
        "presence": presence,
        "stage": stage,
        "nodes": nodes,
        "leases": held,
        "audience": audience,
    }
