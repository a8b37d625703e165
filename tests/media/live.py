"""Peers that live in real time: ICE checks as a browser sends them, and waiting without sleeping."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from tests.media.relay import READS_A_WAKE, open_socket
from tests.streaming.media.peer import Peer

CHECK_EVERY_S = 2.5
UNANSWERED_CHECK_EVERY_S = 0.25


async def at(when_s: float) -> None:
    """Until the loop's clock shows `when_s`."""
    loop = asyncio.get_running_loop()
    if when_s <= loop.time():
        return
    woken = loop.create_future()
    timer = loop.call_at(when_s, _wake, woken)
    try:
        await woken
    finally:
        timer.cancel()


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


async def after(seconds: float) -> None:
    await at(asyncio.get_running_loop().time() + seconds)


class Reading(asyncio.DatagramTransport):
    """A UDP socket that is emptied whenever the loop comes by; asyncio's own takes one datagram a turn of the loop, and
    loses the others when many peers share a loop that is busy."""

    def __init__(self, heard: Callable[[bytes, object], None]) -> None:
        super().__init__()
        self._socket = open_socket()
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable, heard)

    def _readable(self, heard: Callable[[bytes, object], None]) -> None:
        with contextlib.suppress(OSError):  # nothing more, or closed by what was heard
            for _ in range(READS_A_WAKE):
                heard(*self._socket.recvfrom(2048))

    def sendto(self, data: Any, addr: Any = None) -> None:
        with contextlib.suppress(OSError):  # a full buffer, or closed
            self._socket.sendto(data, addr)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket.getsockname() if name == "sockname" else default

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()


class LivePeer(Peer):
    """Checks its path all the time: often while no answer comes, else every 2.5 s, as Chromium does."""

    def __init__(self, through: int = 0) -> None:
        super().__init__(through)
        self._answered = False
        self._next_check: asyncio.TimerHandle | None = None
        self._closed = False

    async def open_socket(self) -> asyncio.DatagramTransport:
        return Reading(self.datagram_received)

    def check(self) -> None:
        super().check()
        self._answered = False
        self._check_after(UNANSWERED_CHECK_EVERY_S)

    def _check_after(self, seconds: float) -> None:
        if self._next_check is not None:
            self._next_check.cancel()
        if not self._closed:
            self._next_check = asyncio.get_running_loop().call_later(seconds, self.check)

    def datagram_received(self, datagram: bytes, address: object) -> None:
        if datagram[0] < 4 and not self._answered:
            self._answered = True
            self._check_after(CHECK_EVERY_S)
        super().datagram_received(datagram, address)
        self.raw.clear()  # nobody compares bytes here, and these peers live long

    async def close(self) -> None:
        self._closed = True
        if self._next_check is not None:
            self._next_check.cancel()
        await super().close()


class Pulse:
    """Notes when this process was held up: what nobody received then is not the network's fault."""

    EVERY_S = 0.02
    STALL_S = 0.06

    def __init__(self) -> None:
        self.stalls: list[tuple[float, float]] = []
        self._last = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None
        self._beat()

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last > self.STALL_S:
            self.stalls.append((self._last, now))
        self._last = now
        self._timer = asyncio.get_running_loop().call_later(self.EVERY_S, self._beat)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
