"""The queue in Redis. Each act is one script of ``lua/``; its keys share a hash tag."""

from pathlib import Path

from pydantic import TypeAdapter
from redis.asyncio import Redis

from foundation.lease import Fenced
from foundation.redis import Script
from pk.errors import QueueFull
from pk.match.pairing import Seeker
from pk.match.queue import (
    FENCE_KEY,
    FULL_AGAIN_S,
    KEPT_LONGER_MS,
    LEASE_NAME,
    PAIRED_KEY,
    PAIRED_MS,
    WAITING_KEY,
    Place,
)
from pk.rules import MatchRules

_SEEKER = TypeAdapter(Seeker)


class RedisMatchQueue:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        lua = Path(__file__).parent / "lua"
        self._ask = Script(redis, lua / "ask.lua")
        self._withdraw = Script(redis, lua / "withdraw.lua")
        self._pair = Script(redis, lua / "pair.lua")
        self._part = Script(redis, lua / "part.lua")
        self._dismiss = Script(redis, lua / "dismiss.lua")

    async def ask(self, seeker: Seeker, rules: MatchRules) -> Seeker:
        kept_ms = rules.patience_ms + KEPT_LONGER_MS
        arguments: list[str | int | float | bytes] = [
            seeker.room,
            _SEEKER.dump_json(seeker),
            rules.most_waiting,
            kept_ms,
        ]
        answer = await self._ask([WAITING_KEY, PAIRED_KEY], arguments)
        if not answer:
            raise QueueFull(retry_after_s=FULL_AGAIN_S)
        return _SEEKER.validate_json(answer[0])

    async def find(self, room: str) -> Seeker | None:
        payload = await self._redis.hget(WAITING_KEY, room)
        return None if payload is None else _SEEKER.validate_json(payload)

    async def withdraw(self, room: str) -> bool:
        return bool(await self._withdraw([WAITING_KEY, PAIRED_KEY], [room]))

    async def waiting(self) -> list[Place]:
        async with self._redis.pipeline(transaction=True) as both:
            both.hgetall(WAITING_KEY)
            both.hgetall(PAIRED_KEY)
            waiting, paired = await both.execute()
        places = [(_SEEKER.validate_json(payload), paired.get(room)) for room, payload in waiting.items()]
        return [Place(seeker, None if battle is None else battle.decode()) for seeker, battle in places]

    async def pair(self, fence: int, battle: str, one: Seeker, other: Seeker) -> bool:
        arguments: list[str | int | float | bytes] = [fence, battle, PAIRED_MS, one.room, one.id, other.room, other.id]
        return bool(_unfenced(await self._pair([FENCE_KEY, WAITING_KEY, PAIRED_KEY], arguments)))

    async def part(self, fence: int, battle: str, *rooms: str) -> None:
        _unfenced(await self._part([FENCE_KEY, PAIRED_KEY], [fence, battle, *rooms]))

    async def dismiss(self, fence: int, seeker: Seeker) -> bool:
        keys = [FENCE_KEY, WAITING_KEY, PAIRED_KEY]
        return bool(_unfenced(await self._dismiss(keys, [fence, seeker.room, seeker.id])))


def _unfenced(answer: int) -> int:
    if answer < 0:
        raise Fenced(LEASE_NAME)
    return answer
