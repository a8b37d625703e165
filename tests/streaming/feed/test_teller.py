"""Both tellers, native and Python, on both loops and real sockets: what is told arrives whole, once and in order."""

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import uvloop
from starlette.types import Receive, Scope, Send

from server.certificate import self_signed
from server.http import listen, serving
from streaming.feed import teller_native
from streaming.feed.connection import CloseCode, Connection
from streaming.feed.line import LINE
from streaming.feed.native import build, library
from streaming.feed.rules import FeedRules
from streaming.feed.teller import PythonTeller, Teller
from streaming.feed.teller_native import NativeTeller
from tests.streaming.scene import until

# The feed serves on uvloop; asyncio's own loop is what most tests have.
pytestmark = pytest.mark.filterwarnings("ignore:Overriding the .event_loop_policy. fixture")

RULES = FeedRules(farewell_s=0.2)
LARGE = 300_000  # more than a socket's buffers take
HANDSHAKE = "\r\n".join(
    (
        "GET / HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "",
        "",
    )
).encode()


@pytest.fixture(params=[asyncio.DefaultEventLoopPolicy, uvloop.EventLoopPolicy], ids=["asyncio", "uvloop"])
def event_loop_policy(request: pytest.FixtureRequest) -> asyncio.AbstractEventLoopPolicy:
    policy: asyncio.AbstractEventLoopPolicy = request.param()
    return policy


@pytest.fixture(params=["native", "python"])
def teller(request: pytest.FixtureRequest) -> Teller:
    if request.param == "python":
        return PythonTeller()
    assert build.build(), "a compiler is part of the set-up"
    made = teller_native.best(native=True)
    assert isinstance(made, NativeTeller)
    return made


