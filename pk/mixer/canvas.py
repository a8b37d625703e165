"""The composite as planes of one preallocated yuv420p frame: tiles are pasted, marks are blended over them.

Pictures stay in yuv420p all the way, as numpy views of FFmpeg's own memory: no RGB, and no copy but the paste.
"""

from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from pk.mixer import lettering
from pk.mixer.layout import Rectangle
from pk.mixer.lettering import Mask

Plane = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]  # Y, U, V, limited range

WHITE: Colour = (235, 128, 128)
DARK: Colour = (32, 134, 124)
BLACK: Colour = (16, 128, 128)
SIDES: tuple[Colour, Colour] = ((95, 105, 205), (80, 190, 100))  # red, blue


@dataclass(frozen=True)
class Planes:
    """A yuv420p picture: ``y`` (h, w), ``u`` and ``v`` (h/2, w/2). ``owner`` keeps the memory under them alive."""

    y: Plane
    u: Plane
    v: Plane
    owner: object = None

    def each(self) -> tuple[Plane, Plane, Plane]:
        return self.y, self.u, self.v


def views(frame: av.VideoFrame) -> Planes:
    """Writable views of a yuv420p frame's planes, without the padding at the end of each line."""
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    )
    return Planes(y, u, v, frame)


def plain(width: int, height: int, colour: Colour) -> Planes:
    halves = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return Planes(*(np.full(shape, value, np.uint8) for shape, value in zip(halves, colour, strict=True)))


class Stamp:
    """A mask of one colour, prepared for blending at one place: under = under * keep / 256 + add."""

    def __init__(self, mask: Mask, x: int, y: int, colour: Colour) -> None:
        # Even size and place, so that chroma has its own exact mask.
        self.x, self.y = x // 2 * 2, y // 2 * 2
        padded = np.pad(mask, ((0, mask.shape[0] % 2), (0, mask.shape[1] % 2)))
        quarter = padded.astype(np.uint16).reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).sum((1, 3)) // 4
        cover = (padded.astype(np.uint16), quarter, quarter)
        self._keep = tuple(256 - each * 256 // 255 for each in cover)
        self._add = tuple(each * 256 // 255 * np.uint16(value) for each, value in zip(cover, colour, strict=True))

    def blend(self, onto: Planes) -> None:
        """Blend over ``onto``; whatever reaches beyond it is cut off."""
        for index, plane in enumerate(onto.each()):
            keep, add = self._keep[index], self._add[index]
            x, y = (self.x, self.y) if index == 0 else (self.x // 2, self.y // 2)
            region = plane[y : y + keep.shape[0], x : x + keep.shape[1]]
            height, width = region.shape
            region[:] = (region * keep[:height, :width] + add[:height, :width]) >> 8


class Canvas:
    """The frame that is encoded. ``paste`` and ``stamp`` write into it; it is reused for every picture."""

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self._planes = views(self.frame)
        for plane, value in zip(self._planes.each(), BLACK, strict=True):
            plane[:] = value

    def paste(self, tile: Planes, at: Rectangle) -> None:
        """``tile`` must have the size of ``at``."""
        for index, (onto, plane) in enumerate(zip(self._planes.each(), tile.each(), strict=True)):
            shift = 0 if index == 0 else 1
            x, y = at.x >> shift, at.y >> shift
            onto[y : y + plane.shape[0], x : x + plane.shape[1]] = plane

    def stamp(self, stamp: Stamp) -> None:
        stamp.blend(self._planes)


def placeholder(size: Rectangle, name: str) -> Planes:
    """The tile of a host without a picture: his name on a dark ground."""
    tile = plain(size.width, size.height, DARK)
    letters = max(12, size.width // 10)
    mask = lettering.draw(name, letters, size.width - letters)
    x, y = (size.width - mask.shape[1]) // 2, (size.height - mask.shape[0]) // 2
    Stamp(mask, x, y, WHITE).blend(tile)
    return tile


def name_plate(at: Rectangle, name: str, seat: int) -> list[Stamp]:
    """A host's name in the lower corner of his tile: white on a half transparent plate, a bar of his side's colour."""
    letters = max(10, at.width // 20)
    mask = lettering.draw(name, letters, at.width * 2 // 3)
    height, width = mask.shape[0] + letters, mask.shape[1] + letters * 3 // 2
    x, y = at.x + letters // 2, at.y + at.height - height - letters // 2
    bar = np.full((height, max(2, letters // 4)), 255, np.uint8)
    return [
        Stamp(np.full((height, width), 130, np.uint8), x, y, BLACK),
        Stamp(bar, x, y, SIDES[seat % 2]),
        Stamp(mask, x + letters * 3 // 4, y + letters // 2, WHITE),
    ]


def versus(width: int, height: int) -> list[Stamp]:
    """The VS mark in the middle: a dark disc with white letters."""
    size = max(20, width // 9) // 2 * 2
    row, column = np.ogrid[:size, :size]
    distance = np.hypot(row - size / 2 + 0.5, column - size / 2 + 0.5)
    disc = (np.clip(size / 2 - distance, 0, 1) * 200).astype(np.uint8)
    letters = lettering.draw("VS", size // 2, size)
    return [
        Stamp(disc, (width - size) // 2, (height - size) // 2, BLACK),
        Stamp(letters, (width - letters.shape[1]) // 2, (height - letters.shape[0]) // 2, WHITE),
    ]
