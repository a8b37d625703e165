"""Peers that live in real time: ICE checks as a browser sends them, and waiting without sleeping."""

import asyncio
import time

from tests.streaming.media.peer import Peer

CHECK_EVERY_S = 2.5
UNANSWERED_CHECK_EVERY_S = 0.25


async def at(when_s: float) -> None:
    """Until the loop's clock shows `when_s`."""
    loop = asyncio.get_running_loop()
    if when_s <= loop.time():
        return
    woken = loop.create_future()
    timer = loop.call_at(when_s, lambda: woken.done() or woken.set_result(None))
    try:
        await woken
    finally:
        timer.cancel()


async def after(seconds: float) -> None:
    await at(asyncio.get_running_loop().time() + seconds)


class LivePeer(Peer):
    """Checks its path all the time: often while no answer comes, else every 2.5 s, as Chromium does."""

    def __init__(self, through: int = 0) -> None:
        super().__init__(through)
        self._answered = False
        self._next_check: asyncio.TimerHandle | None = None

    def check(self) -> None:
        super().check()
        every = CHECK_EVERY_S if self._answered else UNANSWERED_CHECK_EVERY_S
        self._answered = False
        if self._next_check is not None:
            self._next_check.cancel()
        self._next_check = asyncio.get_running_loop().call_later(every, self.check)

    def datagram_received(self, datagram: bytes, address: object) -> None:
        if datagram[0] < 4 and not self._answered:
            self._answered = True
            if self._next_check is not None:
                self._next_check.cancel()
            self._next_check = asyncio.get_running_loop().call_later(CHECK_EVERY_S, self.check)
        super().datagram_received(datagram, address)
        self.raw.clear()  # nobody compares bytes here, and these peers live long

    async def close(self) -> None:
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
