"""Chat and likes over real sockets and a real Valkey."""

from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import blake2s
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone

from foundation.feed import FeedMessage
from moderation.gate import Scope
from streaming.chat.limits import ChatLimits
from streaming.chat.rules import ChatRules
from streaming.chat.say import SayInChat
from streaming.chat.store import Hearing
from streaming.chat.store_redis import RedisTalk
from streaming.errors import TooFast
from streaming.feed.rules import FeedRules
from streaming.feed_port import CALLER_ADDRESS
from tests.streaming.feed.house import CHAT_KEY, House

RULES = FeedRules(tick_ms=20, commands_burst=1000)


@pytest.fixture
async def house(redis: Redis) -> AsyncIterator[House]:
    async with House(redis, RULES).open() as opened:
        yield opened


async def test_a_late_joiner_reads_the_last_chat(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob:
        for number in range(55):
            assert (await bob.ask("chat.say", text=f"{number}"))["ok"]
    async with house.visitor(room.room) as late:
        assert [said["text"] for said in late.snapshot["chat"]] == [str(number) for number in range(5, 55)]


async def test_in_a_flood_everybody_reads_his_own_lines_though_nobody_else_does(redis: Redis) -> None:
    async with House(redis, FeedRules(tick_ms=20, commands_burst=1000, samples_per_tick=0)).open() as house:
        room = await house.room()
        for name in ("Bob", "Ruby"):
            house.tokens.add(name)
        async with house.visitor(room.room, "Bob") as bob, house.visitor(room.room, "Ruby") as ruby:
            await bob.say("chat.say", text="bob's")
            assert (await bob.next("chat.said"))["text"] == "bob's"
            await ruby.say("chat.say", text="ruby's")
            assert (await ruby.next("chat.said"))["text"] == "ruby's"


async def test_likes_are_summed_and_none_is_lost(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob, house.visitor(room.room) as guest:
        for _ in range(30):
            assert (await bob.ask("like", count=2))["ok"]
        counted, total = 0, 0
        while counted < 60:
            likes = await guest.next("likes.summed")
            counted, total = counted + likes["count"], likes["total"]
        assert (counted, total) == (60, 60)
        frames = [text for text in guest.raw if '"likes.summed"' in text]
        assert len(frames) < 30
    async with house.visitor(room.room) as late:
        assert late.snapshot["likes"] == 60


async def test_strangers_and_muted_people_say_nothing(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.gate.sanctions.add((bob.user_id, Scope.CHAT))
    async with house.visitor(room.room) as guest, house.visitor(room.room, "Bob") as muted:
        assert (await guest.ask("chat.say", text="hi"))["code"] == "unauthorised"
        refused = await muted.ask("chat.say", text="hi")
        assert (refused["code"], refused["reason"]) == ("sanctioned", "spam")
        assert await house.talk.last(room.room) == []


async def test_who_talks_too_fast_is_told_so_on_all_his_sockets(redis: Redis) -> None:
    async with House(redis, RULES, chat=ChatLimits(burst=3, per_s=0.001)).open() as house:
        room = await house.room()
        house.tokens.add("Bob")
        async with house.visitor(room.room, "Bob") as one, house.visitor(room.room, "Bob") as two:
            assert [(await one.ask("chat.say", text="x")).get("ok") for _ in range(2)] == [True, True]
            assert (await two.ask("chat.say", text="x"))["ok"]
            refused = await two.ask("chat.say", text="x")
            assert (refused["code"], refused["retry_after_s"]) == ("too-fast", 1_000)


async def test_a_muted_user_is_silent_at_once_on_all_processes_and_what_he_said_is_gone(
    redis: Redis, house: House
) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with House(redis, RULES, beside=house).open() as other:
        async with house.visitor(room.room, "Ann") as ann, other.visitor(room.room, "Bob") as sinner:
            assert (await sinner.ask("chat.say", text="bad"))["ok"]
            assert (await ann.ask("chat.mute", user=bob.user_id, for_s=60))["ok"]
            told = await sinner.next("chat.muted")
            refused = await sinner.ask("chat.say", text="worse")
            assert (refused["code"], refused["status"]) == ("muted-here", 403)
            assert told == {"user": bob.user_id, "until_ms": refused["until_ms"], "by": room.host_user}
            async with other.visitor(room.room) as late:
                assert late.snapshot["chat"] == []
            await redis.flushall()
            assert (await sinner.ask("chat.say", text="worse"))["code"] == "muted-here"
    async with House(redis, RULES, beside=house).open() as restarted:
        async with restarted.visitor(room.room, "Bob") as sinner:
            assert (await sinner.ask("chat.say", text="worse"))["code"] == "muted-here"
            await restarted.order.unmute(house.tokens.people["Ann"], room.room, bob.user_id)
            assert await sinner.next("chat.unmuted") == {"user": bob.user_id, "by": room.host_user}
            assert (await sinner.ask("chat.say", text="sorry"))["ok"]


async def test_a_deleted_message_is_gone_for_everybody_and_for_who_comes(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.tokens.add("Cid")
    async with (
        house.visitor(room.room, "Ann") as ann,
        house.visitor(room.room, "Bob") as keeper,
        house.visitor(room.room, "Cid") as cid,
    ):
        message = (await cid.ask("chat.say", text="bad"))["message"]
        answer = (await ann.ask("chat.say", text="no", reply_to=message))["message"]
        assert (await keeper.ask("chat.delete", message=message))["code"] == "not-a-room-moderator"
        await house.order.name(house.tokens.people["Ann"], room.room, bob.user_id)
        assert (await keeper.next("chat.rules"))["moderators"] == [{"user": bob.user_id, "name": "Bob"}]
        assert (await keeper.ask("chat.delete", message=answer))["code"] == "out-of-reach"
        assert (await keeper.ask("chat.delete", message=message))["ok"]
        assert await cid.next("chat.deleted") == {"ids": [message], "by": bob.user_id}
        assert (await keeper.ask("chat.delete", message=message))["code"] == "message-unknown"
        assert (await ann.ask("chat.say", text="no", reply_to=message))["code"] == "message-unknown"
    assert [said["text"] for _, said in house.orders.noted] == ["bad"]
    async with house.visitor(room.room) as late:
        assert [(said["text"], said["reply"]["text"]) for said in late.snapshot["chat"]] == [("no", "")]


@pytest.mark.parametrize("deed", ["chat.muted", "chat.deleted"])
async def test_a_line_that_is_taken_back_as_it_is_said_is_heard_before_that_and_not_after(
    house: House, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await house.room()
    bob, host = house.tokens.add("Bob"), house.tokens.people["Ann"]

    async def overtaken(*said: Any, **how: Any) -> Hearing:
        """The host is there before the speaker's process goes on."""
        hearing = await RedisTalk.say(house.talk, *said, **how)
        if deed == "chat.muted":
            await house.order.mute(host, room.room, bob.user_id, 60)
        else:
            await house.order.delete(host, room.room, said[1].id)
        return hearing

    monkeypatch.setattr(house.talk, "say", overtaken)
    async with house.visitor(room.room, "Bob") as sinner, house.visitor(room.room) as ear:
        assert (await sinner.ask("chat.say", text="bad"))["ok"]
        await house.wire.post(FeedMessage(room.room, "end", {}))
        await ear.next("end")
    types = [str(orjson.loads(text)["t"]) for text in ear.raw]
    heard = [type_ for type_ in types if type_ in ("chat.said", deed)]
    assert heard == ["chat.said", deed]


@pytest.mark.parametrize("deed", ["chat.muted", "chat.deleted"])
async def test_what_is_taken_back_is_told_however_soon_redis_goes(
    house: House, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deed that had taken the line out but told nobody could not be done again: there would be no such line."""
    room = await house.room()
    bob, host = house.tokens.add("Bob"), house.tokens.people["Ann"]

    async def gone(*messages: FeedMessage) -> None:
        raise RedisGone("just now")

    async with house.visitor(room.room, "Bob") as sinner, house.visitor(room.room) as ear:
        message = (await sinner.ask("chat.say", text="bad"))["message"]
        monkeypatch.setattr(house.wire, "post", gone)
        with suppress(RedisGone):
            if deed == "chat.muted":
                await house.order.mute(host, room.room, bob.user_id, 60)
            else:
                await house.order.delete(host, room.room, message)
        await ear.next(deed)


async def test_an_answer_to_a_line_that_is_taken_back_meanwhile_is_not_said(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob, house.visitor(room.room) as ear:
        message = (await bob.ask("chat.say", text="bad"))["message"]

        async def late(*said: Any, **how: Any) -> Hearing:
            await house.order.delete(house.tokens.people["Ann"], room.room, message)
            return await RedisTalk.say(house.talk, *said, **how)

        monkeypatch.setattr(house.talk, "say", late)
        assert (await bob.ask("chat.say", text="so", reply_to=message))["code"] == "message-unknown"
        await house.wire.post(FeedMessage(room.room, "end", {}))
        await ear.next("end")
    assert [said["id"] for said in ear.heard("chat.said")] == [message]


async def test_the_host_mutes_a_moderator_too(house: House) -> None:
    room = await house.room()
    bob, host = house.tokens.add("Bob"), house.tokens.people["Ann"]
    await house.order.name(host, room.room, bob.user_id)
    async with house.visitor(room.room, "Bob") as keeper:
        await house.order.mute(host, room.room, bob.user_id, 60)
        assert (await keeper.ask("chat.say", text="but"))["code"] == "muted-here"


async def test_one_takes_back_what_one_has_said(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob:
        message = (await bob.ask("chat.say", text="oops"))["message"]
        assert (await bob.ask("chat.delete", message=message))["ok"]
        assert await house.talk.last(room.room) == []


async def test_answers_and_mentions_name_whom_they_mean(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with (
        house.visitor(room.room, "Ann") as ann,
        house.visitor(room.room, "Bob") as guest,
        house.visitor(room.room) as ear,
    ):
        message = (await guest.ask("chat.say", text="y" * 100))["message"]
        assert (await ann.ask("chat.say", text="thanks", reply_to=message, mentions=[bob.user_id]))["ok"]
        first, second = await ear.next("chat.said"), await ear.next("chat.said")
        assert (first["rank"], first["reply"], first["mentions"]) == (None, None, [])
        assert (second["rank"], second["mentions"]) == ("host", [bob.user_id])
        assert second["reply"] == {"id": message, "user": bob.user_id, "name": "Bob", "text": "y" * 60}
        assert (await ann.ask("chat.say", text="x", mentions="Bob"))["code"] == "malformed"
        assert (await ann.ask("chat.say", text="x", reply_to=7))["code"] == "malformed"


async def test_the_rules_of_a_room_bind_its_viewers_and_not_those_who_keep_it(redis: Redis, house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    host = house.tokens.people["Ann"]
    async with House(redis, RULES, beside=house).open() as other:
        async with house.visitor(room.room, "Ann") as ann, other.visitor(room.room, "Bob") as guest:
            assert guest.snapshot["chat_rules"]["slow_s"] == 0
            await house.order.rule(host, room.room, ChatRules(slow_s=60, followers_only=True, links=False))
            assert (await guest.next("chat.rules"))["followers_only"]
            assert (await guest.ask("chat.say", text="hi"))["code"] == "followers-only"
            house.followed.add((bob.user_id, room.host_user))
            assert (await guest.ask("chat.say", text="see example.com"))["code"] == "links-not-allowed"
            assert (await guest.ask("chat.say", text="hi"))["ok"]
            async with house.visitor(room.room, "Bob") as second:
                refused = await second.ask("chat.say", text="hi")
                assert (refused["code"], refused["retry_after_s"] in (59, 60)) == ("chat-slow", True)
            for _ in range(2):
                assert (await ann.ask("chat.say", text="see example.com"))["ok"]


async def test_behind_one_address_everybody_shares_what_may_be_said(redis: Redis) -> None:
    limits = ChatLimits(address_per_s=0.001, address_burst=2)
    async with House(redis, RULES, chat=limits).open() as house:
        room = await house.room()
        for name in ("Bob", "Cid", "Dan"):
            house.tokens.add(name)
        answers = []
        for name in ("Bob", "Cid", "Dan"):
            async with house.visitor(room.room, name) as visitor:
                answers.append((await visitor.ask("chat.say", text="x")).get("code"))
        assert answers == [None, None, "too-fast"]
        guess = blake2s(b"127.0.0.1", digest_size=8).hexdigest().encode()  # there are few enough addresses to try all
        assert not [key for key in await redis.keys() if b"127.0.0.1" in key or guess in key]


async def test_a_household_of_ipv6_is_one_address(house: House) -> None:
    room = await house.room()
    limits = ChatLimits(address_per_s=0.001, address_burst=2)
    say = SayInChat(house.talk, house.wire, house.gate, house.order, house, house.clock, limits, CHAT_KEY)
    for name, address in (("Bob", "2001:db8::1"), ("Cid", "2001:db8::2")):
        CALLER_ADDRESS.set(address)
        await say.handle(house.tokens.add(name), room.room, {"text": "x"})
    CALLER_ADDRESS.set("2001:db8::3")
    with pytest.raises(TooFast):
        await say.handle(house.tokens.add("Dan"), room.room, {"text": "x"})
    CALLER_ADDRESS.set("2001:db8:0:1::3")
    await say.handle(house.tokens.add("Eve"), room.room, {"text": "x"})


async def test_in_a_flood_only_its_speaker_hears_what_the_room_cannot(redis: Redis) -> None:
    limits = ChatLimits(room_per_s=0.001, room_burst=1)
    async with House(redis, RULES, chat=limits).open() as house:
        room = await house.room()
        house.tokens.add("Bob")
        async with (
            house.visitor(room.room, "Bob") as bob,
            house.visitor(room.room, "Bob") as ear,
            house.visitor(room.room) as guest,
        ):
            for text in ("one", "two"):
                assert (await bob.ask("chat.say", text=text))["ok"]
            assert [(await ear.next("chat.said"))["text"] for _ in range(2)] == ["one", "two"]
            assert (await bob.ask("like"))["ok"]
            await guest.next("likes.summed")
        assert [text for text in guest.raw if "two" in text] == []


async def test_orders_that_are_none_are_refused(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with house.visitor(room.room, "Ann") as ann, house.visitor(room.room, "Bob") as guest:
        assert (await guest.ask("chat.mute", user=room.host_user, for_s=1))["code"] == "not-a-room-moderator"
        assert (await ann.ask("chat.mute", user=room.host_user, for_s=1))["code"] == "out-of-reach"
        assert (await ann.ask("chat.mute", user="nobody", for_s=1))["code"] == "unknown-user"
        for for_s in (0, -1, True, 1.5, "1", None, 7 * 24 * 3600 + 1):
            assert (await ann.ask("chat.mute", user=bob.user_id, for_s=for_s))["code"] == "malformed"
        assert (await ann.ask("chat.mute", for_s=1))["code"] == "malformed"
        assert (await ann.ask("chat.delete"))["code"] == "malformed"
