"""Chat, likes and buckets in Redis."""

from pathlib import Path

import orjson
from redis.asyncio import Redis

from foundation.redis import Script
from streaming.chat.store import BUCKET_KEY, CHAT_KEY, LIKES_KEY
from streaming.rules import KEEP_S


class RedisTalk:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = Script(redis, Path(__file__).parent / "lua" / "take_token.lua")

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
