"""PURE. A limiter with look-ahead: what would be too loud is turned down before it comes, and nothing is ever clipped.

The gain is worked out for steps of 1.25 ms: the lowest that the coming 5 ms need, averaged over as long (so it falls in
a ramp that ends in time) and let go slowly. Sound that needs none goes through unchanged, 5 ms later.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

CEILING = 0.89  # -1 dBFS: what Opus makes of it may overshoot a little
STEP = 60  # samples
_AHEAD = 4  # steps
LOOK_AHEAD = STEP * _AHEAD  # samples by which the sound is delayed
_LET_GO = STEP / (48_000 * 0.15)  # share of the way back to full gain a step: 150 ms


class Limiter:
    """For one mix, 48 kHz, frames of a multiple of ``STEP`` samples (n, channels), one after the other."""

    def __init__(self) -> None:
        self._waiting: Samples = np.zeros((LOOK_AHEAD, 2), np.float32)
        self._needed = deque([1.0] * (_AHEAD + 1), maxlen=_AHEAD + 1)  # by the steps that wait, and the one before
        self._lowest = deque([1.0] * _AHEAD, maxlen=_AHEAD)
        self._held = 1.0
        self._gain = 1.0  # at the end of what was given out

    def limit(self, samples: Samples) -> Samples:
        """As many samples as were given: those of ``LOOK_AHEAD`` before."""
        whole = np.concatenate([self._waiting, samples])
        self._waiting = whole[len(samples) :]
        peaks = np.abs(samples).reshape(-1, STEP * samples.shape[1]).max(axis=1)
        if peaks.max(initial=0.0) <= CEILING and self._gain == 1.0 and min(self._needed) == 1.0:
            return whole[: len(samples)]
        gains = [self._gain, *(self._next(float(peak)) for peak in peaks)]
        self._gain = gains[-1]
        at = np.arange(len(samples), dtype=np.float32) / STEP
        curve = np.interp(at, np.arange(len(gains)), gains).astype(np.float32)
        return whole[: len(samples)] * curve[:, None]

    def _next(self, peak: float) -> float:
        """Take the step that has come; return the gain at the end of the step that goes."""
        self._needed.append(min(1.0, CEILING / peak) if peak else 1.0)
        # The steps on both sides of that moment, and all that wait behind it.
        lowest = min(self._needed)
        self._held = min(lowest, self._held + (1.0 - self._held) * _LET_GO)
        if self._held > 0.9999:
            self._held = min(lowest, 1.0)
        self._lowest.append(self._held)
        return sum(self._lowest) / _AHEAD
