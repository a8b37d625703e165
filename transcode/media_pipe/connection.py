"""The job's end of the pipe: two threads per connection, for jobs are child processes without an event loop.

The reading thread connects, says hello and calls ``on_message`` with every frame: a slow consumer (a decoder) pushes
back through TCP, and the worker's queue drops what is too old. ``send`` hands a frame to the kernel at once if that
takes it; the writing thread sends what had to wait, and a heartbeat when nothing else. Whatever goes wrong, the pair
connects again, with back-off, until ``close``.
"""

import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import structlog

from transcode.media_pipe.queue import PipeQueue, QueueLimits
from transcode.media_pipe.wire import (
    HEARTBEAT_EVERY_S,
    MAX_LINE,
    SILENCE_LIMIT_S,
    Decoder,
    End,
    Heartbeat,
    Hello,
    Message,
    PipeMalformed,
    PipeRefused,
    encode,
    parse_answer,
)

log = structlog.get_logger(__name__)

_SOCKET_BUFFER = 64 * 1024
_PORTION = 64 * 1024
FIRST_BACKOFF_S = 0.05
LONGEST_BACKOFF_S = 1.0


@dataclass(frozen=True, slots=True)
class PipeAddress:
    """Where and what: ``pipe`` is ``host:port``; ``room`` and ``source`` as in ``Hello``."""

    pipe: str
    token: str
    verb: Literal["take", "give"]
    room: str
    source: str

    def endpoint(self) -> tuple[str, int]:
        host, _, port = self.pipe.rpartition(":")
        return host.strip("[]"), int(port)

    def hello(self) -> Hello:
        return Hello(self.token, self.verb, self.room, self.source)


def _nothing(*_: object) -> None:
    pass


class PipeConnection:
    """Use as a context manager. The callbacks run in the reading thread.

    ``on_connected`` is called after each accepted hello and before the first frame of that connection;
    ``on_message`` gets video units, audio packets, keyframe requests and ``End``.
    """

    def __init__(
        self,
        address: PipeAddress,
        on_message: Callable[[Message], None],
        on_connected: Callable[[], None] = _nothing,
        limits: QueueLimits | None = None,
    ) -> None:
        self.address = address
        self.connected = threading.Event()
        self.connects = 0
        self.refused: str | None = None  # the last refusal's code, None once accepted
        self._on_message = on_message
        self._on_connected = on_connected
        self._queue = PipeQueue(limits)
        self._said_end = False
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        self._at_once: socket.socket | None = None  # the same connection, for sending without waiting
        self._rest = b""  # of a message of which the kernel took only the beginning
        self._writing = False  # the writing thread has taken something and is sending it
        self._closing = threading.Event()
        name = f"pipe {address.verb} {address.room}"
        self._threads = [
            threading.Thread(target=self._read_for_ever, name=f"{name} read", daemon=True),
            threading.Thread(target=self._write_for_ever, name=f"{name} write", daemon=True),
        ]

    def __enter__(self) -> "PipeConnection":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def lost_video(self) -> int:
        return self._queue.lost_video

    def send(self, message: Message) -> None:
        """Queue a message; never blocks. While there is no connection frames are lost, and counted."""
        with self._changed:
            self._queue.offer(message)
            # To wake the other thread costs more than all else, so it is woken only for what the kernel does not take.
            if self._writing or self._rest or isinstance(message, End) or not self._sent_at_once():
                self._changed.notify_all()

    def _sent_at_once(self) -> bool:
        """Send what is queued as far as it goes without waiting; False if something is left. Holds the lock."""
        if self._at_once is None:
            return True  # without a connection there is nobody to be woken for it
        while (message := self._queue.take()) is not None:
            encoded = encode(message)
            try:
                sent = self._at_once.send(encoded)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._hang_up()
                return True
            self._rest = encoded[sent:]
            if self._rest:
                return False
        return True

    def close(self, timeout_s: float = 2.0) -> None:
        """Say ``End`` if there is somebody to say it to, then stop both threads."""
        self.send(End())
        with self._changed:
            self._changed.wait_for(lambda: self._socket is None or self._said_end, timeout_s / 2)
        self._closing.set()
        self._hang_up()
        for thread in self._threads:
            thread.join(timeout_s / 2)

    def _read_for_ever(self) -> None:
        backoff_s = FIRST_BACKOFF_S
        while not self._closing.is_set():
            before = self.connects
            try:
                self._read_once()
            except PipeRefused as refused:
                self.refused = refused.code
            except (OSError, EOFError, PipeMalformed) as error:
                log.info("media pipe lost", room=self.address.room, verb=self.address.verb, reason=str(error))
            finally:
                self._hang_up()
            if self.connects > before:
                backoff_s = FIRST_BACKOFF_S
            self._closing.wait(backoff_s * random.uniform(0.8, 1.2))
            backoff_s = min(backoff_s * 2, LONGEST_BACKOFF_S)

    def _read_once(self) -> None:
        with socket.socket(socket.AF_INET6 if ":" in self.address.endpoint()[0] else socket.AF_INET) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(SILENCE_LIMIT_S)
            connection.connect(self.address.endpoint())
            connection.sendall(self.address.hello().line())
            line, rest = _first_line(connection)
            parse_answer(line)
            self._accepted(connection)
            decoder = Decoder()
            portion = rest
            while True:
                for message in decoder.feed(portion):
                    if not isinstance(message, Heartbeat):
                        self._on_message(message)
                portion = connection.recv(_PORTION)
                if not portion:
                    raise EOFError("the worker closed the pipe")

    def _accepted(self, connection: socket.socket) -> None:
        self.refused = None
        self.connects += 1
        with self._changed:
            self._queue.restart()
            self._rest, self._socket, self._at_once = b"", connection, connection.dup()
            self._at_once.setblocking(False)
            self._changed.notify_all()
        self._on_connected()
        self.connected.set()

    def _hang_up(self, which: socket.socket | None = None) -> None:
        """End the connection that there is, or only ``which``, should there be another one by now."""
        with self._changed:
            if which is not None and which is not self._socket:
                return
            self.connected.clear()
            connection, self._socket = self._socket, None
            if self._at_once is not None:
                self._at_once.close()
                self._at_once = None
            self._changed.notify_all()
        if connection is not None:
            with suppress(OSError):  # already gone
                connection.shutdown(socket.SHUT_RDWR)

    def _write_for_ever(self) -> None:
        idle = False
        while not self._closing.is_set():
            with self._changed:
                self._writing = False
                connection = self._socket
                rest, self._rest = self._rest, b""
                message = None if rest or connection is None else self._queue.take()
                if connection is None or not (rest or message or idle):
                    idle = not self._changed.wait(HEARTBEAT_EVERY_S)
                    continue
                self._writing = True
            idle = False
            try:
                connection.sendall(rest or encode(message or Heartbeat()))
            except OSError:
                self._hang_up(connection)
            if isinstance(message, End):
                with self._changed:
                    self._said_end = True
                    self._changed.notify_all()


def _first_line(connection: socket.socket) -> tuple[bytes, bytes]:
    """The listener's answer and what came behind it."""
    received = b""
    while b"\n" not in received:
        if len(received) > MAX_LINE:
            raise PipeMalformed("the first line is too long")
        portion = connection.recv(MAX_LINE)
        if not portion:
            raise EOFError("the worker closed the pipe")
        received += portion
    line, _, rest = received.partition(b"\n")
    return line, rest
