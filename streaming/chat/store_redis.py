"""Chat, likes, buckets, and the copy of a chat's order in Redis."""

from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from foundation.feed import FeedMessage
from foundation.redis import Script
from streaming.chat.entry import body_of, encode
from streaming.chat.limits import COPY_S, SHOWN, ChatLimits
from streaming.chat.message import Said
from streaming.chat.order import Order, Standing
from streaming.chat.rules import ChatRules
from streaming.chat.store import (
    BUCKET_KEY,
    KEPT_KEY,
    LIKES_KEY,
    ORDER_KEY,
    SLOW_KEY,
    SPOKEN_KEY,
    Heard,
    Hearing,
    Tally,
)
from streaming.feed.store_redis import POST, post_arguments, post_keys
from streaming.rules import KEEP_S

_LUA = Path(__file__).parent / "lua"


class RedisTalk:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = Script(redis, _LUA / "take_token.lua")
        self._speak = Script(redis, POST, _LUA / "say.lua")
        self._find = Script(redis, _LUA / "find_kept.lua")
        self._unsay = Script(redis, POST, _LUA / "unsay.lua")

    async def say(self, room: str, said: Said, address: str, limits: ChatLimits, *, free: bool) -> Hearing:
        names = (f"chat:{said.user}", f"chat:from:{address}", "chat")
        keys = [ORDER_KEY.format(room=room), SLOW_KEY.format(room=room, user=said.user)]
        keys += [BUCKET_KEY.format(room=room, name=name) for name in names]
        address_burst = limits.address_burst if address else 0
        buckets = (
            limits.per_s,
            limits.burst,
            limits.address_per_s,
            address_burst,
            limits.room_per_s,
            0 if free else limits.room_burst,
        )
        answered = "" if said.reply is None else said.reply.id
        heard, wait_ms = await self._speak(
            [*keys, KEPT_KEY.format(room=room), *post_keys(room), SPOKEN_KEY.format(room=room)],
            [
                said.at_ms,
                said.user,
                int(free),
                answered,
                encode(said),
                limits.remembered,
                KEEP_S,
                *buckets,
                *post_arguments([said.told(room)]),
            ],
        )
        return Hearing(Heard(heard.decode()), int(wait_ms))

    async def last(self, room: str, most: int = SHOWN) -> list[dict[str, object]]:
        kept: Any = await self._redis.lrange(KEPT_KEY.format(room=room), -most, -1)
        return [body_of(entry) for entry in kept]

    async def find(self, room: str, message: str) -> dict[str, object] | None:
        entry = await self._find([KEPT_KEY.format(room=room)], [message])
        return None if entry is None else body_of(entry)

    async def unsay(self, room: str, told: FeedMessage, *, message: str = "", user: str = "") -> list[str]:
        keys = [KEPT_KEY.format(room=room), *post_keys(room)]
        gone = await self._unsay(keys, [message, user, KEEP_S, *post_arguments([told])])
        return [message_id.decode() for message_id in gone]

    async def like(self, room: str, count: int) -> int:
        key = LIKES_KEY.format(room=room)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.incrby(key, count)
            pipe.expire(key, KEEP_S)
            total, _ = await pipe.execute()
        return int(total)

    async def likes(self, room: str) -> int:
        return int(await self._redis.get(LIKES_KEY.format(room=room)) or 0)

    async def tally(self, room: str) -> Tally:
        kept: Any = await self._redis.mget(SPOKEN_KEY.format(room=room), LIKES_KEY.format(room=room))
        return Tally(*(int(each or 0) for each in kept))

    async def begin(self, room: str) -> None:
        await self._redis.delete(SPOKEN_KEY.format(room=room), LIKES_KEY.format(room=room))

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        key = BUCKET_KEY.format(room=room, name=name)
        return bool(await self._take([key], [now_ms, per_s, burst]))


class RedisOrderCopies:
    """Fields of a copy: version, host, slow_s, followers_only, links, shown (JSON), mod:USER, mute:USER (until, ms)."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._copy = Script(redis, _LUA / "copy_order.lua")

    async def put(self, room: str, order: Order) -> None:
        rules = order.rules
        fields: dict[str, str | int | float | bytes] = {
            "host": order.host,
            "slow_s": rules.slow_s,
            "followers_only": int(rules.followers_only),
            "links": int(rules.links),
            "shown": orjson.dumps(order.shown()),
            **{f"mod:{keeper.user}": 1 for keeper in order.moderators},
            **{f"mute:{mute.user}": mute.until_ms for mute in order.mutes.values()},
        }
        pairs = [each for pair in fields.items() for each in pair]
        await self._copy([ORDER_KEY.format(room=room)], [order.version, COPY_S, *pairs])

    async def standing(self, room: str, user: str) -> Standing | None:
        fields = ["host", "slow_s", "followers_only", "links", f"mod:{user}", f"mute:{user}"]
        kept: Any = await self._redis.hmget(ORDER_KEY.format(room=room), fields)
        host, slow_s, followers_only, links, named, until = kept
        if host is None:
            return None
        rules = ChatRules(int(slow_s), followers_only == b"1", links == b"1")
        return Standing(host.decode(), rules, named is not None, int(until or 0))

    async def shown(self, room: str) -> dict[str, object] | None:
        kept = await self._redis.hget(ORDER_KEY.format(room=room), "shown")
        return None if kept is None else orjson.loads(kept)
