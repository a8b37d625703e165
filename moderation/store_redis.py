"""The gate's cache in Redis: shared by all processes, so that a ban given in one is in force in all."""

from dataclasses import asdict
from pathlib import Path

import orjson
import structlog
from redis.asyncio import Redis

from foundation.ids import new_id
from foundation.redis import RedisAway, Script
from moderation.gate import Scope
from moderation.sanction import Reason, Sanction
from moderation.store import CACHE_KEY, CACHE_MS, HOLD_MS, VERSION_KEY, VERSION_MS, Cached

log = structlog.get_logger(__name__)

_LUA = Path(__file__).parent / "lua"
_HELD = "held"


class RedisSanctionCache:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._fill = Script(redis, _LUA / "fill.lua")
        self._turn = Script(redis, _LUA / "turn.lua")

    async def read(self, user_id: str) -> Cached:
        try:
            cached, version = await self._redis.mget(_keys(user_id))
        except RedisAway:
            return Cached(None, None)
        return Cached(None if cached is None else _read(cached), _word(version))

    async def fill(self, user_id: str, version: str | None, sanctions: list[Sanction]) -> None:
        if version is None:
            return
        try:
            await self._fill(_keys(user_id), [version, orjson.dumps([asdict(each) for each in sanctions]), CACHE_MS])
        except RedisAway as error:
            log.warning("the sanction cache could not be filled", error=str(error))

    async def hold(self, user_id: str) -> None:
        await self._turn_to(user_id, _HELD, HOLD_MS)

    async def release(self, user_id: str) -> None:
        await self._turn_to(user_id, new_id(), VERSION_MS)

    async def _turn_to(self, user_id: str, version: str, life_ms: int) -> None:
        try:
            await self._turn(_keys(user_id), [version, life_ms])
        except RedisAway as error:  # an entry that could not be forgotten lives CACHE_MS at most
            log.error("the sanction cache could not be emptied", user=user_id, error=str(error))


def _keys(user_id: str) -> list[str]:
    return [CACHE_KEY.format(user=user_id), VERSION_KEY.format(user=user_id)]


def _word(version: bytes | str | None) -> str:
    return version.decode() if isinstance(version, bytes) else version or ""


def _read(payload: bytes | str) -> list[Sanction]:
    return [
        Sanction(**{**each, "scope": Scope(each["scope"]), "reason": Reason(each["reason"])})
        for each in orjson.loads(payload)
    ]
