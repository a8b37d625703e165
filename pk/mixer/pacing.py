"""PURE. How often a picture is made: as often as wanted, and less often while the machine is too slow for it.

Pictures are shed before sound: the work for one frame of sound is small, and a gap is heard. Downwards after one bad
second, upwards after some good ones that leave room for the faster pace; a pace that did not last is tried later and
later. Everything in microseconds.
"""

SHARES = (1.0, 2 / 3, 1 / 2)  # of the frame rate wanted: 30, 20, 15
_WINDOW_US = 1_000_000
_BAD = 0.2  # share of the ticks that came too late to be kept
_ROOM = 0.7  # share of the faster pace's time that the work may take
PATIENCE_US = 5_000_000
MAX_PATIENCE_US = 80_000_000


class Pace:
    """``period_us`` between two pictures. Tell it of every picture with ``made``."""

    def __init__(self, fps: int, now_us: int) -> None:
        self.level = 0  # 0: as wanted
        self._fps = fps
        self._window_us = now_us
        self._ticks = 0
        self._late = 0
        self._work_us = 0
        self._calm_us = now_us  # since when there was room
        self._patience_us = PATIENCE_US
        self._rose_us: int | None = None

    @property
    def period_us(self) -> float:
        return 1e6 / (self._fps * SHARES[self.level])

    def made(self, now_us: int, work_us: int, missed: int, sound_missed: int) -> bool:
        """One picture took ``work_us``; before it so many ticks of picture and sound were missed.

        True if the period has changed.
        """
        self._ticks += 1 + missed
        self._late += missed + (work_us > self.period_us)
        self._late += sound_missed * self._ticks  # one gap in the sound makes the second a bad one
        self._work_us += work_us
        if now_us - self._window_us < _WINDOW_US:
            return False
        before = self.level
        self._judge(now_us)
        self._window_us, self._ticks, self._late, self._work_us = now_us, 0, 0, 0
        return self.level != before

    def _judge(self, now_us: int) -> None:
        bad = self._late > _BAD * self._ticks
        faster = 1e6 / (self._fps * SHARES[max(0, self.level - 1)])
        if bad or self._work_us > _ROOM * faster * self._ticks:
            self._calm_us = now_us
        if bad and self.level < len(SHARES) - 1:
            if self._rose_us is not None and now_us - self._rose_us < 2 * self._patience_us:
                self._patience_us = min(2 * self._patience_us, MAX_PATIENCE_US)
            self.level += 1
        elif self.level and now_us - self._calm_us >= self._patience_us:
            self.level -= 1
            self._calm_us = self._rose_us = now_us
        elif not self.level and now_us - self._calm_us >= MAX_PATIENCE_US:
            self._patience_us = PATIENCE_US
