"""The two ends of the pipe against each other, over real sockets."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from tests.transcode.endpoint import DEADLINE_S, Camera, Worker
from transcode.media_pipe import (
    AudioPacket,
    Decoder,
    End,
    Hello,
    KeyframeRequest,
    Message,
    PipeAddress,
    PipeConnection,
    PipeListener,
    QueueLimits,
    VideoUnit,
    encode,
)
from transcode.media_pipe.wire import answer_line

TOKEN = "pipe-token"


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
async def listener(worker: Worker) -> AsyncIterator[PipeListener]:
    listener = PipeListener("127.0.0.1", 0, TOKEN, worker)
    await listener.start()
    yield listener
    await listener.close()
    assert listener.connections == 0
    assert [camera.outlets for camera in worker.cameras.values() if camera.outlets] == []


class Received:
    """Messages that a connection's thread got, readable from the test's loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[Message] = asyncio.Queue(10_000)

    def __call__(self, message: Message) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, message)

    async def next(self) -> Message:
        async with asyncio.timeout(DEADLINE_S):
            return await self._queue.get()


def taking(listener: PipeListener, received: Callable[[Message], None], token: str = TOKEN) -> PipeConnection:
    return PipeConnection(PipeAddress(listener.address, token, "take", "red", "camera"), received)


async def soon(event: asyncio.Event) -> None:
    async with asyncio.timeout(DEADLINE_S):
        await event.wait()


async def joined(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, DEADLINE_S)


async def test_a_taking_job_gets_the_cached_frames_and_then_the_live_ones(
    listener: PipeListener, worker: Worker
) -> None:
    camera = worker.camera("red")
    camera.cached = [VideoUnit(1, True, b"key"), AudioPacket(2, b"opus")]
    received = Received()
    with taking(listener, received):
        await soon(camera.taken)
        camera.send(VideoUnit(3, False, b"delta"))
        assert [await received.next() for _ in range(3)] == [*camera.cached, VideoUnit(3, False, b"delta")]
    await soon(camera.left)
    assert camera.outlets == []


async def test_a_keyframe_request_of_the_job_reaches_the_camera(listener: PipeListener, worker: Worker) -> None:
    camera = worker.camera("red")
    with taking(listener, Received()) as connection:
        await joined(connection.connected)
        connection.send(KeyframeRequest())
        await soon(camera.keyframe_wanted)


async def test_a_giving_job_is_delivered_and_asked_for_keyframes(listener: PipeListener, worker: Worker) -> None:
    given, received = worker.given("red"), Received()
    address = PipeAddress(listener.address, TOKEN, "give", "red", "composite:battle")
    with PipeConnection(address, received) as connection:
        await joined(connection.connected)
        connection.send(VideoUnit(5, False, b"nobody can decode this"))
        connection.send(VideoUnit(6, True, b"key"))
        connection.send(AudioPacket(7, b"opus"))
        assert await given.next_video() == VideoUnit(6, True, b"key")
        assert await given.next_audio() == AudioPacket(7, b"opus")
        assert given.inlet is not None
        given.inlet.request_keyframe()
        assert await received.next() == KeyframeRequest()
    await soon(given.detached)


async def test_what_was_queued_before_the_end_arrives_before_the_end(listener: PipeListener, worker: Worker) -> None:
    given = worker.given("red")
    address = PipeAddress(listener.address, TOKEN, "give", "red", "composite:battle")
    with PipeConnection(address, Received()) as connection:
        await joined(connection.connected)
        for pts in range(50):
            connection.send(AudioPacket(pts, b"opus"))
    await soon(given.detached)
    assert given.frames.qsize() == 50


