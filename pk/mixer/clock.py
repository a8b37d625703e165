"""The media clock of a composite, and the even ticks on it that wait for nobody."""

import threading
import time


class MixerClock:
    """Microseconds since the epoch on CLOCK_MONOTONIC, never stepping back."""

    def __init__(self) -> None:
        self._offset_us = (time.time_ns() - time.monotonic_ns()) // 1000

    def now_us(self) -> int:
        return time.monotonic_ns() // 1000 + self._offset_us


class Ticks:
    """An even grid of ticks. Up to ``patience`` late ticks are made up for, more are skipped and counted."""

    def __init__(self, clock: MixerClock, period_us: float, patience: int) -> None:
        self._clock = clock
        self._period_us = period_us
        self._start_us = clock.now_us()
        self._number = 0
        self._patience = patience
        self.missed = 0

    def change(self, period_us: float) -> None:
        """Go on at another pace from the last tick."""
        self._start_us += int(self._number * self._period_us)
        self._number, self._period_us = 0, period_us

    def wait(self, stopping: threading.Event) -> int | None:
        """Wait for the next tick and return its time, in microseconds; None when it is time to stop."""
        now_us = self._clock.now_us()
        current = int((now_us - self._start_us) / self._period_us)
        following = self._number + 1
        if current - following >= self._patience:
            self.missed += current - following
            following = current
        self._number = following
        due_us = self._start_us + int(following * self._period_us)
        # Not a wait for the event, which costs more than the rest: nobody minds stopping a tick later.
        time.sleep(max(0, due_us - now_us) / 1e6)
        return None if stopping.is_set() else due_us
