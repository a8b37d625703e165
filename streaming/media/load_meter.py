"""Measures what a worker does: packets and processor time between two readings, smoothed."""

import time
from collections.abc import Callable

from streaming.media.counters import Counters
from streaming.media.load import Demand

# Weight of the newest second: a burst of joins is seen within three seconds, one busy second closes no door.
NEWEST = 0.4


class LoadMeter:
    """`tick` about once a second. `processor_s` is the processor time that this process has used."""

    def __init__(self, counters: Counters, processor_s: Callable[[], float] = time.process_time) -> None:
        self._counters = counters
        self._processor_s = processor_s
        self._before: tuple[float, int, float] | None = None
        self._packets_per_s = 0.0
        self._processor = 0.0

    def tick(self, now_s: float) -> None:
        packets = self._counters.packets_in + self._counters.packets_out
        used_s = self._processor_s()
        if self._before is not None and now_s > self._before[0]:
            elapsed_s = now_s - self._before[0]
            self._packets_per_s += NEWEST * ((packets - self._before[1]) / elapsed_s - self._packets_per_s)
            self._processor += NEWEST * ((used_s - self._before[2]) / elapsed_s - self._processor)
        self._before = (now_s, packets, used_s)

    def demand(self, sessions: int) -> Demand:
        return Demand(sessions, self._packets_per_s, self._processor)
