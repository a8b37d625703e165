"""The ring in Redis. Each act is one script of ``lua/``; its keys share a hash tag."""

from pathlib import Path

from redis.asyncio import Redis

from foundation.redis import Script
from pk.errors import HostBusy, TooFrequent
from pk.saved import dump, load
from pk.state import State
from pk.store import (
    BOOKING_KEY,
    BOOKING_MS,
    CLIENT_MS,
    COPY_KEY,
    COPY_MS,
    INVITES_KEY,
    OPEN_KEY,
    UNDERSTANDS_KEY,
    Copy,
)


class RedisRing:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        lua = Path(__file__).parent / "lua"
        self._book = Script(redis, lua / "book.lua")
        self._keep = Script(redis, lua / "keep.lua")
        self._release = Script(redis, lua / "release.lua")
        self._show = Script(redis, lua / "show.lua")

    async def book(self, state: State) -> None:
        keys = [OPEN_KEY, INVITES_KEY % state.inviter.room, *_bookings(state)]
        limit = state.rules.invitations_per_minute
        outcome, *more = await self._book(keys, [state.battle, dump(state), BOOKING_MS, limit])
        if outcome < 0:
            raise TooFrequent(retry_after_s=max(1, more[0]))
        if outcome > 0:
            raise HostBusy(room=state.rooms[outcome - 1])

    async def keep(self, state: State) -> None:
        await self._keep(_bookings(state), [state.battle, BOOKING_MS, state.previous or ""])

    async def release(self, state: State) -> None:
        await self._release([OPEN_KEY, *_bookings(state)], [state.battle])

    async def forget(self, battle_id: str) -> None:
        await self._redis.hdel(OPEN_KEY, battle_id)

    async def battle_of(self, room: str) -> str | None:
        battle_id = await self._redis.get(BOOKING_KEY % room)
        return None if battle_id is None else _text(battle_id)

    async def invitation(self, battle_id: str) -> State | None:
        payload = await self._redis.hget(OPEN_KEY, battle_id)
        return None if payload is None else load(payload)

    async def open_ids(self) -> list[str]:
        return [_text(battle_id) for battle_id in await self._redis.hkeys(OPEN_KEY)]

    async def show(self, state: State, fence: int, referee: str) -> bool:
        return bool(await self._show([COPY_KEY % state.battle], [fence, state.version, dump(state), referee, COPY_MS]))

    async def copy(self, battle_id: str) -> Copy | None:
        state, referee = await self._redis.hmget(COPY_KEY % battle_id, ["state", "referee"])
        return None if state is None or referee is None else Copy(load(state), _text(referee))

    async def note_client(self, room: str, understands: int) -> None:
        await self._redis.set(UNDERSTANDS_KEY % room, understands, px=CLIENT_MS)

    async def client_of(self, room: str) -> int | None:
        said = await self._redis.get(UNDERSTANDS_KEY % room)
        return None if said is None else int(said)


def _bookings(state: State) -> list[str]:
    return [BOOKING_KEY % room for room in state.rooms]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
