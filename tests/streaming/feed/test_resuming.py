"""Who comes back to a room is told what he has missed: over real sockets and a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from redis.asyncio import Redis

from foundation.feed import Delivery, FeedMessage
from moderation.gate import Scope
from streaming.feed.connection import CloseCode
from streaming.feed.rules import FeedRules
from streaming.feed.store import History, Posted
from tests.streaming.feed.house import House, Visitor

RULES = FeedRules(tick_ms=20, commands_burst=1000)


@pytest.fixture
async def house(redis: Redis) -> AsyncIterator[House]:
    async with House(redis, RULES).open() as opened:
        yield opened


async def given(house: House, room: str, *numbers: int) -> None:
    await house.wire.post(*(FeedMessage(room, "gift.sent", {"n": number}) for number in numbers))


async def left(house: House, room: str, *gifts: int, token: str = "") -> str:
    """Up to where somebody has heard who was there while ``gifts`` were given, and has lost his connection."""
    async with house.visitor(room, token, version="2") as visitor:
        await given(house, room, *gifts)
        for _ in gifts:
            await visitor.message("gift.sent")
        return visitor.since


async def heard_by(house: House, visitor: Visitor) -> list[Any]:
    """The numbers of all gifts that ``visitor`` is told up to now, one that is given now at their end."""
    await given(house, house_room(visitor), 99)
    while visitor.heard("gift.sent")[-1:] != [{"n": 99}]:
        await visitor.message("gift.sent")
    return [gift["n"] for gift in visitor.heard("gift.sent")]


def house_room(visitor: Visitor) -> str:
    request = visitor.client.request
    assert request is not None
    return request.path.split("/")[4]


async def test_a_newcomer_of_version_two_is_greeted_with_what_he_needs_to_come_back(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob", version="2") as visitor, house.visitor(room.room, version="2") as guest:
        hello = visitor.hello
        assert (hello["protocol"], hello["heartbeat_s"], hello["resumed"], hello["user"]) == (2, 20, False, bob.user_id)
        assert guest.hello["user"] is None
        assert visitor.snapshot["room"]["room"] == room.room


async def test_a_client_of_version_one_is_greeted_as_ever_and_resumes_nothing(house: House) -> None:
    room = await house.room()
    since = await left(house, room.room, 1)
    async with house.visitor(room.room, since=since) as visitor:
        assert visitor.hello.keys() == {"protocol", "connection", "epoch", "offset", "now_ms", "heartbeat_s"}
        assert (visitor.hello["protocol"], visitor.hello["heartbeat_s"]) == (1, 5)
        assert await heard_by(house, visitor) == [99]


async def test_who_comes_back_is_told_what_he_has_missed_instead_of_a_snapshot(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room):
        since = await left(house, room.room, 1, 2)
        await given(house, room.room, 3, 4)
        async with house.visitor(room.room, version="2", since=since) as back:
            assert back.hello["resumed"] is True
            assert f"{back.hello['epoch']}.{back.hello['offset']}" == since
            assert back.snapshot == {} and back.heard("snapshot") == []
            assert await heard_by(house, back) == [3, 4, 99]


async def test_who_has_missed_nothing_needs_no_snapshot_either(house: House) -> None:
    room = await house.room()
    since = await left(house, room.room, 1)
    async with house.visitor(room.room, version="2", since=since) as back:
        assert back.hello["resumed"] is True
        assert await heard_by(house, back) == [99]


async def test_who_comes_back_to_another_process_has_missed_nothing_there(house: House, redis: Redis) -> None:
    room = await house.room()
    since = await left(house, room.room, 1, 2)
    await given(house, room.room, 3)
    async with House(redis, RULES, beside=house).open() as other, other.visitor(room.room):
        await given(other, room.room, 4)
        async with other.visitor(room.room, version="2", since=since) as back:
            assert back.hello["resumed"] is True
            assert await heard_by(other, back) == [3, 4, 99]


async def test_chat_and_totals_come_as_they_are_now(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with house.visitor(room.room, "Bob") as bob:
        since = await left(house, room.room, 1)
        said = await bob.ask("chat.say", text="while you were away")
        await bob.say("like", count=3)
        await bob.next("likes.summed")
        async with house.visitor(room.room, version="2", since=since) as back:
            assert [line["id"] for line in back.resumed["chat"]] == [said["message"]]
            assert (back.resumed["likes"], back.resumed["viewers"]) == (3, 2)
            assert back.heard("chat.said") == back.heard("likes.summed") == []


async def test_what_was_deleted_meanwhile_is_told_to_nobody_who_comes_back(house: House, redis: Redis) -> None:
    room = await house.room()
    for name in ("Bob", "Cid"):
        house.tokens.add(name)
    async with house.visitor(room.room, "Bob") as bob:
        since = await left(house, room.room, 1)
        said = await bob.ask("chat.say", text="something regrettable")
        await bob.ask("chat.delete", message=said["message"])
        await bob.next("chat.deleted")
        async with House(redis, RULES, beside=house).open() as other:
            for each in (house, other):
                async with each.visitor(room.room, version="2", since=since) as back:
                    assert not any("regrettable" in text for text in back.raw)
                    assert back.heard("chat.deleted")[0]["ids"] == [said["message"]]


async def test_what_was_for_one_user_is_told_to_nobody_else_who_comes_back(house: House, redis: Redis) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    house.tokens.add("Cid")
    since = await left(house, room.room, 1)
    async with House(redis, RULES, beside=house).open() as other:
        async with house.visitor(room.room):
            await house.wire.post(FeedMessage(room.room, "battle.invited", {}, users=(bob.user_id,)))
            for each in (house, other):
                told = []
                for token in ("Bob", "Cid", ""):
                    async with each.visitor(room.room, token, version="2", since=since) as back:
                        assert back.hello["resumed"] is True
                        told.append(len(back.heard("battle.invited")))
                assert told == [1, 0, 0]


async def test_of_scores_only_the_last_is_told(house: House) -> None:
    room = await house.room()
    async with house.visitor(room.room) as there:
        since = await left(house, room.room, 1)
        for score in range(10):
            body: dict[str, object] = {"red": score}
            await house.wire.post(FeedMessage(room.room, "battle.score", body, Delivery.LATEST))
            await there.next("battle.score")
        async with house.visitor(room.room, version="2", since=since) as back:
            assert back.heard("battle.score") == [{"red": 9}]


async def test_when_redis_has_lost_everything_who_comes_back_is_shown_everything(house: House, redis: Redis) -> None:
    room = await house.room()
    since = await left(house, room.room, 1, 2, 3)
    await redis.flushall()
    await given(house, room.room, 4, 5, 6, 7)
    async with house.visitor(room.room, version="2", since=since) as back:
        assert back.hello["resumed"] is False and back.snapshot
        assert await heard_by(house, back) == [99]


async def test_who_was_away_for_more_than_is_kept_is_shown_everything(redis: Redis) -> None:
    async with House(redis, FeedRules(tick_ms=20, resume_bytes=600)).open() as house:
        room = await house.room()
        since = await left(house, room.room, 1)
        async with house.visitor(room.room) as there:
            await given(house, room.room, *range(30))
            while len(there.heard("gift.sent")) < 30:
                await there.message("gift.sent")
            async with house.visitor(room.room, version="2", since=since) as back:
                assert back.hello["resumed"] is False and back.snapshot
            async with house.visitor(room.room, version="2", since=there.since) as back:
                assert back.hello["resumed"] is True


@pytest.mark.parametrize("offset", ["", "x", "-1", "1.5", "²", "9" * 15, "9" * 400])
async def test_who_cannot_say_where_he_was_is_shown_everything(house: House, offset: str) -> None:
    room = await house.room()
    epoch = (await left(house, room.room, 1)).partition(".")[0]
    for since in (f"{epoch}.{offset}", offset, f".{offset}", f"another.{offset}"):
        async with house.visitor(room.room, version="2", since=since) as back:
            assert back.hello["resumed"] is False and back.snapshot


async def test_a_banned_user_who_comes_back_is_told_nothing(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    since = await left(house, room.room, 1, token="Bob")
    house.gate.sanctions.add((bob.user_id, Scope.PLATFORM))
    await given(house, room.room, 2)
    async with house.visit(room.room, "Bob", version="2", since=since) as visitor:
        assert await visitor.code() == CloseCode.BANNED
        assert visitor.heard("gift.sent") == []


async def test_a_crowd_that_comes_back_reads_the_history_once(
    house: House, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await house.room()
    since = await left(house, room.room, 1)
    await given(house, room.room, 2)
    async with House(redis, RULES, beside=house).open() as other:
        read: list[str] = []
        whole = other.wire.history

        async def history(of: str) -> History:
            read.append(of)
            return await whole(of)

        monkeypatch.setattr(other.wire, "history", history)
        async with other.visitor(room.room, version="2", since="another.1") as stranger:
            assert stranger.snapshot and read == []
        async with AsyncExitStack() as stack:
            visits = (other.visitor(room.room, version="2", since=since) for _ in range(60))
            crowd = await asyncio.gather(*(stack.enter_async_context(visit) for visit in visits))
            assert [visitor.heard("gift.sent") for visitor in crowd] == [[{"n": 2}]] * 60
    assert read == [room.room]


async def test_a_process_that_has_missed_more_than_is_kept_asks_everybody_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await house.room()
    async with house.visitor(room.room, version="2") as visitor:
        head = await house.wire.head(room.room)
        lost = Posted(room.room, head.epoch, head.offset + 5, "x", Delivery.MUST, "", (), b"{}", after_gap=True)
        house.feed.take(lost)
        assert await visitor.code() == CloseCode.RESTART
        assert visitor.heard("x") == []
        since = visitor.since
    async with house.visitor(room.room, version="2", since=since) as visitor:
        assert visitor.hello["resumed"] is True
