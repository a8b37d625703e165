"""Chat and likes over real sockets and a real Valkey."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from moderation.gate import Scope
from streaming.chat.limits import ChatLimits
from streaming.feed.rules import FeedRules
from tests.streaming.feed.house import House

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
            assert (refused["code"], refused["retry_after_s"]) == ("too-fast", 1)
