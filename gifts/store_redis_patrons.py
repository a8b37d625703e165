"""The heads of contribution lists in Redis, for all api processes."""

from collections.abc import Mapping

import orjson
from redis.asyncio import Redis

from gifts.bodies import Body
from gifts.patrons import KEEP_S, PATRONS_KEY


class RedisPatronCopies:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, day: int, bodies: Mapping[str, Body]) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for room, body in bodies.items():
                pipe.set(PATRONS_KEY.format(room=room, day=day), orjson.dumps(body), ex=KEEP_S)
            await pipe.execute()

    async def add(self, day: int, room: str, body: Body) -> None:
        await self._redis.set(PATRONS_KEY.format(room=room, day=day), orjson.dumps(body), ex=KEEP_S, nx=True)

    async def get(self, day: int, room: str) -> Body | None:
        kept = await self._redis.get(PATRONS_KEY.format(room=room, day=day))
        return None if kept is None else orjson.loads(kept)
