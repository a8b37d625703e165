"""What only Redis can show: keys expire, nothing grows without bound, a lost numbering begins anew."""

from functools import partial
from typing import Any

from redis.asyncio import Redis

from foundation.feed import FeedMessage
from streaming.audience.store import Beat, Here
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.limits import ChatLimits
from streaming.chat.order import Order
from streaming.chat.rules import ChatRules
from streaming.chat.store import KEPT_KEY, Heard
from streaming.chat.store_redis import RedisOrderCopies, RedisTalk
from streaming.feed.store import SAMPLES_KEY
from streaming.feed.store_redis import RedisWire
from streaming.store import BROADCAST_KEY
from streaming.store_redis import RedisBroadcasts, RedisStages
from tests.streaming.chat.lines import said
from tests.streaming.scene import NOW, card, live


async def test_everything_but_a_living_broadcast_expires_by_itself(redis: Redis) -> None:
    record = live(card())
    room = record.card.room
    broadcasts, talk, wire = RedisBroadcasts(redis), RedisTalk(redis), RedisWire(redis)
    await broadcasts.save(record, 1)
    await broadcasts.remove(record, 1)
    await broadcasts.pin_home(room, "media-1")
    await RedisStages(redis).join(room, "battle")
    await RedisAudiences(redis).begin(room, "broadcast")
    await RedisAudiences(redis).beat(room, Beat("process", Here(1), NOW, ("ann",)))
    slow = Order(record.card.host_user, ChatRules(slow_s=60), version=1)
    await RedisOrderCopies(redis).put(room, slow)
    assert (await talk.say(room, said(), "address", ChatLimits(), free=False)).heard is Heard.ROOM
    await talk.like(room, 1)
    await talk.take_token(room, "chat:u", 1, 5, NOW)
    await wire.post(FeedMessage(room, "x", {}))
    for key in await redis.keys():
        assert await redis.ttl(key) > 0, key


async def test_a_living_broadcast_does_not_expire_even_after_one_that_ended(redis: Redis) -> None:
    record = live(card())
    broadcasts = RedisBroadcasts(redis)
    await broadcasts.save(record, 1)
    await broadcasts.remove(record, 1)
    await broadcasts.save(live(record.card, session="s2"), 2)
    assert await redis.ttl(BROADCAST_KEY.format(room=record.card.room)) == -1


async def test_what_was_taken_back_stands_nowhere_any_more(redis: Redis) -> None:
    talk, wire = RedisTalk(redis), RedisWire(redis)
    await RedisOrderCopies(redis).put("a", Order("host"))
    await talk.say("a", early := said("fine"), "", ChatLimits(), free=False)
    for deed in ("message", "user"):
        bad = said("secret", user="bob")
        for line in (bad, said("so what", reply=bad.quote()), said("fine too")):
            await talk.say("a", line, "", ChatLimits(), free=False)
        assert await written(redis, b"secret") == [KEPT_KEY.format(room="a"), SAMPLES_KEY.format(room="a")]
        told = FeedMessage("a", "chat.deleted", {})
        await talk.unsay("a", told, **{deed: bad.id if deed == "message" else bad.user})
        assert await written(redis, b"secret") == []
    assert [line["text"] for line in await talk.last("a")] == ["fine", "so what", "fine too", "so what", "fine too"]
    assert len(await written(redis, early.id.encode())) == 2
    await wire.post(FeedMessage("a", "x", {}))
    assert (await wire.head("a")).offset == 10


async def written(redis: Redis, text: bytes) -> list[str]:
    """The strings, lists, streams and hashes that have it."""
    read: dict[bytes, Any] = {
        b"string": redis.get,
        b"list": partial(redis.lrange, start=0, end=-1),
        b"stream": redis.xrange,
        b"hash": redis.hgetall,
    }
    found = []
    keys: Any = await redis.keys()
    for key in sorted(keys):
        kind: Any = await redis.type(key)
        if text in repr(await read[kind](key)).encode():
            found.append(key.decode())
    return found