def test_a_reader_that_is_slow_for_a_while_gets_whole_messages_in_order() -> None:
    """What the kernel takes in part is finished before anything else is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = PipeAddress(f"127.0.0.1:{server.getsockname()[1]}", TOKEN, "give", "red", "composite:b")
        with PipeConnection(address, lambda _: None) as connection:
            peer, _ = server.accept()
            with peer:
                peer.settimeout(DEADLINE_S)
                assert peer.recv(4096).endswith(b"\n")
                peer.sendall(answer_line(None))
                assert connection.connected.wait(DEADLINE_S)
                for pts in range(40):
                    connection.send(VideoUnit(pts, True, bytes([pts]) * 60_000))
                decoder, got = Decoder(), list[VideoUnit]()
                while not got or got[-1].pts_us < 39:
                    got += [each for each in decoder.feed(peer.recv(5000)) if isinstance(each, VideoUnit)]
    stamps = [unit.pts_us for unit in got]
    assert stamps == sorted(set(stamps))
    assert all(unit.payload == bytes([unit.pts_us]) * 60_000 for unit in got)
    assert len(got) < 40, "it was slow"


async def test_the_worker_can_close_a_giver(listener: PipeListener, worker: Worker) -> None:
    given, received = worker.given("red"), Received()
    with PipeConnection(PipeAddress(listener.address, TOKEN, "give", "red", "composite:b"), received):
        await soon(given.attached)
        assert given.inlet is not None
        given.inlet.close()
        assert await received.next() == End()
        await soon(given.detached)


async def test_a_source_that_is_over_ends_its_takers(listener: PipeListener, worker: Worker) -> None:
    camera, received = worker.camera("red"), Received()
    with taking(listener, received):
        await soon(camera.taken)
        camera.send(AudioPacket(1, b"last"))
        camera.outlets[0].end()
        assert [await received.next(), await received.next()] == [AudioPacket(1, b"last"), End()]


@pytest.mark.parametrize(("token", "room", "code"), [("wrong", "red", "unauthorised"), (TOKEN, "blue", "unknown-room")])
async def test_a_refused_job_learns_the_code(
    listener: PipeListener, worker: Worker, token: str, room: str, code: str
) -> None:
    worker.camera("red")
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(Hello(token, "take", room, "camera").line())
    async with asyncio.timeout(DEADLINE_S):
        assert code.encode() in await reader.read()
    writer.close()
    assert worker.cameras["red"].outlets == []


async def test_a_job_connects_again_when_the_room_appears_and_when_the_worker_returns(worker: Worker) -> None:
    received = Received()
    first = PipeListener("127.0.0.1", 0, TOKEN, worker)
    await first.start()
    port = first.port
    with taking(first, received) as connection:
        camera = worker.camera("red")
        camera.cached = [VideoUnit(1, True, b"key")]
        assert await received.next() == camera.cached[0]
        await first.close()
        await soon(camera.left)
        second = PipeListener("127.0.0.1", port, TOKEN, worker)
        await second.start()
        assert await received.next() == camera.cached[0]
        assert connection.connects == 2
    await second.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"{}\n",
        b"\x00" * 100_000,
        Hello(TOKEN, "take", "red", "camera").line() + b"\xff" * 64,
    ],
)
async def test_nonsense_closes_its_own_connection_only(listener: PipeListener, worker: Worker, nonsense: bytes) -> None:
    camera, received = worker.camera("red"), Received()
    with taking(listener, received):
        await soon(camera.taken)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(nonsense)
        async with asyncio.timeout(DEADLINE_S):
            await _rest(reader)
        writer.close()
        camera.send(AudioPacket(9, b"still here"))
        assert await received.next() == AudioPacket(9, b"still here")


@pytest.mark.parametrize("first_words", [b"", Hello(TOKEN, "take", "red", "camera").line()])
async def test_a_silent_peer_is_given_up(worker: Worker, first_words: bytes) -> None:
    worker.camera("red")
    listener = PipeListener("127.0.0.1", 0, TOKEN, worker, silence_limit_s=0.1)
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(first_words)
    async with asyncio.timeout(DEADLINE_S):
        await _rest(reader)
    writer.close()
    await listener.close()
    assert worker.cameras["red"].outlets == []


async def _rest(reader: asyncio.StreamReader) -> None:
    """Read to the end, which is a reset when bytes of ours were not read."""
    with contextlib.suppress(ConnectionError):
        await reader.read()


async def test_a_reader_that_stops_loses_video_up_to_a_keyframe_and_holds_nobody_up(
    listener: PipeListener, worker: Worker
) -> None:
    """The slow job reads nothing while 40 MB pass; when it reads again its video starts with a keyframe."""
    camera = worker.camera("red", QueueLimits(video_units=20))
    slow = socket.create_connection(("127.0.0.1", listener.port))
    slow.sendall(Hello(TOKEN, "take", "red", "camera").line())
    await soon(camera.taken)
    outlet = camera.outlets[0]
    await _offer_until_lost(camera)
    assert camera.keyframe_wanted.is_set()
    assert len(outlet.queue) <= 20
    camera.send(VideoUnit(-1, True, b"fresh"))
    camera.send(VideoUnit(-2, False, b"after"))
    outlet.end()
    units = await asyncio.to_thread(_read_to_the_end, slow)
    fresh = units.index(VideoUnit(-1, True, b"fresh"))
    assert units[fresh + 1] == VideoUnit(-2, False, b"after")
    before = [unit.pts_us for unit in units[:fresh]]
    assert before == list(range(len(before))), "what came before the gap came without one"


async def _offer_until_lost(camera: Camera) -> None:
    payload = bytes(100_000)
    for pts in range(400):
        camera.send(VideoUnit(pts, pts == 0, payload))
        await asyncio.sleep(0)
        if camera.outlets[0].queue.lost_video:
            return
    raise AssertionError("40 MB went into a job that does not read")


def _read_to_the_end(slow: socket.socket) -> list[VideoUnit]:
    slow.settimeout(DEADLINE_S)
    decoder, units = Decoder(), list[VideoUnit]()
    with slow:
        received = slow.recv(4096)
        portion = received.partition(b"\n")[2]
        while True:
            for message in decoder.feed(portion):
                if isinstance(message, End):
                    return units
                if isinstance(message, VideoUnit):
                    units.append(message)
            portion = slow.recv(65536)
            assert portion, "closed without an end"


async def test_a_giver_that_sends_a_request_is_thrown_out(listener: PipeListener, worker: Worker) -> None:
    given = worker.given("red")
    _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(Hello(TOKEN, "give", "red", "composite:b").line() + encode(KeyframeRequest()))
    await soon(given.detached)
    writer.close()
