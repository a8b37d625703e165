"""What is written over the pictures, drawn once for a roster: names, notes, the VS mark, and a score bar if asked."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from pk.mixer import lettering
from pk.mixer.canvas import BLACK, DARK, WHITE, Colour, Layer, Planes, Stamp, plain
from pk.mixer.layout import Rectangle

# Red, blue, green, yellow: as the pages colour the sides.
SIDES: tuple[Colour, ...] = ((95, 105, 205), (80, 190, 100), (120, 95, 80), (185, 60, 150))


def placeholder(size: Rectangle, name: str, note: str = "") -> Planes:
    """The tile of somebody without a picture: the name on a dark ground, and what is the matter below it."""
    tile = plain(size.width, size.height, DARK)
    letters = max(12, min(size.width, size.height) // 10)
    layers = [_centred(name, letters, size.width // 2, size.height // 2, size.width - letters)]
    if note:
        small = max(10, letters * 2 // 3)
        layers.append(_centred(note, small, size.width // 2, size.height // 2 + letters * 3 // 2, size.width - letters))
    Stamp(layers, Rectangle(0, 0, size.width, size.height)).blend(tile)
    return tile


def name_plate(at: Rectangle, name: str, side: int) -> Stamp:
    """A name in the lower corner of its tile: white on a half transparent plate, a bar of the side's colour."""
    letters = max(10, at.width // 20)
    mask = lettering.draw(name, letters, at.width * 2 // 3)
    height, width = mask.shape[0] + letters, mask.shape[1] + letters * 3 // 2
    x, y = at.x + letters // 2, at.y + at.height - height - letters // 2
    bar = np.full((height, max(2, letters // 4)), 255, np.uint8)
    layers = [
        Layer(np.full((height, width), 130, np.uint8), x, y, BLACK),
        Layer(bar, x, y, SIDES[side % len(SIDES)]),
        Layer(mask, x + letters * 3 // 4, y + letters // 2, WHITE),
    ]
    return Stamp(layers, at)


def versus(centre: tuple[int, int], width: int, within: Rectangle) -> Stamp | None:
    """The part of a VS mark that lies in the tile ``within``: a dark disc with white letters; None if nothing does.

    ``width`` is the canvas's.
    """
    x, y = centre
    size = max(20, width // 9) // 2 * 2
    beside = x + size // 2 <= within.x or x - size // 2 >= within.x + within.width
    above = y + size // 2 <= within.y or y - size // 2 >= within.y + within.height
    if beside or above:
        return None
    row, column = np.ogrid[:size, :size]
    distance = np.hypot(row - size / 2 + 0.5, column - size / 2 + 0.5)
    disc = (np.clip(size / 2 - distance, 0, 1) * 200).astype(np.uint8)
    layers = [Layer(disc, x - size // 2, y - size // 2, BLACK), _centred("VS", size // 2, x, y, size)]
    return Stamp(layers, within)


def score_bar(width: int, sides: Sequence[int], scores: Mapping[int, int]) -> Planes:
    """The strip over the top of the canvas: each side's share in its colour, its score in white.

    Nobody has less than a tenth, and while nobody has scored all are equal.
    """
    height = max(16, width // 24) // 2 * 2
    strip = plain(width, height, BLACK)
    total = sum(scores.get(side, 0) for side in sides)
    shares = [max(0.1, scores.get(side, 0) / total) if total else 1.0 for side in sides]
    edges = [round(width * part / sum(shares) / 2) * 2 for part in np.cumsum([0.0, *shares])]
    layers = []
    for side, (left, right) in zip(sides, pairwise(edges), strict=True):
        ground = np.full((height, right - left), 255, np.uint8)
        layers.append(Layer(ground, left, 0, SIDES[side % len(SIDES)]))
        layers.append(
            _centred(str(scores.get(side, 0)), height * 2 // 3, (left + right) // 2, height // 2, right - left)
        )
    Stamp(layers, Rectangle(0, 0, width, height)).blend(strip)
    return strip


def _centred(text: str, size: int, x: int, y: int, max_width: int) -> Layer:
    mask = lettering.draw(text, size, max_width)
    return Layer(mask, x - mask.shape[1] // 2, y - mask.shape[0] // 2, WHITE)
