"""The seam past uvicorn's ``send``, over real sockets."""

import asyncio
import importlib.metadata
import itertools
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State
from websockets.server import ServerProtocol

from server.http import listen, serving
from server.websocket_line import PONG, is_empty_pong, self_test
from streaming.feed import framing
from streaming.feed.line import LINE, Line
from tests.streaming.scene import until


class House:
    """An app that accepts every websocket and reads until it is gone; ``lines`` are theirs."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.lost: list[int] = []
        self.heard: list[bytes | str] = []
        self.ended = 0
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        line: Line = scope["extensions"][LINE]
        number = len(self.lines)
        line.on_lost = lambda: self.lost.append(number)
        self.lines.append(line)
        while (message := await receive())["type"] != "websocket.disconnect":
            self.heard.append(message.get("bytes") or message["text"])
        self.ended += 1

    @asynccontextmanager
    async def visit(self) -> AsyncIterator[tuple[Line, ClientConnection]]:
        async with connect(f"ws://127.0.0.1:{self.port}/", compression=None, max_queue=None) as client:
            await until(lambda: bool(self.lines), "he is there")
            yield self.lines[-1], client


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made, listener = House(), listen("127.0.0.1", 0)
    made.port = listener.getsockname()[1]
    async with serving(made, listener):
        yield made


async def code(client: ClientConnection) -> int | None:
    async with asyncio.timeout(5):
        try:
            while True:
                await client.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code


async def test_frames_that_are_written_are_heard_as_messages(house: House) -> None:
    async with house.visit() as (line, client):
        line.write(framing.text(b"one") + framing.text("zwei é".encode()))
        assert [await client.recv(), await client.recv()] == ["one", "zwei é"]


async def test_nothing_is_compressed_for_whoever_offers_it(house: House) -> None:
    async with connect(f"ws://127.0.0.1:{house.port}/", compression="deflate") as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers


async def test_a_farewell_is_heard_with_its_code_and_ends_both_sides(house: House) -> None:
    async with house.visit() as (line, client):
        line.farewell(framing.text(b"bye"), 4001, "slow-reader", 5.0)
        assert house.lost == [0]
        assert await client.recv() == "bye"
        assert await code(client) == 4001
    await until(lambda: house.ended == 1, "the app has heard of it")
    line.farewell(framing.text(b"again"), 4001, "slow-reader", 5.0)  # nobody hears it, nothing breaks
    assert house.lost == [0]


async def test_a_ping_is_answered_and_counts_as_a_sign_of_life(house: House) -> None:
    async with house.visit() as (line, client):
        line.heard_s = 0.0
        line.write(framing.ping())
        await until(lambda: line.heard_s > 0, "he has answered")
        await client.send("x")


@pytest.mark.parametrize(
    "leave",
    [
        lambda client: client.transport.abort(),
        lambda client: client.transport.write(b"\x88\x82\x00\x00\x00\x00" + struct.pack("!H", 1000)),
        lambda client: client.transport.write(b"\xff\xff\xff\xff\xff"),
    ],
    ids=["without a word", "with a close frame", "with nonsense"],
)
async def test_who_writes_is_told_of_every_end_before_he_writes_again(
    house: House, leave: Callable[[ClientConnection], None]
) -> None:
    async with house.visit() as (line, client):
        assert not line.lost
        leave(client)
        await until(lambda: house.lost == [0], "it is told")
        assert line.lost
        await until(lambda: house.ended == 1, "the app has heard of it")
    assert house.lost == [0]


async def test_a_server_that_stops_tells_its_lines() -> None:
    house, listener = House(), listen("127.0.0.1", 0)
    house.port = listener.getsockname()[1]
    async with AsyncExitStack() as stack:
        async with serving(house, listener):
            client = await stack.enter_async_context(connect(f"ws://127.0.0.1:{house.port}/", compression=None))
            await until(lambda: bool(house.lines), "he is there")
        assert house.lost == [0]
        assert await code(client) == 1012


async def test_who_takes_no_farewell_is_hung_up_on(house: House) -> None:
    async with house.visit() as (line, client):
        client.transport.pause_reading()
        while not line.waiting:
            line.write(framing.text(b"x" * 60_000))
        line.farewell(framing.text(b"bye"), 4001, "slow-reader", 0.1)
        await until(lambda: not house.lines[0].waiting, "it is over")
        client.transport.abort()
    assert house.lost == [0]


async def test_a_reader_who_takes_nothing_shows_after_little(house: House) -> None:
    """A kernel left to itself takes megabytes before anything waits."""
    with socket.socket() as frozen:
        frozen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        frozen.connect(("127.0.0.1", house.port))
        head = ("GET / HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
        frozen.sendall("\r\n".join((*head, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "")).encode())
        await until(lambda: bool(house.lines), "he is there")
        line, taken = house.lines[0], 0
        while not line.waiting and taken < 1 << 20:
            line.write(framing.text(b"x" * 4000))
            taken += 4000
        assert 0 < taken < 1 << 18
        line.abort()


def chunks(chance: random.Random) -> list[bytes]:
    """Frames of a client as a network may cut them: most of the cuts are between two."""
    frames = []
    for _ in range(chance.randrange(1, 8)):
        head, payload = chance.choice(
            [
                (0x8A, b""),
                (0x8A, b""),
                (0x8A, b"x"),
                (0x89, b""),
                (0x81, PONG + b"abcd"),
                (0x01, b"part"),
                (0x80, b"rest"),
            ]
        )
        frames.append(bytes((head, 0x80 | len(payload))) + bytes(4) + payload)
    frames += [b"\x88\x80" + bytes(4), frames[0]] if chance.random() < 0.2 else []
    whole = b"".join(frames)
    cut = {*itertools.accumulate(map(len, frames), initial=0)}
    cut |= {chance.randrange(len(whole)) for _ in range(chance.randrange(3))}
    return [whole[start:end] for start, end in itertools.pairwise(sorted(cut))]


def but_empty_pongs(events: list[Event]) -> list[Event]:
    return [each for each in events if not (isinstance(each, Frame) and each.opcode is Opcode.PONG and not each.data)]


def test_an_empty_pong_that_is_not_parsed_changes_nothing_of_what_is_read() -> None:
    """Beside a parser that is given everything, whatever the frames are and however they are cut."""
    forgotten = 0
    for seed in range(2_000):
        all_of_it, ours = (ServerProtocol(state=State.OPEN, max_size=64) for _ in range(2))
        for chunk in chunks(random.Random(seed)):
            all_of_it.receive_data(chunk)
            if is_empty_pong(chunk, ours):
                forgotten += 1
            else:
                ours.receive_data(chunk)
            assert but_empty_pongs(ours.events_received()) == but_empty_pongs(all_of_it.events_received())
            assert ours.data_to_send() == all_of_it.data_to_send()
            assert (ours.state, repr(ours.parser_exc)) == (all_of_it.state, repr(all_of_it.parser_exc))
    assert forgotten > 500


async def test_what_looks_like_a_pong_inside_of_a_message_is_heard(house: House) -> None:
    async with house.visit() as (line, client):
        for chunk in (b"\x82\x86" + bytes(4), PONG + b"abcd"):
            line.heard_s = 0.0
            client.transport.write(chunk)
            await until(lambda: line.heard_s > 0, "it has come")
        await until(lambda: bool(house.heard), "it is heard")
    assert house.heard == [PONG + b"abcd"]


def test_the_seam_finds_the_uvicorn_that_it_was_written_for() -> None:
    self_test()


def test_it_refuses_to_start_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda package: "0.55.0")
    with pytest.raises(RuntimeError, match=r"needs uvicorn 0\.54\.0, found 0\.55\.0"):
        self_test()
