"""Audiences in Redis."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from foundation.redis import Script
from streaming.audience.rules import GONE_AFTER_MS
from streaming.audience.store import (
    FIGURES_KEY,
    PRESENCE_KEY,
    UNIQUE_KEY,
    Beat,
    Counted,
    Figures,
    Here,
    Newcomer,
    together,
)
from streaming.rules import KEEP_S

_LUA = Path(__file__).parent / "lua"
VISITORS_AT_ONCE = 1000  # in one script call: it holds Redis for less than a millisecond


class RedisAudiences:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._beat = Script(redis, _LUA / "beat_audience.lua")
        self._begin = Script(redis, _LUA / "begin_audience.lua")

    async def beat(self, room: str, beat: Beat) -> Counted:
        newest = orjson.dumps(beat.here.newest)
        head: list[str | int | float | bytes] = [beat.process, beat.now_ms, GONE_AFTER_MS, beat.here.count, newest]
        visitors = list(beat.visitors)
        for start in range(0, max(1, len(visitors)), VISITORS_AT_ONCE):
            some = visitors[start : start + VISITORS_AT_ONCE]
            answer = await self._beat(_keys(room), [*head, KEEP_S, *some])
        return _counted(answer)

    async def look(self, room: str, now_ms: int) -> Counted:
        return _counted(await self._beat(_keys(room), ["", now_ms, GONE_AFTER_MS, 0, "", KEEP_S]))

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for room in rooms:
                pipe.hvals(PRESENCE_KEY.format(room=room))
            said = await pipe.execute() if rooms else []
        return {room: _sum(entries, now_ms) for room, entries in zip(rooms, said, strict=True)}

    async def begin(self, room: str, broadcast: str) -> None:
        await self._begin(_keys(room)[1:], [broadcast, KEEP_S])

    async def figures(self, room: str) -> Figures:
        _, figures, unique = _keys(room)
        peak: Any = await self._redis.hget(figures, "peak")
        return Figures(int(peak or 0), int(await self._redis.pfcount(unique)))


def _keys(room: str) -> list[str]:
    return [key.format(room=room) for key in (PRESENCE_KEY, FIGURES_KEY, UNIQUE_KEY)]


def _counted(answer: list[Any]) -> Counted:
    broadcast, peak, said = answer
    each = [
        Here(int(count), tuple(Newcomer(**fields) for fields in orjson.loads(newest)))
        for count, newest in zip(said[::2], said[1::2], strict=True)
    ]
    here = together(each)
    return Counted(here.count, int(peak), broadcast.decode(), here.newest)


def _sum(entries: list[bytes], now_ms: int) -> int:
    total = 0
    for entry in entries:
        count, at_ms = entry.split(b"\n", 1)[0].split(b" ")
        total += int(count) if int(at_ms) >= now_ms - GONE_AFTER_MS else 0
    return total
