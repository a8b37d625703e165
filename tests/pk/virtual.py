"""Virtual time: an event loop that does not wait but jumps to its next deadline, and a clock that shows its time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

START_MS = 1_700_000_000_000


class _Jumping(selectors.DefaultSelector):
    """Never waits: when nothing is ready it tells how long one would have waited."""

    waited_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nobody for the time"
            self.waited_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.waited_s


class VirtualClock:
    """The time of the running virtual loop, plus ``ahead_ms``."""

    def __init__(self, ahead_ms: int = 0) -> None:
        self._ahead_ms = ahead_ms

    def now_ms(self) -> int:
        return START_MS + self._ahead_ms + round(asyncio.get_running_loop().time() * 1000)


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run ``scenario`` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)


async def passes(milliseconds: float) -> None:
    """Return when so much virtual time has passed."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    loop.call_later(milliseconds / 1000, over.set_result, None)
    await over


def virtual_seconds() -> float:
    return asyncio.get_running_loop().time()
