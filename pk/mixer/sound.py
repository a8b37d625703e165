"""A source's samples, in its own time: written as they come, read 20 ms at a time by a play head that follows a clock.

Samples are float32, shape (n, 2), 48 kHz, full scale 1.0.
"""

import numpy as np
import numpy.typing as npt

from pk.mixer.play_head import FRAME, RATE, STEP, PlayHead
from pk.mixer.resample import REACH, stretched

Samples = npt.NDArray[np.float32]

FRAME_US = 20_000
_CAPACITY = RATE * 2
_TOUCH = RATE // 200  # packets whose stamps miss each other by less than 5 ms belong together
FADE = RATE // 400  # 2.5 ms: a change of level that makes no click
_RISE: Samples = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]


class SoundBuffer:
    """A ring of two seconds, addressed by the source's time, so a lost packet leaves a gap and shifts nothing.

    The owner serialises.
    """

    def __init__(self) -> None:
        self._ring: Samples = np.zeros((_CAPACITY, 2), np.float32)
        self._first = 0
        self._end: int | None = None  # where the newest sample written ends; None before the first
        self._shift = 0  # how much was put in between by ``make_up``: all that comes is so much later in the ring
        self._head = PlayHead()
        self._guess = (0, 0)  # what of it was made up, from and to

    @property
    def behind_us(self) -> float:
        """By how much the play head was behind the clock at the last read."""
        return self._head.behind_us

    def gap_before(self, pts_us: int) -> int:
        """How many samples are missing before a packet of ``pts_us``; 0 before the first, and for a new beginning."""
        if self._end is None:
            return 0
        start = self._place(pts_us)
        return start - self._end if _TOUCH <= start - self._end <= _CAPACITY // 2 else 0

    def short_of(self, pts_us: int) -> int:
        """How many samples are missing for reading 20 ms from ``pts_us``; 0 while there is no sound at all."""
        if self._end is None or self._head.at is None or self._head.jumps_to(self._place(pts_us)):
            return 0
        # Behind what is made up and heard there must be enough of it to fade into what comes.
        spare = FADE if self._guess[1] == self._end else 0
        return max(0, self._head.at + FRAME + STEP + REACH + spare - self._end)

    def write(self, pts_us: int, samples: Samples) -> None:
        """Samples of a packet; what was made up for them gives way."""
        start = self._place(pts_us)
        guess_from, guess_to = self._guess
        if self._end is None or abs(start - self._end) > _CAPACITY // 2:
            # The first packet, or a source that has started anew.
            self._shift = 0
            start = self._first = self._end = self._place(pts_us)
            self._head = PlayHead()
        elif guess_from < guess_to and abs(start - guess_from) < _TOUCH:
            start = guess_from
        elif abs(start - self._end) < _TOUCH:
            start = self._end
        played = start if self._head.at is None else self._head.at
        samples = samples[max(0, played - start) :]
        start = max(start, played)
        if guess_from < start < guess_to:
            if len(samples) < FADE:
                return  # too little to change over to
            old = self._at(start, FADE)
            samples = np.concatenate([old + (samples[:FADE] - old) * _RISE, samples[FADE:]])
        end = start + len(samples)
        if guess_from < guess_to:
            self._guess = (end, guess_to) if end < guess_to else (0, 0)
        self._put(start, samples)

    def make_up(self, samples: Samples, between: bool = False) -> None:
        """Go on with ``samples`` that nobody sent: instead of what is missing, or ``between`` that and what was."""
        assert self._end is not None
        if between:
            self._shift += len(samples)
            self._put(self._end, samples)
            return
        begun = self._guess[0] if self._guess[1] == self._end else self._end
        self._put(self._end, samples)
        self._guess = (begun, self._end)

    def read(self, pts_us: int) -> Samples | None:
        """20 ms that should start at ``pts_us``; None is silence."""
        if self._end is None:
            return None
        wanted, before = self._place(pts_us), self._head.at
        jumped = self._head.jumps_to(wanted)
        start, length = self._head.advance(wanted)
        if jumped and before is not None and before < self._end:
            # What was heard fades out while what is to be heard fades in.
            old, samples = self._at(before, FADE), self._at(start, FRAME)
            samples[:FADE] = old + (samples[:FADE] - old) * _RISE
            return samples
        if start >= self._end:
            return None
        if length == FRAME:
            return self._at(start, FRAME)
        return stretched(self._at(start - REACH, length + 2 * REACH), FRAME)

    def _place(self, pts_us: int) -> int:
        return round(pts_us * RATE / 1e6) + self._shift

    def _at(self, start: int, length: int) -> Samples:
        """A copy; zero where nothing is."""
        assert self._end is not None
        at = start % _CAPACITY
        if at + length <= _CAPACITY:
            samples = self._ring[at : at + length].copy()
        else:
            samples = np.concatenate([self._ring[at:], self._ring[: at + length - _CAPACITY]])
        if start < self._first or start < self._end - _CAPACITY:
            samples[: max(self._first, self._end - _CAPACITY) - start] = 0
        if start + length > self._end:
            samples[max(0, self._end - start) :] = 0
        return samples

    def _put(self, start: int, samples: Samples) -> None:
        assert self._end is not None
        if start > self._end:
            self._copy(self._end, np.zeros((start - self._end, 2), np.float32))
        self._copy(start, samples)
        self._end = max(self._end, start + len(samples))

    def _copy(self, start: int, samples: Samples) -> None:
        at = start % _CAPACITY
        fits = min(len(samples), _CAPACITY - at)
        self._ring[at : at + fits] = samples[:fits]
        if fits < len(samples):
            self._ring[: len(samples) - fits] = samples[fits:]