class Room:
    """A server that lets everybody in; ``come`` returns both ends of one more socket, with the greeting read."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self.port = 0
        self._stack = stack
        self.came: asyncio.Queue[Connection] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.came.put_nowait(Connection("c", "r", None, "", scope["extensions"][LINE], RULES))
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def come(self, greeted: bool = True) -> tuple[Connection, socket.socket]:
        client = self._stack.enter_context(socket.socket())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self.port))
        client.setblocking(False)
        await asyncio.get_running_loop().sock_sendall(client, HANDSHAKE)
        connection = await self.came.get()
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += await asyncio.get_running_loop().sock_recv(client, 1)
        if greeted:
            connection.greet(b"hello ")
            assert await heard(client, 6) == b"hello "
        return connection, client


async def heard(client: socket.socket, length: int) -> bytes:
    got = b""
    async with asyncio.timeout(10):
        while len(got) < length:
            more = await asyncio.get_running_loop().sock_recv(client, length - len(got))
            assert more, "he is hung up on"
            got += more
    return got


def heard_at_once(client: socket.socket) -> bytes:
    """What the kernel has for him, without a turn of the loop."""
    got = b""
    while True:
        try:
            got += client.recv(1 << 20)
        except BlockingIOError:
            return got


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        made, listener = Room(stack), listen("127.0.0.1", 0)
        made.port = listener.getsockname()[1]
        await stack.enter_async_context(serving(made, listener))
        yield made


async def test_everybody_hears_the_same_between_what_was_and_is_written_to_him(room: Room, teller: Teller) -> None:
    people = [await room.come() for _ in range(5)]
    connections = [connection for connection, _ in people]
    assert all(connection.fd >= 0 for connection in connections)
    connections[2].write(b"before ")
    teller.tell(connections, b"told ")
    connections[2].write(b"after")
    teller.tell(connections, b"again")
    for place, (_, client) in enumerate(people):
        expected = b"before told afteragain" if place == 2 else b"told again"
        assert await heard(client, len(expected)) == expected


async def test_what_a_kernel_takes_only_a_part_of_arrives_whole(room: Room, teller: Teller) -> None:
    people = [await room.come() for _ in range(3)]
    connections = [connection for connection, _ in people]
    large = os.urandom(LARGE)
    teller.tell(connections, large)
    assert [connection.fd for connection in connections] == [-1] * 3  # something waits
    teller.tell(connections, b"end")
    for _, client in people:
        assert await heard(client, LARGE + 3) == large + b"end"
    await until(lambda: all(connection.fd >= 0 for connection in connections), "nothing waits any more")


async def test_nothing_overtakes_what_waits_for_a_reader_who_was_slow(room: Room, teller: Teller) -> None:
    (slow, client), (quick, other) = await room.come(), await room.come()
    first = os.urandom(LARGE)
    teller.tell([slow], first)
    got = heard_at_once(client)
    assert 0 < len(got) < LARGE
    # Now his kernel would take it, and the loop has not had its turn to write what waits.
    teller.tell([slow, quick], b"second")
    assert await heard(other, 6) == b"second"
    assert got + await heard(client, LARGE + 6 - len(got)) == first + b"second"


async def test_who_dies_is_noticed_and_the_others_are_told(room: Room, teller: Teller) -> None:
    people = [await room.come() for _ in range(4)]
    connections = [connection for connection, _ in people]
    people[1][1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    people[1][1].close()  # reset: the next send fails
    for _ in range(3):
        teller.tell(connections, b"told")
    for place in (0, 2, 3):
        assert await heard(people[place][1], 12) == b"told" * 3
    await until(lambda: not connections[1].open, "it is noticed")
    assert connections[1].fd == -1


async def test_whose_socket_is_closed_is_not_written_to_under_his_number(room: Room, teller: Teller) -> None:
    connection, client = await room.come()
    number, (ours, theirs) = connection.fd, socket.socketpair()
    with ours, theirs:
        client.close()
        await until(lambda: not connection.open and _closed(number), "he is gone, and his number free")
        os.dup2(ours.fileno(), number)
        teller.tell([connection], b"not for them")
        os.close(number)
        ours.close()
        assert theirs.recv(100) == b""


def _closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


async def test_who_is_being_closed_is_told_nothing_after_his_code(room: Room, teller: Teller) -> None:
    connection, client = await room.come()
    connection.close(CloseCode.SLOW, "slow-reader")
    teller.tell([connection], b"told")
    assert connection.fd == -1
    connection._line.abort()
    got = b""
    while more := await asyncio.get_running_loop().sock_recv(client, 4096):
        got += more
    assert b"slow-reader" in got and b"told" not in got


async def test_who_has_not_been_greeted_is_told_after_the_greeting(room: Room, teller: Teller) -> None:
    connection, client = await room.come(greeted=False)
    teller.tell([connection], b"told")
    assert connection.fd == -1
    connection.greet(b"hello ")
    assert await heard(client, 10) == b"hello told"


async def test_behind_a_greeting_that_waits_nothing_is_sent_past_it(room: Room, teller: Teller) -> None:
    connection, client = await room.come(greeted=False)
    greeting = os.urandom(LARGE)
    connection.greet(greeting)
    got = heard_at_once(client)
    teller.tell([connection], b"told")
    assert got + await heard(client, LARGE + 4 - len(got)) == greeting + b"told"


async def test_over_https_what_is_told_goes_through_the_transport(tmp_path: Path, teller: Teller) -> None:
    certificate, key = self_signed(tmp_path)
    async with AsyncExitStack() as stack:
        room, listener = Room(stack), listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        await stack.enter_async_context(serving(room, listener, certificate=certificate, key=key))
        trusting = ssl.create_default_context(cafile=str(certificate))
        trusting.check_hostname = False
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        writer.write(HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        connection = await room.came.get()
        connection.greet(b"hello ")
        assert connection.fd == -1
        teller.tell([connection], b"told")
        assert await reader.readexactly(10) == b"hello told"
        writer.transport.abort()


async def test_a_room_is_told_by_the_path_in_python_where_nothing_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "load", lambda: None)
    assert isinstance(teller_native.best(native=True), PythonTeller)
    assert isinstance(teller_native.best(native=False), PythonTeller)
