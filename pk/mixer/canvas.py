"""The composite as planes of one preallocated yuv420p frame: tiles are pasted, marks are blended over them.

Pictures stay in yuv420p all the way, as numpy views of FFmpeg's own memory: no RGB, and no copy but the paste.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from pk.mixer.layout import Rectangle
from pk.mixer.lettering import Mask

Plane = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]  # Y, U, V, limited range

WHITE: Colour = (235, 128, 128)
DARK: Colour = (32, 134, 124)
BLACK: Colour = (16, 128, 128)


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
    shapes = _shapes(width, height)
    return Planes(*(np.full(shape, value, np.uint8) for shape, value in zip(shapes, colour, strict=True)))


@dataclass(frozen=True)
class Layer:
    """One colour seen through a mask, at (x, y) of the picture."""

    mask: Mask
    x: int
    y: int
    colour: Colour


class Stamp:
    """Layers, the first at the bottom, prepared for blending in one go: under = (under * keep + add) / 256."""

    def __init__(self, layers: Sequence[Layer], within: Rectangle) -> None:
        """What reaches beyond ``within`` is cut off."""
        # Even size and place, so that chroma has its own exact masks.
        left = max(within.x, min(layer.x for layer in layers) // 2 * 2)
        top = max(within.y, min(layer.y for layer in layers) // 2 * 2)
        right = min(within.x + within.width, max(layer.x + layer.mask.shape[1] for layer in layers) + 1)
        bottom = min(within.y + within.height, max(layer.y + layer.mask.shape[0] for layer in layers) + 1)
        width, height = max(0, right - left) // 2 * 2, max(0, bottom - top) // 2 * 2
        keep = [np.ones(shape, np.float32) for shape in _shapes(width, height)]
        add = [np.zeros(shape, np.float32) for shape in _shapes(width, height)]
        for layer in layers if width and height else ():
            cover = _placed(layer, left, top, width, height)
            quarter = cover.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
            for index, (each, value) in enumerate(zip((cover, quarter, quarter), layer.colour, strict=True)):
                keep[index] *= 1 - each
                add[index] = add[index] * (1 - each) + each * value
        self.x, self.y = left, top
        self._keep = tuple(np.round(each * 256).astype(np.uint16) for each in keep)
        self._add = tuple(np.round(each * 256).astype(np.uint16) for each in add)

    def blend(self, onto: Planes) -> None:
        """Blend over ``onto``, which must reach as far as the stamp does."""
        for index, plane in enumerate(onto.each()):
            keep = self._keep[index]
            if not keep.size:
                return
            x, y = (self.x, self.y) if index == 0 else (self.x // 2, self.y // 2)
            region = plane[y : y + keep.shape[0], x : x + keep.shape[1]]
            blended = region * keep
            blended += self._add[index]
            blended >>= 8
            region[:] = blended


def _shapes(width: int, height: int) -> tuple[tuple[int, int], ...]:
    return (height, width), (height // 2, width // 2), (height // 2, width // 2)


def _placed(layer: Layer, left: int, top: int, width: int, height: int) -> npt.NDArray[np.float32]:
    """The layer's coverage, 0 to 1, in the block of the stamp."""
    block = np.zeros((height, width), np.float32)
    x, y = layer.x - left, layer.y - top
    mask = layer.mask[max(0, -y) : max(0, height - y), max(0, -x) : max(0, width - x)]
    block[max(0, y) : max(0, y) + mask.shape[0], max(0, x) : max(0, x) + mask.shape[1]] = mask / np.float32(255)
    return block


class Canvas:
    """The frame that is encoded. ``paste`` and ``stamp`` write into it; it is reused for every picture."""

    def __init__(self, width: int, height: int) -> None:
        self.frame = av.VideoFrame(width, height, "yuv420p")
        self._planes = views(self.frame)
        self.clear()

    def clear(self) -> None:
        """All of it black."""
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
