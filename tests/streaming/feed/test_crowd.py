"""The room feed among people who do not read, go without a word, or come in numbers."""

import asyncio
import socket
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGone

from foundation.feed import FeedMessage
from streaming.audience.store import PRESENCE_KEY
from streaming.audience.store_redis import RedisAudiences
from streaming.feed.connection import CloseCode
from streaming.feed.rules import FeedRules
from tests.streaming.feed.house import House
from tests.streaming.scene import no_task_left_behind, until

RULES = FeedRules(tick_ms=20)
FILLING = "x" * 6_000
SLOW = b"\x88\x0d" + CloseCode.SLOW.to_bytes(2) + b"slow-reader"  # a close frame


class Frozen:
    """A client that shakes hands, may read until it was greeted, and then never reads again."""

    def __init__(self, house: House, room: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", house.port))
        lines = (
            f"GET /api/v1/rooms/{room}/feed?v=1 HTTP/1.1",
            f"Host: 127.0.0.1:{house.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
        )
        self._socket.sendall("\r\n".join((*lines, "", "")).encode())

    async def greeted(self) -> None:
        self._socket.setblocking(False)
        read = b""
        async with asyncio.timeout(10):
            while b'"snapshot"' not in read:
                read += await asyncio.get_running_loop().sock_recv(self._socket, 4096)

    async def reads_again(self, end: bytes) -> bytes:
        """All that is there for him, up to ``end``."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setblocking(False)
        read = b""
        async with asyncio.timeout(10):
            while not read.endswith(end):
                piece = await asyncio.get_running_loop().sock_recv(self._socket, 1 << 16)
                assert piece, "hung up on without a word"
                read += piece
        return read

    def close(self) -> None:
        self._socket.close()


async def test_a_frozen_reader_is_closed_with_a_code_and_nobody_else_waits_for_him(redis: Redis) -> None:
    rules = FeedRules(tick_ms=20, behind_s=3600, farewell_s=30)
    async with House(redis, rules).open() as house:
        room = await house.room()
        async with house.visitor(room.room) as reader:
            frozen = Frozen(house, room.room)
            await until(lambda: len(house.feed.connections) == 2, "he is there")
            sent = 0
            # The kernel and the transport take some megabytes before anybody notices.
            while len(house.feed.connections) == 2:
                assert sent < 5_000, "he was never closed"
                numbers = range(sent, sent + 30)
                bodies: list[dict[str, object]] = [{"n": number, "x": FILLING} for number in numbers]
                await house.wire.post(*(FeedMessage(room.room, "gift.sent", body) for body in bodies))
                assert [(await reader.next("gift.sent"))["n"] for _ in numbers] == list(numbers)
                sent += 30
            assert b'"slow-reader"' in await frozen.reads_again(SLOW)
            frozen.close()


async def test_a_reader_that_is_stuck_is_closed_after_his_time_without_any_flood(redis: Redis) -> None:
    rules = FeedRules(tick_ms=20, behind_bytes=1 << 30, behind_s=0.2, farewell_s=0.1)
    async with House(redis, rules).open() as house:
        room = await house.room()
        frozen = Frozen(house, room.room)
        await frozen.greeted()
        messages = [FeedMessage(room.room, "gift.sent", {"n": number, "x": FILLING}) for number in range(200)]
        for start in range(0, len(messages), 100):
            await house.wire.post(*messages[start : start + 100])
        await until(lambda: not house.feed.connections, "he is closed")
        frozen.close()


async def test_sockets_that_vanish_leave_no_task_no_key_and_no_subscription(redis: Redis) -> None:
    async with House(redis, RULES).open() as house:
        room = await house.room()
        house.tokens.add("Bob")
        async with house.visitor(room.room, "Bob") as bob:
            await bob.ask("ping")
        await until(lambda: not house.feed.connections, "the first is gone")
        keys = await redis.keys()
        async with no_task_left_behind():
            async with AsyncExitStack() as stack:
                visitors = [
                    await stack.enter_async_context(house.visitor(room.room, "Bob" if number % 2 else ""))
                    for number in range(30)
                ]
                for number, visitor in enumerate(visitors):
                    await visitor.say("chat.say", text="going")
                    if number % 3 == 0:
                        visitor.client.transport.abort()
            await until(lambda: not house.feed.connections, "all are gone")
            await until(lambda: not house.audience.rooms, "nobody is counted")
        left = set(await redis.keys()) - set(keys)
        # What was said stays a while, not who was there.
        said = (b":chat", b":feed:history", b":feed:samples", b":bucket:chat:")
        assert [key for key in left if not any(name in bytes(key) for name in said)] == []  # type: ignore[arg-type]
        for key in left:
            assert await redis.ttl(key) > 0
        channels = await redis.pubsub_channels()
        assert channels == [b"feed:quiet"]


async def test_a_room_whose_last_socket_goes_while_redis_is_away_is_listened_to_no_more(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []

    async def away(room: str, connection: str) -> None:
        raise RedisGone("just now")

    async def unlisten(room: str) -> None:
        left.append(room)

    async with House(redis, RULES).open() as house:
        room = await house.room()
        async with house.visitor(room.room):
            monkeypatch.setattr(house.audience, "leave", away)
            monkeypatch.setattr(house.wire, "unlisten", unlisten)
        await until(lambda: left, "nobody listens")
        assert left == [room.room]


async def test_a_crowd_that_comes_at_once_is_greeted_and_counted(redis: Redis) -> None:
    async with House(redis, RULES).open() as house:
        room = await house.room()
        async with AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(house.visitor(room.room)) for _ in range(60)))
            assert await house.audience.count(room.room) == 60
            await house.wire.post(FeedMessage(room.room, "end", {}))
        await until(lambda: not house.feed.connections, "all are gone")
        await until(lambda: not house.audience.rooms, "nobody is here")
        async with asyncio.timeout(5):  # the last of them are being crossed out
            while await house.audience.count(room.room):
                pass


async def test_the_sockets_of_a_killed_process_are_no_viewers_after_twenty_seconds(redis: Redis) -> None:
    async with House(redis, RULES).open() as house:
        room = await house.room()
        async with house.visitor(room.room):
            count = await house.snapshots.take(room, None)
            assert count["viewers"] == 1
            later = house.clock.now_ms() + 20_000
            assert await RedisAudiences(redis).counts([room.room], later) == {room.room: 0}
            assert 0 < await redis.pttl(PRESENCE_KEY.format(room=room.room)) <= 20_000
