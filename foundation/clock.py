"""The one clock: Redis TIME as an offset to CLOCK_MONOTONIC, so that processes with different wall clocks agree.

Rules never read a clock: they take ``now_ms`` as an argument. Waiting is done on the monotonic clock of the event loop.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol


class Clock(Protocol):
    """Milliseconds since the Unix epoch on the platform's one clock; never steps back."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The wall clock of this machine, made monotonic: for tools and tests that run without Redis."""

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def now_ms(self) -> int:
        return (time.monotonic_ns() + self._offset_ns) // 1_000_000


class SteeredClock:
    """CLOCK_MONOTONIC plus an offset that is measured against a reference again and again.

    A later measurement that would step the clock back is paid off by standing still, and while the reference is away
    the last offset is held (CLOCK_MONOTONIC drifts by far less than a battle's tolerance).
    """

    # A sample whose round trip was longer says too little about the offset to be used.
    WORST_ROUND_TRIP_NS = 200_000_000

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self._offset_ns: int | None = None
        self._latest_ms = 0

    @property
    def synchronised(self) -> bool:
        return self._offset_ns is not None

    async def measure(self, reference_us: Callable[[], Awaitable[int]]) -> bool:
        """Take one sample of ``reference_us`` (microseconds since the epoch); False when it was too slow."""
        before = self._monotonic_ns()
        reference = await reference_us()
        after = self._monotonic_ns()
        if self._offset_ns is not None and after - before > self.WORST_ROUND_TRIP_NS:
            return False
        self._offset_ns = reference * 1000 - (before + after) // 2
        return True

    def now_ms(self) -> int:
        if self._offset_ns is None:
            raise RuntimeError("the clock was read before its first measurement")
        self._latest_ms = max(self._latest_ms, (self._monotonic_ns() + self._offset_ns) // 1_000_000)
        return self._latest_ms
