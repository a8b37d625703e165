"""The contract of chat, likes, buckets and the copy of a chat's order, held by the memory twins and by Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from foundation.feed import Delivery, FeedMessage
from foundation.ids import new_id
from streaming.chat.limits import SHOWN, ChatLimits
from streaming.chat.message import Said
from streaming.chat.order import Keeper, Mute, Order, OrderCopies, Standing
from streaming.chat.rules import ChatRules
from streaming.chat.store import Heard, Hearing, Talk, Tally
from streaming.chat.store_memory import MemoryOrderCopies, MemoryTalk
from streaming.chat.store_redis import RedisOrderCopies, RedisTalk
from streaming.feed.store import Posted, Wire
from streaming.feed.store_memory import MemoryWire
from streaming.feed.store_redis import RedisWire
from tests.streaming.chat.lines import said
from tests.streaming.scene import NOW

TOLD = FeedMessage("a", "chat.deleted", {})
WIDE = ChatLimits(burst=1000, address_burst=1000, room_burst=1000)


@dataclass(frozen=True)
class Stores:
    talk: Talk
    copies: OrderCopies
    wire: Wire

    async def say(self, line: Said, limits: ChatLimits = WIDE, address: str = "", free: bool = False) -> Hearing:
        return await self.talk.say("a", line, address, limits, free=free)

    async def texts(self) -> list[object]:
        return [line["text"] for line in await self.talk.last("a")]

    async def told(self) -> list[Posted]:
        """What the room is told from now on, until its end."""
        found: list[Posted] = []
        reading: Any = self.wire.posted()
        async with aclosing(reading) as posted, asyncio.timeout(5):
            async for each in posted:
                if each.type == "end":
                    break
                found.append(each)
        return found


@pytest.fixture(params=["memory", "redis"])
async def stores(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[Stores]:
    if request.param == "memory":
        copies, wire = MemoryOrderCopies(), MemoryWire()
        yield Stores(MemoryTalk(copies, wire), copies, wire)
        return
    redis_wire = RedisWire(redis)
    yield Stores(RedisTalk(redis), RedisOrderCopies(redis), redis_wire)
    await redis_wire.close()


@pytest.fixture
async def open_room(stores: Stores) -> Stores:
    await stores.copies.put("a", Order("host"))
    return stores


async def test_nothing_is_said_where_the_order_is_not_known(stores: Stores) -> None:
    assert (await stores.say(said())).heard is Heard.UNKNOWN
    assert await stores.texts() == []


async def test_chat_is_kept_to_its_last_messages_oldest_first(open_room: Stores) -> None:
    for number in range(5):
        await open_room.say(said(f"{number}"), replace(WIDE, remembered=3))
    assert await open_room.texts() == ["2", "3", "4"]
    assert await open_room.talk.last("b") == []
    assert [line["text"] for line in await open_room.talk.last("a", 1)] == ["4"]


async def test_what_is_kept_is_told_to_the_room_in_the_same_act_and_nothing_else(open_room: Stores) -> None:
    mute = Mute("bob", "Bob", NOW + 5_000, "host", NOW)
    await open_room.copies.put("a", Order("host", mutes={"bob": mute}, version=1))
    telling = asyncio.create_task(open_room.told())
    await asyncio.sleep(0)
    await open_room.wire.listen("a")
    line = replace(said("hear me"), mentions=(new_id(),))
    assert (await open_room.say(line, replace(WIDE, room_burst=1))).heard is Heard.ROOM
    assert (await open_room.say(said(), replace(WIDE, room_burst=1))).heard is Heard.ALONE
    assert (await open_room.say(said(user="bob"))).heard is Heard.MUTED
    await open_room.wire.post(FeedMessage("a", "end", {}))
    [heard] = await telling
    assert (heard.type, heard.delivery, heard.users, heard.dear) == ("chat.said", Delivery.SAMPLE, (), line.dear)
    assert orjson.loads(heard.body) == line.body()


async def test_a_newcomer_is_shown_fifty(open_room: Stores) -> None:
    for number in range(SHOWN + 5):
        await open_room.say(said(f"{number}"))
    assert await open_room.texts() == [str(number) for number in range(5, SHOWN + 5)]


async def test_what_is_kept_is_the_message_whole(open_room: Stores) -> None:
    first = said("one\u2028two 世界")
    answer = replace(said("yes", reply=first.quote()), rank="host", mentions=(new_id(),))
    for line in (first, answer):
        await open_room.say(line)
    assert [Said.of(body) for body in await open_room.talk.last("a")] == [first, answer]


async def test_a_muted_user_is_not_heard_until_his_time_is_over(open_room: Stores) -> None:
    mute = Mute("bob", "Bob", NOW + 5_000, "host", NOW)
    await open_room.copies.put("a", Order("host", mutes={"bob": mute}, version=1))
    assert await open_room.say(said(user="bob")) == Hearing(Heard.MUTED, NOW + 5_000)
    assert (await open_room.say(said(user="bob"), free=True)).heard is Heard.MUTED
    assert (await open_room.say(said(user="ann"))).heard is Heard.ROOM
    assert (await open_room.say(said(user="bob", at_ms=NOW + 5_000))).heard is Heard.ROOM


async def test_slow_mode_says_how_long_to_wait(open_room: Stores) -> None:
    await open_room.copies.put("a", Order("host", ChatRules(slow_s=10), version=1))
    assert (await open_room.say(said(user="bob"))).heard is Heard.ROOM
    assert await open_room.say(said(user="bob", at_ms=NOW + 9_999)) == Hearing(Heard.SLOW, 1)
    assert (await open_room.say(said(user="bob", at_ms=NOW + 9_999), free=True)).heard is Heard.ROOM
    assert (await open_room.say(said(user="ann"))).heard is Heard.ROOM
    assert (await open_room.say(said(user="bob", at_ms=NOW + 10_000))).heard is Heard.ROOM


async def test_a_user_says_his_burst_then_one_each_interval(open_room: Stores) -> None:
    limits = ChatLimits(per_s=0.5, burst=2)
    heard = [await open_room.say(said(user="bob"), limits) for _ in range(3)]
    assert heard == [Hearing(Heard.ROOM), Hearing(Heard.ROOM), Hearing(Heard.FAST, 2_000)]
    assert await open_room.say(said(user="bob", at_ms=NOW + 500), limits) == Hearing(Heard.FAST, 1_500)
    assert (await open_room.say(said(user="bob", at_ms=NOW + 2_000), limits)).heard is Heard.ROOM


async def test_behind_one_address_everybody_shares_a_bucket(open_room: Stores) -> None:
    limits = ChatLimits(address_per_s=1, address_burst=2)
    assert [(await open_room.say(said(), limits, "home")).heard for _ in range(3)] == ["room", "room", "fast"]
    assert (await open_room.say(said(), limits, "elsewhere")).heard is Heard.ROOM
    assert [(await open_room.say(said(), limits)).heard for _ in range(3)] == ["room"] * 3  # from nobody knows where


async def test_who_is_refused_by_one_bucket_has_paid_at_none(open_room: Stores) -> None:
    limits = ChatLimits(per_s=1, burst=1, address_per_s=0.001, address_burst=2)
    assert (await open_room.say(said(user="bob"), limits, "home")).heard is Heard.ROOM
    assert [(await open_room.say(said(user="bob"), limits, "home")).heard for _ in range(3)] == ["fast"] * 3
    assert (await open_room.say(said(user="ann"), limits, "home")).heard is Heard.ROOM


async def test_who_is_too_fast_is_not_slowed_down_too(open_room: Stores) -> None:
    await open_room.copies.put("a", Order("host", ChatRules(slow_s=3), version=1))
    limits = ChatLimits(per_s=0.1, burst=1)
    assert (await open_room.say(said(user="bob"), limits)).heard is Heard.ROOM
    assert await open_room.say(said(user="bob", at_ms=NOW + 4_000), limits) == Hearing(Heard.FAST, 6_000)
    assert (await open_room.say(said(user="bob", at_ms=NOW + 10_000), limits)).heard is Heard.ROOM


async def test_in_a_flood_a_message_is_heard_by_its_speaker_alone_and_not_kept(open_room: Stores) -> None:
    limits = ChatLimits(room_per_s=1, room_burst=2)
    assert [(await open_room.say(said(), limits)).heard for _ in range(3)] == ["room", "room", "alone"]
    assert len(await open_room.texts()) == 2
    assert (await open_room.say(said(at_ms=NOW + 1_000), limits)).heard is Heard.ROOM


async def test_who_keeps_the_room_is_heard_in_a_flood_and_takes_nobody_elses_place(open_room: Stores) -> None:
    limits = ChatLimits(room_per_s=1, room_burst=1)
    assert (await open_room.say(said("host"), limits, free=True)).heard is Heard.ROOM
    assert [(await open_room.say(said(), limits)).heard for _ in range(2)] == ["room", "alone"]
    assert (await open_room.say(said("quiet, please"), limits, free=True)).heard is Heard.ROOM
    assert await open_room.texts() == ["host", "x", "quiet, please"]


async def test_one_message_is_found_as_long_as_it_is_kept(open_room: Stores) -> None:
    first, second = said("one"), said("two 世界")
    for line in (first, second):
        await open_room.say(line, replace(WIDE, remembered=2))
    assert await open_room.talk.find("a", second.id) == second.body()
    assert await open_room.talk.find("b", second.id) is None
    await open_room.say(said("three"), replace(WIDE, remembered=2))
    assert await open_room.talk.find("a", first.id) is None


async def test_a_message_that_is_taken_back_is_gone_and_nowhere_quoted(open_room: Stores) -> None:
    bad = said("bad words")
    answer, other = said("so what", reply=bad.quote()), said("fine")
    for line in (bad, answer, other):
        await open_room.say(line)
    assert await open_room.talk.unsay("a", TOLD, message=bad.id) == [bad.id]
    assert await open_room.talk.unsay("a", TOLD, message=bad.id) == []
    assert [Said.of(body) for body in await open_room.talk.last("a")] == [answer.without_quoted_text(), other]


async def test_nothing_answers_what_was_taken_back_meanwhile(open_room: Stores) -> None:
    bad, limits = said("bad words"), ChatLimits(burst=1)
    await open_room.say(bad)
    await open_room.talk.unsay("a", TOLD, message=bad.id)
    assert await open_room.say(said("so what", user="bob", reply=bad.quote()), limits) == Hearing(Heard.GONE)
    assert await open_room.texts() == []
    assert (await open_room.say(said("well", user="bob"), limits)).heard is Heard.ROOM, "it has cost nothing"


async def test_the_room_is_told_in_the_act_that_takes_something_back(open_room: Stores) -> None:
    telling = asyncio.create_task(open_room.told())
    await asyncio.sleep(0)
    await open_room.wire.listen("a")
    bad = said("bad words")
    await open_room.say(bad)
    await open_room.talk.unsay("a", FeedMessage("a", "chat.deleted", {"ids": [bad.id]}), message=bad.id)
    await open_room.wire.post(FeedMessage("a", "end", {}))
    first, second = await telling
    assert (first.type, second.type, second.delivery) == ("chat.said", "chat.deleted", Delivery.MUST)
    assert orjson.loads(second.body) == {"ids": [bad.id]}
    assert [each.type for each in (await open_room.wire.history("a")).posted] == ["chat.deleted", "end"]


async def test_all_that_a_user_has_said_is_taken_back(open_room: Stores) -> None:
    first, second = said("one", user="bob"), said("two", user="bob")
    answer = said("three", user="ann", reply=second.quote())
    for line in (first, second, answer):
        await open_room.say(line)
    assert await open_room.talk.unsay("a", TOLD, user="bob") == [first.id, second.id]
    assert [Said.of(body) for body in await open_room.talk.last("a")] == [answer.without_quoted_text()]


async def test_a_copy_says_how_somebody_stands(stores: Stores) -> None:
    assert await stores.copies.standing("a", "bob") is None
    assert await stores.copies.shown("a") is None
    rules = ChatRules(slow_s=5, followers_only=True, links=False)
    mute = Mute("cid", "Cid", NOW + 1, "host", NOW)
    order = Order("host", rules, (Keeper("bob", "Bob"),), {"cid": mute}, 3)
    await stores.copies.put("a", order)
    assert await stores.copies.standing("a", "bob") == Standing("host", rules, True, 0)
    assert await stores.copies.standing("a", "cid") == Standing("host", rules, False, NOW + 1)
    assert await stores.copies.shown("a") == order.shown()


async def test_an_earlier_copy_never_replaces_a_later_one(stores: Stores) -> None:
    later = Order("host", ChatRules(slow_s=5), (Keeper("bob", "Bob"),), version=10)
    await stores.copies.put("a", later)
    await stores.copies.put("a", Order("host", version=9))
    assert await stores.copies.standing("a", "bob") == Standing("host", later.rules, True, 0)
    await stores.copies.put("a", Order("host", version=11))
    assert await stores.copies.standing("a", "bob") == Standing("host", ChatRules(), False, 0)


async def test_likes_add_up_until_a_broadcast_begins(stores: Stores) -> None:
    talk = stores.talk
    assert await talk.like("a", 3) == 3
    assert await talk.like("a", 4) == 7
    assert await talk.likes("a") == 7
    await talk.begin("a")
    assert await talk.likes("a") == 0


async def test_what_the_room_was_told_is_counted_until_a_broadcast_begins(stores: Stores) -> None:
    await stores.copies.put("a", Order("host"))
    narrow = replace(WIDE, room_burst=2)
    heard = [(await stores.say(said(user="ann"), narrow)).heard for _ in range(3)]
    assert heard == [Heard.ROOM, Heard.ROOM, Heard.ALONE]
    await stores.talk.unsay("a", TOLD, user="ann")
    await stores.talk.like("a", 5)
    assert await stores.talk.tally("a") == Tally(messages=2, likes=5)
    await stores.talk.begin("a")
    assert await stores.talk.tally("a") == Tally()


async def test_a_bucket_gives_its_burst_then_one_each_interval(stores: Stores) -> None:
    async def take(at_ms: int) -> bool:
        return await stores.talk.take_token("a", "chat:u", 0.5, 3, NOW + at_ms)

    assert [await take(0) for _ in range(4)] == [True, True, True, False]
    assert not await take(1_999)
    assert await take(2_000)
    assert not await take(2_000)
    assert [await take(60_000) for _ in range(4)] == [True, True, True, False]


async def test_buckets_of_different_people_and_rooms_are_apart(stores: Stores) -> None:
    talk = stores.talk
    assert await talk.take_token("a", "chat:u", 1, 1, NOW)
    assert not await talk.take_token("a", "chat:u", 1, 1, NOW)
    assert await talk.take_token("a", "chat:v", 1, 1, NOW)
    assert await talk.take_token("b", "chat:u", 1, 1, NOW)
