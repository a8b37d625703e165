"""Posters in Redis."""

from collections.abc import Sequence

from redis.asyncio import Redis

from transcode.posters import KEPT_S, POSTER_KEY, WANTED_KEY, WANTED_S, Poster


class RedisPosters:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def keep(self, room: str, poster: Poster, kept_s: int = KEPT_S) -> None:
        key = POSTER_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"broadcast": poster.broadcast, "tag": poster.tag, "jpeg": poster.jpeg})
            pipe.expire(key, kept_s)
            await pipe.execute()

    async def poster(self, room: str) -> Poster | None:
        broadcast, jpeg = await self._redis.hmget(POSTER_KEY.format(room=room), ["broadcast", "jpeg"])
        return None if broadcast is None or jpeg is None else Poster(_text(broadcast), _bytes(jpeg))

    async def tags(self, rooms: Sequence[str]) -> dict[str, tuple[str, str]]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for room in rooms:
                pipe.hmget(POSTER_KEY.format(room=room), ["broadcast", "tag"])
            found = zip(rooms, await pipe.execute(), strict=True)
        return {room: (_text(broadcast), _text(tag)) for room, (broadcast, tag) in found if broadcast and tag}

    async def want(self) -> None:
        await self._redis.set(WANTED_KEY, 1, ex=WANTED_S)

    async def wanted(self) -> bool:
        return bool(await self._redis.exists(WANTED_KEY))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _bytes(value: bytes | str) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
