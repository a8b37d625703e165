"""Audiences in Redis."""

from collections.abc import Sequence
from pathlib import Path

from redis.asyncio import Redis

from foundation.redis import Script
from streaming.audience.rules import GONE_AFTER_MS
from streaming.audience.store import AUDIENCE_KEY

BEATS_AT_ONCE = 1000  # connections in one script call: it holds Redis for about a millisecond


class RedisAudiences:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._beat = Script(redis, Path(__file__).parent / "lua" / "beat_audience.lua")

    async def beat(self, room: str, connections: Sequence[str], now_ms: int) -> int:
        key, count = AUDIENCE_KEY.format(room=room), 0
        for start in range(0, max(1, len(connections)), BEATS_AT_ONCE):
            some = connections[start : start + BEATS_AT_ONCE]
            count = int(await self._beat([key], [now_ms, GONE_AFTER_MS, *some]))
        return count

    async def leave(self, room: str, connection: str) -> None:
        await self._redis.zrem(AUDIENCE_KEY.format(room=room), connection)

    async def count(self, room: str, now_ms: int) -> int:
        return (await self.counts([room], now_ms))[room]

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for room in rooms:
                pipe.zcount(AUDIENCE_KEY.format(room=room), now_ms - GONE_AFTER_MS, "+inf")
            return dict(zip(rooms, await pipe.execute(), strict=True)) if rooms else {}
