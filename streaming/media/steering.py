"""PURE. The worker's clock in microseconds: the platform's at the start, then steered towards it, never stepped.

Capture times are intervals of this clock as much as moments of it, so it runs evenly: at most 500 millionths faster or
slower than CLOCK_MONOTONIC, which is what a quartz may be off. It never runs backwards.
"""

FASTEST_PPM = 500
# What is off by now shall be gone in this time, if the limit allows it.
HORIZON_S = 20
# The platform's clock is read in whole milliseconds.
GRAIN_US = 1_000


class SteeredMicroseconds:
    """`monotonic_us` is CLOCK_MONOTONIC in microseconds, `reference_us` the platform's clock at that moment."""

    def __init__(self, monotonic_us: int, reference_us: int) -> None:
        self._base_us = monotonic_us
        self._value_us = reference_us
        self._ppm = 0

    @property
    def ppm(self) -> int:
        """How much faster than CLOCK_MONOTONIC it runs at present, in millionths."""
        return self._ppm

    def at(self, monotonic_us: int) -> int:
        elapsed_us = monotonic_us - self._base_us
        return self._value_us + elapsed_us + elapsed_us * self._ppm // 1_000_000

    def steer(self, monotonic_us: int, reference_us: int) -> None:
        """Choose how fast to run from now on; about once a second."""
        self._value_us, self._base_us = self.at(monotonic_us), monotonic_us
        off_us = reference_us - self._value_us
        wanted = 0 if abs(off_us) <= GRAIN_US else off_us // HORIZON_S
        self._ppm = max(-FASTEST_PPM, min(FASTEST_PPM, wanted))
