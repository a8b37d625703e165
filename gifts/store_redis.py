"""The board in Redis: one script for each act on a room or a battle; a batch of gifts is one call."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from foundation.ids import new_id
from foundation.lease import Fenced
from foundation.redis import Script
from gifts.bodies import Body
from gifts.combos import Combo, begun, who_of
from gifts.ledger import Gift
from gifts.scoring import Contributor
from gifts.store import (
    BATTLE_BEST,
    BATTLE_COUNTED,
    BATTLE_FENCE,
    BATTLE_MEMBERS,
    BATTLE_NAMES,
    BATTLE_SCORES,
    BEST,
    COMBO_ROOMS,
    COMBOS_OF,
    KEEP_S,
    MARK,
    ROOM_COMBO_ENDS,
    ROOM_COMBO_OF,
    ROOM_COMBOS,
    ROOM_COUNTED,
    ROOM_FENCE,
    ROOM_STREAM,
    STREAM_LENGTH,
    Counted,
    Due,
    Shown,
    Standing,
    by_stamp,
    first_at_of,
    member_of,
)

_OLDER_RELAY, _NO_BOARD = 0, 1
_COMBOS_AT_ONCE = 1000  # that one script writes


class RedisBoard:
    def __init__(self, redis: Redis, combo_ms: int) -> None:
        self._redis = redis
        self._combo_ms = combo_ms
        lua = Path(__file__).parent / "lua"
        self._count_in_room = Script(redis, lua / "count_in_room.lua")
        self._due_combos = Script(redis, lua / "due_combos.lua")
        self._end_combos = Script(redis, lua / "end_combos.lua")
        self._restore_combos = Script(redis, lua / "restore_combos.lua")
        self._open_combos = Script(redis, lua / "open_combos.lua")
        self._mark_shown = Script(redis, lua / "mark_shown.lua")
        self._apply_gift = Script(redis, lua / "apply_gift.lua")
        self._rebuild_battle = Script(redis, lua / "rebuild_battle.lua")

    async def incarnation(self) -> str:
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.info("server")
            pipe.set(MARK, new_id(), nx=True)
            pipe.get(MARK)
            server, _, mark = await pipe.execute()
        return f"{server['run_id']} {_text(mark)}"

    async def count_in_room(self, fence: int, room: str, gifts: Sequence[Shown]) -> list[Counted]:
        keys = [ROOM_FENCE, ROOM_COUNTED, ROOM_COMBOS, ROOM_COMBO_OF, ROOM_COMBO_ENDS]
        # Before the room itself: whoever takes over looks there.
        last_ms = max(each.gift.accepted_at_ms for each in gifts)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(COMBO_ROOMS, {room: last_ms + self._combo_ms}, gt=True)
            pipe.expire(COMBO_ROOMS, KEEP_S)
            await pipe.execute()
        told = orjson.dumps([_told(each) for each in gifts])
        arguments: list[str | int | float | bytes] = [fence, KEEP_S, self._combo_ms, told]
        answer = await self._count_in_room([key.format(room=room) for key in keys], arguments)
        if answer[0] == _OLDER_RELAY:
            raise Fenced(f"room {room}: a later relay counts")
        members = zip(*[iter(answer[1:])] * 4, strict=True)
        return [Counted(count, _text(combo), bool(first), bool(shown)) for count, combo, first, shown in members]

    async def combo_rooms(self, incarnation: str, now_ms: int) -> list[str] | None:
        known = await self._redis.get(COMBOS_OF)
        if known is None or _text(known) != incarnation:
            return None
        await self._redis.zremrangebyscore(COMBO_ROOMS, "-inf", now_ms - KEEP_S * 1000)
        return await self._combo_rooms()

    async def _combo_rooms(self) -> list[str]:
        rooms: Any = await self._redis.zrange(COMBO_ROOMS, 0, -1)
        return [_text(room) for room in rooms]

    async def restore_combos(self, fence: int, incarnation: str, since_ms: int, combos: Sequence[Combo]) -> None:
        by_room: dict[str, list[Combo]] = {room: [] for room in await self._combo_rooms()}
        for combo in combos:
            by_room.setdefault(combo.room, []).append(combo)
        for room, some in by_room.items():
            await self._restore(fence, room, since_ms, some)
        await self._redis.set(COMBOS_OF, incarnation)

    async def _restore(self, fence: int, room: str, since_ms: int, combos: Sequence[Combo]) -> None:
        last_ms = max((combo.last_at_ms + self._combo_ms for combo in combos), default=0)
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(COMBO_ROOMS, {room: last_ms}, gt=True)
            pipe.expire(COMBO_ROOMS, KEEP_S)
            await pipe.execute()
        keys = [ROOM_FENCE, ROOM_COUNTED, ROOM_COMBOS, ROOM_COMBO_OF, ROOM_COMBO_ENDS]
        for first in range(0, max(1, len(combos)), _COMBOS_AT_ONCE):
            told = orjson.dumps([_restored(each, self._combo_ms) for each in combos[first : first + _COMBOS_AT_ONCE]])
            forget_ms = f"({since_ms}" if first == 0 else "+inf"
            arguments: list[str | int | float | bytes] = [fence, KEEP_S, forget_ms, told]
            if await self._restore_combos([key.format(room=room) for key in keys], arguments) == _OLDER_RELAY:
                raise Fenced(f"room {room}: a later relay counts")

    async def due_combos(self, fence: int, room: str, until_ms: int, most: int) -> Due:
        keys = [key.format(room=room) for key in (ROOM_FENCE, ROOM_COMBOS, ROOM_COMBO_ENDS)]
        answer = await self._due_combos(keys, [fence, KEEP_S, until_ms, most])
        if answer[0] == _OLDER_RELAY:
            raise Fenced(f"room {room}: a later relay tells")
        combos = tuple(_combos(answer[2:]))
        next_ms = int(float(answer[1]))
        return Due(combos, next_ms if next_ms >= 0 else None)

    async def end_combos(self, fence: int, room: str, combos: Sequence[Combo]) -> None:
        keys = [key.format(room=room) for key in (ROOM_FENCE, ROOM_COMBOS, ROOM_COMBO_ENDS, ROOM_COMBO_OF)]
        if await self._end_combos(keys, [fence, *(combo.id for combo in combos)]) == _OLDER_RELAY:
            raise Fenced(f"room {room}: a later relay tells")

    async def count_in_battle(self, fence: int, battle: str, gifts: Sequence[Gift]) -> dict[str, int] | None:
        sides = sorted({str(gift.side) for gift in gifts})
        keys = [BATTLE_FENCE.format(battle=battle), *_battle_keys(battle, sides)]
        told = [
            {
                "id": gift.id,
                "side": gift.side,
                "place": sides.index(str(gift.side)) + 1,
                "user": gift.sender,
                "name": gift.sender_name,
                "member": member_of(gift.sender, gift.accepted_at_ms),
                "score": str(gift.score),
            }
            for gift in gifts
        ]
        answer = await self._apply_gift(keys, [fence, KEEP_S, orjson.dumps(told)])
        if answer == _OLDER_RELAY:
            raise Fenced(f"battle {battle}: a later relay counts")
        if answer == _NO_BOARD:
            return None
        flat = iter(answer)
        return {side.decode(): int(score) for side, score in zip(flat, flat, strict=True)}

    async def rebuild(self, battle: str, standing: Standing, *, fence: int | None = None) -> None:
        sides = sorted(standing.scores)
        board = {
            "scores": [(side, str(score)) for side, score in standing.scores.items()],
            "contributors": [
                {
                    "side": each.side,
                    "place": sides.index(each.side) + 1,
                    "user": each.user,
                    "name": each.name,
                    "member": member_of(each.user, each.first_at_ms),
                    "score": str(each.score),
                }
                for each in standing.contributors
            ],
            "pending": list(standing.pending),
        }
        keys = [BATTLE_FENCE.format(battle=battle), *_battle_keys(battle, sides)]
        if await self._rebuild_battle(keys, [fence or 0, KEEP_S, orjson.dumps(board)]) == _OLDER_RELAY:
            raise Fenced(f"battle {battle}: a later relay counts")

    async def open_combos(self, room: str, most: int) -> list[Combo]:
        keys = [key.format(room=room) for key in (ROOM_COMBOS, ROOM_COMBO_ENDS)]
        return _combos(await self._open_combos(keys, [most]))

    async def mark_shown(self, fence: int, room: str, bodies: Sequence[Body]) -> None:
        keys = [key.format(room=room) for key in (ROOM_FENCE, ROOM_COUNTED, ROOM_STREAM)]
        told = [each for body in bodies for each in (str(body["id"]), orjson.dumps(body))]
        if await self._mark_shown(keys, [fence, KEEP_S, STREAM_LENGTH, *told]) == _OLDER_RELAY:
            raise Fenced(f"room {room}: a later relay shows")

    async def shown(self, room: str, most: int) -> list[Body]:
        entries: Any = await self._redis.xrevrange(ROOM_STREAM.format(room=room), count=most)
        return by_stamp(orjson.loads(fields[b"body"]) for _, fields in entries)

    async def forget(self, gifts: Sequence[Gift]) -> None:
        async with self._redis.pipeline(transaction=False) as pipe:
            for gift in gifts:
                pipe.hdel(ROOM_COUNTED.format(room=gift.room), gift.id)
                if gift.battle is not None:
                    pipe.srem(BATTLE_COUNTED.format(battle=gift.battle), gift.id)
            await pipe.execute()

    async def scores(self, battle: str) -> dict[str, int] | None:
        found = await self._redis.hgetall(BATTLE_SCORES.format(battle=battle))
        return {_text(side): int(score) for side, score in found.items()} if found else None

    async def contributors(self, battle: str) -> tuple[Contributor, ...] | None:
        scores = await self.scores(battle)
        if scores is None:
            return None
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(BATTLE_NAMES.format(battle=battle))
            for side in sorted(scores):
                pipe.zrevrange(BATTLE_BEST.format(battle=battle, side=side), 0, BEST - 1, withscores=True)
            names, *best = await pipe.execute()
        found = []
        for side, ranked in zip(sorted(scores), best, strict=True):
            for member, score in ranked:
                user, first_at_ms = first_at_of(member.decode())
                name = names.get(user.encode(), b"").decode()
                found.append(Contributor(user, name, side, int(score), first_at_ms))
        return tuple(found)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _told(shown: Shown) -> dict[str, object]:
    """A gift as count_in_room.lua wants it. ``start`` is what of its combo does not change."""
    gift = shown.gift
    return {
        "id": gift.id,
        "who": who_of(gift),
        "at": gift.accepted_at_ms,
        "count": gift.count,
        "coins": str(gift.coins),
        "win": str(gift.win),
        "start": orjson.dumps(begun(gift, shown.rooms)).decode(),
        "rooms": orjson.dumps(shown.rooms).decode(),
    }


def _restored(combo: Combo, combo_ms: int) -> dict[str, object]:
    """A combo as restore_combos.lua wants it: what count_in_room.lua has written of it."""
    return {
        "id": combo.id,
        "who": combo.who,
        "end": str(combo.last_at_ms + combo_ms),
        "members": {
            "start": orjson.dumps(combo).decode(),
            "rooms": orjson.dumps(combo.rooms).decode(),
            "who": combo.who,
            "count": str(combo.count),
            "coins": str(combo.coins),
            "win": str(combo.win),
            "last": str(combo.last_at_ms),
        },
    }


def _combos(flat: Sequence[bytes]) -> list[Combo]:
    return [_combo(*members) for members in zip(*[iter(flat)] * 7, strict=True)]


def _combo(name: bytes, start: bytes, rooms: bytes, count: bytes, coins: bytes, win: bytes, last: bytes) -> Combo:
    members = orjson.loads(start) | {"rooms": tuple(orjson.loads(rooms)), "count": int(count), "coins": int(coins)}
    return Combo(**members | {"id": name.decode(), "win": int(win), "last_at_ms": int(last)})


def _battle_keys(battle: str, sides: Sequence[str]) -> list[str]:
    shared = [BATTLE_SCORES, BATTLE_COUNTED, BATTLE_MEMBERS, BATTLE_NAMES]
    return [key.format(battle=battle) for key in shared] + [
        BATTLE_BEST.format(battle=battle, side=side) for side in sides
    ]
