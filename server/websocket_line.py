"""A websocket of uvicorn that may also be written to directly; the only file that knows uvicorn's private names.

Through ASGI each message costs a coroutine, a frame and a copy of its own for each socket, which for a room of
thousands is more than the write itself. The feed makes its frames once and writes them past it
(docs/decisions/0014-one-write-a-socket-and-tick.md). It is safe because uvicorn too writes whole frames only, and
because without compression and without fragments its side of the connection has no state but "closed".
"""

import importlib.metadata
import inspect
import socket
from asyncio import BaseTransport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.utils import is_ssl
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.streams import StreamReader

from streaming.feed.line import LINE, Line

PINNED = {"uvicorn": "0.54.0"}
# What a reader does not take must show here within seconds, not vanish in megabytes of the kernel's.
SEND_BUFFER = 64 * 1024
UNSENT_AT_MOST = 16 * 1024


PONG = b"\x8a\x80"  # masked and empty (RFC 6455, section 5.2); its key follows
PONG_BYTES = 6
_BETWEEN_FRAMES = StreamReader.at_eof.__code__


def _nobody() -> None:
    """Nobody writes past ASGI on this socket."""


def _nobody_waits(waiting: bool) -> None:
    """As ``_nobody``."""


class WebSocketLine(WebSocketsSansIOProtocol):
    """Implements ``streaming.feed.line.Line``."""

    write: Callable[[bytes], None]
    heard_s: float
    fd: int

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.on_lost: Callable[[], None] = _nobody
        self.on_waiting: Callable[[bool], None] = _nobody_waits
        self.lost = False
        self.write = self.transport.write
        self.heard_s = self.loop.time()
        connection = self.transport.get_extra_info("socket")
        _shorten(connection)
        self.fd = -1 if is_ssl(self.transport) else connection.fileno()
        if self.fd >= 0:
            self.transport.set_write_buffer_limits(high=0)  # `pause_writing` comes when anything waits

    async def run_asgi(self) -> None:
        line: Line = self
        extensions: Any = self.scope["extensions"]
        extensions[LINE] = line
        await super().run_asgi()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # refused with an answer of ours: uvicorn would call it none, in the log

    @property
    def waiting(self) -> int:
        return self.transport.get_write_buffer_size()

    def farewell(self, frames: bytes, code: int, reason: str, within_s: float) -> None:
        closing = self.close_sent or self.transport.is_closing()
        self._lost()
        if closing:
            return
        self.conn.send_close(code, reason)
        self.write(frames + b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(within_s, self.transport.abort)

    def abort(self) -> None:
        self._lost()
        self.transport.abort()

    # --- what waits tells who writes past the transport

    def pause_writing(self) -> None:
        super().pause_writing()
        self.on_waiting(True)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_waiting(False)

    # --- whatever ends the connection first tells who writes past ASGI

    def _lost(self) -> None:
        self.lost = True
        self.fd = -1
        self.on_waiting = _nobody_waits
        on_lost, self.on_lost = self.on_lost, _nobody
        on_lost()

    def data_received(self, data: bytes) -> None:
        self.heard_s = self.loop.time()
        if not is_empty_pong(data, self.conn):
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        self._lost()
        super().eof_received()

    def handle_close(self, event: Frame) -> None:
        self._lost()
        super().handle_close(event)

    def handle_parser_exception(self) -> None:
        self._lost()
        super().handle_parser_exception()

    def shutdown(self) -> None:
        self._lost()
        super().shutdown()


def is_empty_pong(data: bytes, conn: ServerProtocol) -> bool:
    """Whether this answer to a ping is all that has come: by itself the parser would forget it, after a long way."""
    return len(data) == PONG_BYTES and data.startswith(PONG) and between_frames(conn)


def between_frames(conn: ServerProtocol) -> bool:
    """Whether its parser has read whole frames only, and would read on: the next byte begins one."""
    parser: Any = conn.parser  # a generator, of the handshake and then of frames
    step = getattr(parser.gi_yieldfrom, "gi_yieldfrom", None)
    return getattr(step, "gi_code", None) is _BETWEEN_FRAMES


def _shorten(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_AT_MOST)


def self_test() -> None:
    """Refuse to start on another uvicorn than the one that this file was written for."""
    for package, version in PINNED.items():
        found = importlib.metadata.version(package)
        if found != version:
            raise RuntimeError(f"the room feed needs {package} {version}, found {found}")
    hooks = (
        "data_received",
        "connection_lost",
        "eof_received",
        "pause_writing",
        "resume_writing",
        "handle_close",
        "handle_parser_exception",
        "shutdown",
        "run_asgi",
        "send",
    )
    source = inspect.getsource(WebSocketsSansIOProtocol)
    names = ("conn", "transport", "loop", "queue", "scope", "close_sent", "close_timer", "read_paused")
    answering = ("initial_response", "handshake_complete")
    moved = [name for name in hooks if f"def {name}(" not in source]
    moved += [name for name in (*names, *answering) if f"self.{name}" not in source]
    if moved:
        raise RuntimeError(f"uvicorn's websocket is not as the room feed expects it: {', '.join(moved)}")
    if not between_frames(ServerProtocol(state=State.OPEN)):
        raise RuntimeError("websockets' parser is not as the room feed expects it")
