"""PURE. Where in a source's sound the mix reads: it follows a clock that drifts, without a step that is heard.

Positions are samples at 48 kHz.
"""

RATE = 48_000
FRAME = 960
STEP = 4  # it catches up by at most 0.4 % of speed, 7 cents: nobody hears that
_JUMP = RATE // 10  # what is further off than 100 ms is jumped to
_OFF = RATE // 500  # it is left alone while it is less than 2 ms off ...
_ON = RATE // 4000  # ... and brought back to a quarter of one
_SETTLE = 48  # frames: it takes about a second


class PlayHead:
    """``at`` is where the next frame begins, None before the first."""

    def __init__(self) -> None:
        self.at: int | None = None
        self.behind_us = 0.0  # by how much it was behind the clock at the last frame
        self._catching_up = False

    def jumps_to(self, wanted: int) -> bool:
        return self.at is None or abs(wanted - self.at) > _JUMP

    def advance(self, wanted: int) -> tuple[int, int]:
        """Start and length of what makes the next frame, which should start at ``wanted``."""
        if self.at is None or self.jumps_to(wanted):
            self.at, self.behind_us, self._catching_up = wanted + FRAME, 0.0, False
            return wanted, FRAME
        off = wanted - self.at
        self.behind_us = off * 1e6 / RATE
        self._catching_up = abs(off) >= (_ON if self._catching_up else _OFF)
        length = FRAME
        if self._catching_up:
            length += max(-STEP, min(STEP, off // _SETTLE + (off > 0)))
        start, self.at = self.at, self.at + length
        return start, length
