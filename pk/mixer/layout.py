"""PURE. Where each seat's tile is in the composite.

Tiles cover the canvas without gap or overlap, in the order of the seats. All coordinates are even, because chroma has
half the resolution.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

MAX_SEATS = 9


@dataclass(frozen=True)
class Rectangle:
    """In luma samples; ``x`` and ``y`` from the top left."""

    x: int
    y: int
    width: int
    height: int


class Layout(StrEnum):
    SOLO = "solo"
    DUEL = "duel"  # two halves side by side
    TEAM = "team"  # two columns, one a side, the first half of the seats on the left
    GRID = "grid"  # rows of nearly equal length


def usual(seats: int) -> Layout:
    """The layout for so many seats unless the caller wants another."""
    if seats <= 2:
        return Layout.SOLO if seats == 1 else Layout.DUEL
    return Layout.GRID


def arrange(layout: Layout, seats: int, width: int, height: int) -> tuple[Rectangle, ...]:
    """One rectangle a seat. ``ValueError`` unless the canvas is even and the layout can hold so many (1 to 9)."""
    if not 1 <= seats <= MAX_SEATS or width % 2 or height % 2:
        raise ValueError(f"no layout has {seats} seats on {width}x{height}")
    wanted = {Layout.SOLO: seats == 1, Layout.DUEL: seats == 2, Layout.TEAM: seats >= 2, Layout.GRID: True}
    if not wanted[layout]:
        raise ValueError(f"the layout {layout} does not have {seats} seats")
    if layout is Layout.TEAM:
        return _columns(((seats + 1) // 2, seats // 2), width, height)
    per_row = 2 if layout is Layout.DUEL else math.ceil(math.sqrt(seats))
    return _rows(seats, per_row, width, height)


def _rows(seats: int, per_row: int, width: int, height: int) -> tuple[Rectangle, ...]:
    rows = math.ceil(seats / per_row)
    ys = _edges(rows, height)
    tiles = []
    for row in range(rows):
        # An incomplete last row stretches its tiles over the whole width.
        in_row = min(per_row, seats - row * per_row)
        xs = _edges(in_row, width)
        for column in range(in_row):
            tiles.append(Rectangle(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row]))
    return tuple(tiles)


def _columns(heads: tuple[int, int], width: int, height: int) -> tuple[Rectangle, ...]:
    xs = _edges(2, width)
    tiles = []
    for column, count in enumerate(heads):
        ys = _edges(count, height)
        for row in range(count):
            tiles.append(Rectangle(xs[column], ys[row], xs[column + 1] - xs[column], ys[row + 1] - ys[row]))
    return tuple(tiles)


def _edges(parts: int, length: int) -> list[int]:
    """``parts`` + 1 even positions from 0 to ``length``."""
    return [length * part // parts // 2 * 2 for part in range(parts)] + [length]
