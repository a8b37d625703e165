"""PURE. Where each seat's tile is in the composite.

Tiles do not overlap, and cover the canvas, but below a shared screen. All coordinates are even, because chroma has half
the resolution.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

MAX_SEATS = 9
MAX_SIDES = 4
_LIKED = 3 / 4  # width by height, between a phone held upright and a square: what crops hosts least
_WIDEST = 4 / 3  # of a person's tile below a screen: wider ones would leave of a phone held upright not even the face


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
    TEAM = "team"  # a part of the canvas for each side, its people in it
    GRID = "grid"  # rows of nearly equal length, whoever is on which side
    SCREEN = "screen"  # what the last seat shows over the whole width, 16:9, and the others in a row below


def usual(sides: Sequence[int]) -> Layout:
    """The layout for people on these sides (``sides[seat]``) unless the caller wants another."""
    if len(sides) == 1:
        return Layout.SOLO
    if len(sides) == 2 and sides[0] != sides[1]:
        return Layout.DUEL
    return Layout.TEAM if 2 <= len(set(sides)) <= MAX_SIDES else Layout.GRID


def arrange(layout: Layout, sides: Sequence[int], width: int, height: int) -> tuple[Rectangle, ...]:
    """One rectangle a seat; ``sides[seat]`` is the side of each, and a side's seats are neighbours.

    ``ValueError`` unless the canvas is even and the layout can hold these (1 to 9 seats, a team's 2 to 4 sides).
    """
    seats = len(sides)
    if not 1 <= seats <= MAX_SEATS or width % 2 or height % 2:
        raise ValueError(f"no layout has {seats} seats on {width}x{height}")
    teams = _teams(sides)
    fits = {
        Layout.SOLO: seats == 1,
        Layout.DUEL: seats == 2,
        Layout.TEAM: 2 <= len(teams) <= MAX_SIDES and len(teams) == len(set(sides)),
        Layout.GRID: True,
        Layout.SCREEN: seats > 1,
    }
    if not fits[layout]:
        raise ValueError(f"the layout {layout} does not have sides {list(sides)}")
    canvas = Rectangle(0, 0, width, height)
    if layout is Layout.DUEL:
        return _rows(2, 2, canvas)
    if layout is Layout.SCREEN:
        return _below_a_screen(seats - 1, canvas)
    if layout is Layout.TEAM:
        parts = _packed(len(teams), canvas)
        return tuple(tile for team, part in zip(teams, parts, strict=True) for tile in _packed(team, part))
    return _packed(seats, canvas)


def _below_a_screen(people: int, canvas: Rectangle) -> tuple[Rectangle, ...]:
    """The people in the middle of their row, then the screen, which has two thirds of a low canvas."""
    screen = min(canvas.width * 9 // 16, canvas.height * 2 // 3) // 2 * 2
    height = canvas.height - screen
    wide = min(canvas.width, round(people * height * _WIDEST)) // 2 * 2
    row = Rectangle((canvas.width - wide) // 4 * 2, screen, wide, height)
    return (*_rows(people, people, row), Rectangle(0, 0, canvas.width, screen))


def meetings(layout: Layout, sides: Sequence[int], width: int, height: int) -> tuple[tuple[int, int], ...]:
    """Where sides meet, as (x, y): between neighbours in one row, or in the middle of several rows."""
    if layout not in (Layout.DUEL, Layout.TEAM):
        return ()
    parts = _packed(len(_teams(sides)), Rectangle(0, 0, width, height))
    if layout is Layout.DUEL or parts[-1].y:
        return ((width // 2, height // 2),)
    return tuple((right.x, height // 2) for _, right in pairwise(parts))


def _teams(sides: Sequence[int]) -> list[int]:
    """How many neighbours are on the same side, side by side."""
    starts = [seat for seat in range(len(sides)) if seat == 0 or sides[seat] != sides[seat - 1]]
    return [end - start for start, end in pairwise([*starts, len(sides)])]


def _packed(count: int, within: Rectangle) -> tuple[Rectangle, ...]:
    """``count`` tiles in rows; as many a row as leave the worst tile nearest to the liked shape, rather many."""
    ways = [_rows(count, per_row, within) for per_row in range(count, 0, -1)]
    return min(ways, key=lambda tiles: round(max(map(_dislike, tiles)), 6))


def _dislike(tile: Rectangle) -> float:
    if not tile.width or not tile.height:
        return math.inf
    return abs(math.log(tile.width / tile.height / _LIKED))


def _rows(count: int, per_row: int, within: Rectangle) -> tuple[Rectangle, ...]:
    rows = math.ceil(count / per_row)
    # Fuller rows first; the others stretch their tiles over the whole width.
    in_rows = [count // rows + (row < count % rows) for row in range(rows)]
    ys = _edges(rows, within.y, within.height)
    tiles = []
    for (top, bottom), in_row in zip(pairwise(ys), in_rows, strict=True):
        xs = _edges(in_row, within.x, within.width)
        tiles += [Rectangle(left, top, right - left, bottom - top) for left, right in pairwise(xs)]
    return tuple(tiles)


def _edges(parts: int, start: int, length: int) -> list[int]:
    """``parts`` + 1 even positions from ``start``, which is even, to its end."""
    return [start + length * part // parts // 2 * 2 for part in range(parts)] + [start + length]
