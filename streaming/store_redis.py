"""Broadcasts and stages in Redis. What only the owner may write goes through scripts that look at his fence."""

from pathlib import Path

from redis.asyncio import Redis

from foundation.redis import Script
from streaming.broadcast import EndReason
from streaming.errors import StaleOwner
from streaming.guests import Seats
from streaming.rules import KEEP_S
from streaming.store import (
    BROADCAST_KEY,
    END_KEPT_S,
    END_KEY,
    ENDED_KEPT_S,
    ENDED_KEY,
    GUESTS_KEY,
    HOME_KEPT_S,
    HOME_KEY,
    LIVE_ROOMS_KEY,
    STAGE_KEY,
    TOMBSTONE_KEPT_S,
    EndOrder,
    Record,
    Seating,
    decode_seats,
    encode_seats,
)

LUA = Path(__file__).parent / "lua"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


class RedisBroadcasts:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._save = Script(redis, LUA / "save_broadcast.lua")
        self._remove = Script(redis, LUA / "remove_broadcast.lua")

    async def save(self, record: Record, fence: int) -> None:
        key = BROADCAST_KEY.format(room=record.broadcast.room)
        if not await self._save([key], [fence, record.encode()]):
            raise StaleOwner(f"{key}: fence {fence}")

    async def remove(self, record: Record, fence: int) -> None:
        room = record.broadcast.room
        keys = [BROADCAST_KEY.format(room=room), ENDED_KEY.format(room=room), END_KEY.format(room=room)]
        if not await self._remove(keys, [fence, record.broadcast.session, ENDED_KEPT_S, TOMBSTONE_KEPT_S]):
            raise StaleOwner(f"{keys[0]}: fence {fence}")

    async def load(self, room: str) -> Record | None:
        payload = await self._redis.hget(BROADCAST_KEY.format(room=room), "snapshot")
        return None if payload is None else Record.decode(payload)

    async def load_all(self) -> list[Record]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for room in await self.rooms():
                pipe.hget(BROADCAST_KEY.format(room=room), "snapshot")
            return [Record.decode(payload) for payload in await pipe.execute() if payload is not None]

    async def rooms(self) -> set[str]:
        return {_text(member) for member in await self._redis.smembers(LIVE_ROOMS_KEY)}

    async def announce(self, room: str) -> None:
        await self._redis.sadd(LIVE_ROOMS_KEY, room)

    async def withdraw(self, room: str) -> None:
        await self._redis.srem(LIVE_ROOMS_KEY, room)

    async def ended_session(self, room: str) -> str:
        session = await self._redis.get(ENDED_KEY.format(room=room))
        return "" if session is None else _text(session)

    async def order_end(self, room: str, order: EndOrder) -> None:
        key = END_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"broadcast": order.broadcast_id, "reason": order.reason.value})
            pipe.expire(key, END_KEPT_S)
            await pipe.execute()

    async def end_order(self, room: str) -> EndOrder | None:
        broadcast_id, reason = await self._redis.hmget(END_KEY.format(room=room), ["broadcast", "reason"])
        if broadcast_id is None or reason is None:
            return None
        return EndOrder(_text(broadcast_id), EndReason(_text(reason)))

    async def pin_home(self, room: str, worker_id: str) -> str:
        pinned = await self._redis.set(HOME_KEY.format(room=room), worker_id, nx=True, get=True, ex=HOME_KEPT_S)
        return _text(pinned) if isinstance(pinned, bytes | str) else worker_id

    async def unpin_home(self, room: str) -> None:
        await self._redis.delete(HOME_KEY.format(room=room))


class RedisStages:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._leave = Script(redis, LUA / "leave_stage.lua")

    async def join(self, room: str, battle_id: str) -> bool:
        key = STAGE_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hget(key, "battle")
            pipe.hset(key, "battle", battle_id)
            pipe.expire(key, KEEP_S)
            before, *_ = await pipe.execute()
        return before is None or _text(before) != battle_id

    async def leave(self, room: str, battle_id: str) -> bool:
        return bool(await self._leave([STAGE_KEY.format(room=room)], [battle_id]))

    async def battle(self, room: str) -> str:
        battle = await self._redis.hget(STAGE_KEY.format(room=room), "battle")
        return "" if battle is None else _text(battle)


class RedisGuestBook:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._save = Script(redis, LUA / "save_guests.lua")

    async def seating(self, room: str) -> Seating:
        version, seats = await self._redis.hmget(GUESTS_KEY.format(room=room), ["version", "seats"])
        return Seating() if version is None or seats is None else Seating(decode_seats(seats), int(version))

    async def save(self, room: str, seats: Seats, version: int) -> bool:
        return bool(await self._save([GUESTS_KEY.format(room=room)], [version, encode_seats(seats), KEEP_S]))
