"""How many sockets one address and one user may hold: refused before the handshake, and by nobody else noticed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import orjson
import pytest
from redis.asyncio import Redis
from websockets.exceptions import InvalidStatus

from streaming.feed.door import Door
from streaming.feed.errors import TooManySockets
from streaming.feed.rules import FeedRules
from tests.streaming.feed.house import House
from tests.streaming.scene import until

RULES = FeedRules(tick_ms=20, sockets_per_address=3, sockets_per_user=2)


@pytest.fixture
async def house(redis: Redis) -> AsyncIterator[House]:
    async with House(redis, RULES).open() as opened:
        yield opened


async def refusal(house: House, room: str, token: str = "") -> InvalidStatus:
    with pytest.raises(InvalidStatus) as refused:
        async with house.visit(room, token):
            pass
    return refused.value


async def is_let_in(house: House, room: str) -> bool:
    try:
        async with house.visitor(room) as visitor:
            return bool(visitor.snapshot)
    except InvalidStatus:
        return False


async def test_one_socket_more_than_an_address_may_hold_is_no_websocket_at_all(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    room = (await house.room()).room
    async with house.visitor(room), house.visitor(room):
        async with house.visitor(room):
            answer = (await refusal(house, room)).response
            assert answer.status_code == 429
            assert answer.headers["Retry-After"] == "5"
            assert answer.headers["Content-Type"] == "application/problem+json"
            problem = orjson.loads(answer.body)
            assert (problem["code"], problem["of"], problem["most"]) == ("too-many-sockets", "address", 3)
            assert len(house.feed.connections) == 3
        await until(lambda: len(house.feed.connections) == 2, "one has gone")
        async with asyncio.timeout(10):  # he is being crossed out
            while not await is_let_in(house, room):
                pass
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_one_socket_more_than_a_user_may_hold_is_refused_in_any_room(house: House) -> None:
    room = (await house.room()).room
    house.tokens.add("Bob")
    async with house.visitor(room, "Bob"), house.visitor(room, "Bob"):
        problem = orjson.loads((await refusal(house, room, "Bob")).response.body)
        assert (problem["code"], problem["of"], problem["most"]) == ("too-many-sockets", "user", 2)
        async with house.visitor(room) as stranger:
            assert stranger.snapshot


async def test_who_is_closed_with_a_code_has_a_place_again(house: House) -> None:
    for _ in range(4):
        async with house.visit("0" * 26) as nowhere:
            await nowhere.code()


def test_who_was_refused_holds_nothing() -> None:
    door = Door(RULES)
    with ExitStack() as held:
        held.enter_context(door.inside("there", "ann"))
        held.enter_context(door.inside("here", "ann"))
        for _ in range(5):
            with pytest.raises(TooManySockets), door.inside("elsewhere", "ann"):
                pass
        for _ in range(3):
            held.enter_context(door.inside("elsewhere", ""))
    for _ in range(3):
        with door.inside("there", "ann"), door.inside("there", "ann"), door.inside("there", ""):
            pass


def test_strangers_are_no_one_user() -> None:
    with ExitStack() as held:
        door = Door(FeedRules(sockets_per_address=100, sockets_per_user=1))
        for _ in range(100):
            held.enter_context(door.inside("here", ""))
