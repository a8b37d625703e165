"""Audiences, chat, likes and buckets in Redis."""

from collections.abc import Sequence

import orjson
from redis.asyncio import Redis

from foundation.redis import Script
from streaming.rules import GONE_AFTER_MS, KEEP_S
from streaming.store import AUDIENCE_KEY, BUCKET_KEY, CHAT_KEY, LIKES_KEY
from streaming.store_redis import LUA

BEATS_AT_ONCE = 1000  # connections in one script call: it holds Redis for about a millisecond


class RedisAudiences:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._beat = Script(redis, LUA / "beat_audience.lua")

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


class RedisTalk:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = Script(redis, LUA / "take_token.lua")

    async def remember(self, room: str, said: dict[str, object], keep: int) -> None:
        key = CHAT_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.rpush(key, orjson.dumps(said))
            pipe.ltrim(key, -keep, -1)
            pipe.expire(key, KEEP_S)
            await pipe.execute()

    async def last(self, room: str) -> list[dict[str, object]]:
        return [orjson.loads(said) for said in await self._redis.lrange(CHAT_KEY.format(room=room), 0, -1)]

    async def like(self, room: str, count: int) -> int:
        key = LIKES_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incrby(key, count)
            pipe.expire(key, KEEP_S)
            total, _ = await pipe.execute()
        return int(total)

    async def likes(self, room: str) -> int:
        return int(await self._redis.get(LIKES_KEY.format(room=room)) or 0)

    async def clear_likes(self, room: str) -> None:
        await self._redis.delete(LIKES_KEY.format(room=room))

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        key = BUCKET_KEY.format(room=room, name=name)
        return bool(await self._take([key], [now_ms, per_s, burst]))
