"""Pictures that say which one they are, so that a receiver can tell a right one from a damaged one, block by block.

Each is a grid of 8x8 blocks of one grey each. The first rows are a barcode (number and checksum, cells of 16x16), the
others follow from the number by a seeded generator; all of it survives the encoder and is known to the reader.
"""

import functools
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from tests.streaming.media.pictures import Colour

WIDTH, HEIGHT, FPS = 320, 240, 15
BLOCK, CELL = 8, 16
CELLS = WIDTH // CELL
NUMBER_BITS = 16
CHECK_BITS = CELLS - NUMBER_BITS
DARK, LIGHT = 32, 220
DAMAGE_MAX = 24.0
"""By how much the grey of a block may be off after encoding at our rate; another picture's block is off by 60."""


@functools.lru_cache(maxsize=512)
def blocks(number: int) -> NDArray[np.uint8]:
    """The greys of picture `number`, (30, 40)."""
    rows, columns = HEIGHT // BLOCK, WIDTH // BLOCK
    greys = np.random.default_rng(number).integers(48, 208, (rows, columns)).astype(np.uint8)
    code = (number % (1 << NUMBER_BITS)) << CHECK_BITS | _check(number)
    bits = np.array([code >> place & 1 for place in reversed(range(CELLS))])
    greys[0:2] = np.repeat(np.where(bits, LIGHT, DARK), 2)
    return greys


def _check(number: int) -> int:
    value = number % (1 << NUMBER_BITS)
    return sum(value >> shift & 15 for shift in (0, 4, 8, 12)) * 7 + 5 & (1 << CHECK_BITS) - 1


@functools.lru_cache(maxsize=512)
def draw(number: int, colour: Colour) -> av.VideoFrame:
    """Picture `number`; its chroma is that of `colour`. Hosts of one test share it."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    luma = blocks(number).repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
    for place, (plane, value) in enumerate(zip(frame.planes, colour, strict=True)):
        samples = np.full((plane.height, plane.line_size), value, np.uint8)
        if place == 0:
            samples[:, :WIDTH] = luma
        plane.update(samples.tobytes())
    return frame


def read(frame: av.VideoFrame) -> tuple[int, float] | None:
    """The number of a decoded picture and by how much its worst block is off; None when it has no number."""
    if (frame.width, frame.height) != (WIDTH, HEIGHT):
        return None
    plane = frame.planes[0]
    luma = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)[:, :WIDTH].astype(np.float32)
    greys = luma.reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK).mean(axis=(1, 3))
    code = 0
    for cell in range(CELLS):
        code = code << 1 | int(greys[0:2, 2 * cell : 2 * cell + 2].mean() > 128)
    number = code >> CHECK_BITS
    if code & (1 << CHECK_BITS) - 1 != _check(number):
        return None
    return number, float(np.abs(greys - blocks(number)).max())


class Encoder:
    """H.264 as a browser makes it: baseline, no keyframe after the first unless asked for."""

    def __init__(self, colour: Colour, bitrate: int = 400_000) -> None:
        self._colour = colour
        self._codec = codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, FPS), Fraction(FPS, 1)
        codec.profile, codec.bit_rate, codec.thread_count = "Baseline", bitrate, 1
        rate = {"maxrate": str(bitrate), "bufsize": str(bitrate // 2)}
        codec.options = {"tune": "zerolatency", "preset": "ultrafast", "g": "100000", "forced-idr": "1"} | rate

    def encode(self, number: int, keyframe: bool) -> bytes:
        """One access unit, Annex B."""
        frame = draw(number, self._colour)
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class Reel:
    """Pictures of one colour encoded once, the first a keyframe, for all hosts who begin with it."""

    def __init__(self, colour: Colour) -> None:
        self._encoder = Encoder(colour)
        self._units: list[bytes] = []

    def unit(self, number: int) -> bytes:
        while len(self._units) <= number:
            self._units.append(self._encoder.encode(len(self._units), not self._units))
        return self._units[number]


class Camera:
    """Plays the reel until a keyframe is wanted or a picture is left out, and encodes for itself from then on."""

    def __init__(self, colour: Colour) -> None:
        self._colour = colour
        self._next = 0
        self._own: Encoder | None = None

    def unit(self, number: int, keyframe: bool) -> bytes:
        expected, self._next = self._next, number + 1
        if self._own is None:
            if number == expected and (not keyframe or number == 0):
                return _reel(self._colour).unit(number)
            self._own, keyframe = Encoder(self._colour), True
        return self._own.encode(number, keyframe)


@functools.cache
def _reel(colour: Colour) -> Reel:
    return Reel(colour)
