"""What newcomers are shown: one snapshot for all of a second, and what came after it; and nobody's own to others."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager

import orjson
import pytest
from redis.asyncio import Redis

import streaming.feed.shelf
from accounts.principal import Principal, Role
from foundation.feed import Delivery, FeedMessage
from foundation.ids import new_id
from streaming.feed.connection import Connection
from streaming.feed.rules import FeedRules
from streaming.feed.store import Posted
from streaming.presence import RoomCard
from tests.streaming.feed.frames import texts
from tests.streaming.feed.house import House, Visitor
from tests.streaming.feed.lines import MemoryLine
from tests.streaming.scene import until

RULES = FeedRules(tick_ms=20, commands_burst=1000)
NEWCOMERS = 2_000


class Secret:
    """A member of the snapshot that shows everybody nothing, and each of ``guests`` his own name."""

    name = "secret"

    def __init__(self) -> None:
        self.guests: set[str] = set()

    async def part(self, room: str, principal: Principal | None) -> object:
        return None if principal is None else principal.name

    async def others(self, room: str) -> Collection[str]:
        return self.guests


@pytest.fixture
def secret() -> Secret:
    return Secret()


@pytest.fixture
async def house(redis: Redis, secret: Secret, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Its snapshots stay fresh for as long as a test takes."""
    monkeypatch.setattr(streaming.feed.shelf, "FRESH_S", 3600.0)
    async with House(redis, RULES, parts=[secret]).open() as opened:
        yield opened


def made(house: House) -> int:
    return int(house.registry.get_sample_value("ringside_feed_snapshots_total") or 0)


def come(house: House, room: RoomCard, token: str = "", version: str = "2") -> AbstractAsyncContextManager[Visitor]:
    return house.visitor(room.room, token, version=version)


async def give(house: House, room: RoomCard, number: int) -> None:
    await house.wire.post(FeedMessage(room.room, "gift.sent", {"n": number}))


async def gifts_until(visitor: Visitor, last: int) -> list[int]:
    while visitor.heard("gift.sent")[-1:] != [{"n": last}]:
        await visitor.message("gift.sent")
    return [gift["n"] for gift in visitor.heard("gift.sent")]


async def test_two_thousand_who_come_at_once_are_shown_one_snapshot(house: House) -> None:
    room = await house.room()

    async def shown_to_one() -> bytes:
        connection = Connection(new_id(), room.room, None, "", MemoryLine(), RULES)
        await house.feed.join(connection)
        return (await house.shelf.show(connection, room)).snapshot

    shown = await asyncio.gather(*(shown_to_one() for _ in range(NEWCOMERS)))
    assert made(house) == len({id(snapshot) for snapshot in shown}) == 1, "the same bytes"


async def test_a_newcomer_hears_what_came_after_the_snapshot_that_others_were_shown_once(house: House) -> None:
    room = await house.room()
    async with come(house, room) as early:
        await give(house, room, 1)
        await give(house, room, 2)
        assert await gifts_until(early, 2) == [1, 2]
        async with come(house, room) as late:
            await give(house, room, 3)
            assert await gifts_until(late, 3) == [1, 2, 3] == await gifts_until(early, 3)
            assert late.hello["offset"] == early.hello["offset"]
    assert made(house) == 1


async def test_a_newcomer_hears_the_chat_that_is_newer_than_the_snapshot(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with come(house, room, "Bob") as bob:
        await bob.ask("chat.say", text="hello")
        await until(lambda: house.feed.connections, "he is there")
        if not bob.heard("chat.said"):
            await bob.message("chat.said")
        async with come(house, room) as late:
            assert late.snapshot["chat"] == []
            assert (await late.next("chat.said"))["text"] == "hello"
    assert made(house) == 1


async def test_a_line_that_was_taken_back_is_shown_to_nobody_who_comes_later(house: House) -> None:
    room = await house.room()
    house.tokens.add("Bob")
    async with come(house, room, "Ann") as ann, come(house, room, "Bob") as bob:
        said = (await bob.ask("chat.say", text="rude"))["message"]
        async with come(house, room):
            await ann.ask("chat.delete", 2, message=said)
            if not bob.heard("chat.deleted"):
                await bob.message("chat.deleted")
            async with come(house, room) as late:
                assert late.snapshot["chat"] == []
                await give(house, room, 1)
                await late.message("gift.sent")
                assert late.heard("chat.said") == []


async def test_nobody_is_shown_what_is_somebody_elses(house: House, secret: Secret) -> None:
    room = await house.room()
    secret.guests.add(house.tokens.add("Bob").user_id)
    house.tokens.add("Cid")
    house.tokens.add("Mod", Role.MODERATOR)
    for _ in range(2):
        for token, shown in (("Bob", "Bob"), ("Cid", None), ("Ann", "Ann"), ("", None), ("Mod", "Mod")):
            async with come(house, room, token) as visitor:
                assert visitor.snapshot["secret"] == shown


async def test_what_is_said_to_one_user_is_told_to_no_other_newcomer(house: House) -> None:
    room = await house.room()
    bob = house.tokens.add("Bob")
    async with come(house, room):
        await house.wire.post(FeedMessage(room.room, "battle.invited", {}, users=(bob.user_id,)))
        await give(house, room, 1)
        async with come(house, room, "Bob") as invited, come(house, room) as stranger:
            await gifts_until(invited, 1)
            await gifts_until(stranger, 1)
            assert (len(invited.heard("battle.invited")), stranger.heard("battle.invited")) == (1, [])
    assert made(house) == 1


async def test_after_a_gap_the_room_is_looked_at_again(house: House) -> None:
    room = await house.room()
    async with come(house, room) as visitor:
        head = await house.wire.head(room.room)
        house.feed.take(
            Posted(room.room, head.epoch, head.offset + 5, "x", Delivery.MUST, "", (), b"{}", after_gap=True)
        )
        await visitor.code()
    async with come(house, room) as visitor:
        assert visitor.snapshot
    assert made(house) == 2


async def test_a_snapshot_is_not_shown_for_longer_than_its_second(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming.feed.shelf, "FRESH_S", 0.0)
    async with House(redis, RULES).open() as house:
        room = await house.room()
        for count in (1, 2, 3):
            async with come(house, room) as visitor:
                assert visitor.snapshot
            assert made(house) == count


async def test_what_was_told_is_in_the_greeting_of_a_line_in_memory(house: House) -> None:
    room = await house.room()
    async with come(house, room) as early:
        await give(house, room, 1)
        await gifts_until(early, 1)
        line = MemoryLine()
        connection = Connection(new_id(), room.room, None, "", line, RULES)
        await house.feed.join(connection)
        shown = await house.shelf.show(connection, room)
        connection.greet(shown.snapshot, shown.after)
        await give(house, room, 2)
        await gifts_until(early, 2)
        heard = [orjson.loads(text) for text in texts(b"".join(line.written))]
        assert [message["d"]["n"] for message in heard if message["t"] == "gift.sent"] == [1, 2]
        assert [message["t"] for message in heard][:2] == ["snapshot", "gift.sent"]
        await house.feed.leave(connection)


async def test_a_client_of_version_one_has_one_of_his_own_for_he_may_come_back(house: House) -> None:
    room = await house.room()
    async with come(house, room) as early:
        await give(house, room, 1)
        await gifts_until(early, 1)
        async with come(house, room, version="1") as late:
            await give(house, room, 2)
            assert await gifts_until(late, 2) == [2]
    assert made(house) == 2
