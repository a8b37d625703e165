"""The media worker's end of the pipe.

The worker gives ``PipeListener`` an endpoint. For each ``take`` the endpoint makes a ``PipeOutlet``, offers it the
cached GOP and then every live frame; for each ``give`` it makes a ``PipeSink`` that is handed the job's frames. All
calls are synchronous and happen on the listener's event loop; none may block.
"""

import asyncio
import hmac
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

import structlog

from foundation.tasks import TaskOwner, first_of
from transcode.media_pipe.framing import PipeReader, PipeWriter
from transcode.media_pipe.queue import PipeQueue, QueueLimits
from transcode.media_pipe.wire import (
    HEARTBEAT_EVERY_S,
    SILENCE_LIMIT_S,
    AudioPacket,
    End,
    Heartbeat,
    KeyframeRequest,
    Message,
    PipeMalformed,
    PipeRefused,
    VideoUnit,
    answer_line,
    parse_hello,
)

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 256
# What waits in the kernel is as late as what waits in the queue, but cannot be dropped: keep it small.
SOCKET_BUFFER = 64 * 1024


class PipeOutlet:
    """Frames on their way to one taking job.

    ``on_keyframe_wanted`` is called when the job asks, and when the queue has lost video: the source should make one
    soon. ``on_closed`` is called exactly once, when the job is gone: stop offering.
    """

    def __init__(
        self,
        on_keyframe_wanted: Callable[[], None],
        on_closed: Callable[[], None],
        limits: QueueLimits | None = None,
    ) -> None:
        self.on_keyframe_wanted = on_keyframe_wanted
        self.on_closed = on_closed
        self.queue = PipeQueue(limits)
        self._arrived = asyncio.Event()

    def offer(self, message: VideoUnit | AudioPacket) -> None:
        """Queue one frame; never blocks. What a slow job loses is counted in ``queue``."""
        waited = self.queue.needs_keyframe
        self.queue.offer(message)
        self._arrived.set()
        if self.queue.needs_keyframe and not waited:
            self.on_keyframe_wanted()

    def end(self) -> None:
        """The source is over: the job gets what is queued, then ``End``."""
        self.queue.offer(End())
        self._arrived.set()

    async def next(self, timeout_s: float) -> Message | None:
        """The oldest queued message; None when nothing came for ``timeout_s``."""
        while (message := self.queue.take()) is None:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return message


class PipeInlet:
    """What a sink may do to the job that gives it frames."""

    def __init__(self) -> None:
        self._wanted = asyncio.Event()
        self.closing = False

    def request_keyframe(self) -> None:
        """Ask the job for a keyframe. The job coalesces requests."""
        self._wanted.set()

    def close(self) -> None:
        """End this connection, for example because another job gives the same source now."""
        self.closing = True
        self._wanted.set()

    async def next(self, timeout_s: float) -> Message:
        try:
            async with asyncio.timeout(timeout_s):
                await self._wanted.wait()
        except TimeoutError:
            return Heartbeat()
        self._wanted.clear()
        return End() if self.closing else KeyframeRequest()


class PipeSink(Protocol):
    def attach(self, inlet: PipeInlet) -> None:
        """Called once, before the first frame."""

    def deliver(self, message: VideoUnit | AudioPacket) -> None:
        """One frame, in order."""

    def detach(self) -> None:
        """Called once, when the job has ended or is gone. No frame comes after it."""


class PipeEndpoint(Protocol):
    def take(self, room: str, source: str) -> PipeOutlet:
        """Subscribe a job to ``camera``, ``guest:<user>`` or ``program`` of ``room``. ``PipeRefused`` if not there."""

    def give(self, room: str, source: str) -> PipeSink:
        """Let a job be ``composite:<battle id>`` of ``room``. ``PipeRefused`` if it may not."""


class PipeListener:
    """Accepts jobs' connections on ``host:port`` (port 0: any; then read ``port``). ``start`` first, ``close`` last."""

    def __init__(
        self, host: str, port: int, token: str, endpoint: PipeEndpoint, silence_limit_s: float = SILENCE_LIMIT_S
    ) -> None:
        self._host = host
        self._port = port
        self._token = token.encode()
        self._endpoint = endpoint
        self._silence_limit_s = silence_limit_s
        self._server: asyncio.Server | None = None
        self._tasks = TaskOwner("pipe")

    @property
    def port(self) -> int:
        assert self._server is not None, "start first"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def address(self) -> str:
        """``host:port``, as a job's arguments carry it."""
        return f"{self._host}:{self.port}"

    @property
    def connections(self) -> int:
        return len(self._tasks)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accepted, self._host, self._port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        await self._tasks.close()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._tasks.start(self._serve(reader, writer), "connection")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER)
        writer.transport.set_write_buffer_limits(high=SOCKET_BUFFER)
        try:
            limit_s = self._silence_limit_s
            await self._greet(PipeReader(reader, limit_s), PipeWriter(writer, limit_s))
        except (EOFError, TimeoutError, OSError) as error:
            log.info("media pipe closed", reason=type(error).__name__)
        except PipeMalformed as error:
            log.warning("media pipe is malformed", reason=str(error))
        finally:
            # Not ``close``: bytes that a stopped job will never read must not keep the socket.
            writer.transport.abort()

    async def _greet(self, reader: PipeReader, writer: PipeWriter) -> None:
        try:
            hello = parse_hello(await reader.line())
            if not hmac.compare_digest(hello.token.encode(), self._token):
                raise PipeRefused("unauthorised")
            if hello.verb == "take":
                outlet = self._endpoint.take(hello.room, hello.source)
            else:
                sink = self._endpoint.give(hello.room, hello.source)
        except PipeRefused as refused:
            await _say_no(writer, refused.code)
            return
        except PipeMalformed:
            await _say_no(writer, "malformed")
            raise
        if hello.verb == "take":
            await self._take(reader, writer, outlet)
        else:
            await self._give(reader, writer, sink)

    async def _take(self, reader: PipeReader, writer: PipeWriter, outlet: PipeOutlet) -> None:
        async def listen() -> None:
            while True:
                match await reader.read():
                    case KeyframeRequest():
                        outlet.on_keyframe_wanted()
                    case Heartbeat():
                        pass
                    case End():
                        return
                    case other:
                        raise PipeMalformed(f"a taking job sent a {type(other).__name__}")

        async def speak() -> None:
            while not isinstance(message := await outlet.next(HEARTBEAT_EVERY_S) or Heartbeat(), End):
                await writer.write(message)
            await writer.write(End())

        try:
            await writer.line(answer_line(None))
            await first_of(listen(), speak())
        finally:
            outlet.on_closed()

    async def _give(self, reader: PipeReader, writer: PipeWriter, sink: PipeSink) -> None:
        inlet = PipeInlet()

        async def listen() -> None:
            while True:
                match await reader.read():
                    case VideoUnit() | AudioPacket() as frame:
                        sink.deliver(frame)
                    case Heartbeat():
                        pass
                    case End():
                        return
                    case other:
                        raise PipeMalformed(f"a giving job sent a {type(other).__name__}")

        async def speak() -> None:
            while not isinstance(message := await inlet.next(HEARTBEAT_EVERY_S), End):
                await writer.write(message)
            await writer.write(End())

        try:
            sink.attach(inlet)
            await writer.line(answer_line(None))
            await first_of(listen(), speak())
        finally:
            sink.detach()


async def _say_no(writer: PipeWriter, code: str) -> None:
    with suppress(OSError, TimeoutError):
        await writer.line(answer_line(code))
