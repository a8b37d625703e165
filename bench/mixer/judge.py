"""What came out of a contestant, decoded: how late each picture was, and how true."""

import math
from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import numpy.typing as npt
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from bench.mixer.clips import HEIGHT, WIDTH, Clip, number_of
from bench.mixer.run import Run
from transcode.media_pipe import VideoUnit

Plane = npt.NDArray[np.uint8]
# Rows and columns of a tile that no name plate and no half of the VS mark covers.
_FREE_ROWS = slice(0, HEIGHT * 2 // 5)


def decoded(units: list[VideoUnit]) -> Iterator[Plane]:
    """The luma of each picture (h, w)."""
    codec = av.CodecContext.create("h264", "r")
    assert isinstance(codec, VideoCodecContext)
    codec.thread_count = 1
    codec.flags |= Flags.low_delay
    for unit in units:
        for frame in codec.decode(av.Packet(unit.payload)):
            plane = frame.planes[0]
            whole = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
            yield whole[: frame.height, : frame.width].copy()


def delays_ms(run: Run) -> list[float]:
    """From the moment in which a picture of the left host went in to the one in which it first came out."""
    found: dict[int, float] = {}
    for luma, at_s in zip(decoded(run.units), run.at_s, strict=False):
        number = number_of(luma)
        if number is not None and number < len(run.sent_s):
            found.setdefault(number, (at_s - run.sent_s[number]) * 1000)
    return [found[number] for number in sorted(found)][15:]


def psnr_db(run: Run, clips: tuple[Clip, Clip], every: int = 10) -> float:
    """Luma of the composite against both hosts' pictures side by side, where nothing is written over them.

    Every ``every``-th picture, those of the first second left out; the mean of the errors, not of the decibels.
    """
    wanted = [list(decoded(clip.units)) for clip in clips]
    errors = []
    for index, luma in enumerate(decoded(run.units)):
        if index < 45 or index % every:
            continue
        numbers = [number_of(luma, left) for left in (0, WIDTH)]
        if any(number is None or number >= len(wanted[side]) for side, number in enumerate(numbers)):
            continue
        ideal = np.hstack([wanted[side][number or 0] for side, number in enumerate(numbers)])
        assert ideal.shape == luma.shape, f"{luma.shape} instead of {ideal.shape}"
        difference = ideal[_FREE_ROWS].astype(np.int16) - luma[_FREE_ROWS]
        errors.append(float(np.mean(np.square(difference, dtype=np.int32))))
    return 10 * math.log10(255**2 / (sum(errors) / len(errors)))


def sound_is_whole(run: Run) -> bool:
    """Whether a packet of sound came for every 20 ms."""
    stamps = [packet.pts_us for packet in run.sounds]
    return all(later - earlier <= 20_000 for earlier, later in pairwise(stamps))
