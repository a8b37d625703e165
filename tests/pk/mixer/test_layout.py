import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk.mixer.layout import MAX_SEATS, Layout, Rectangle, arrange, usual

EVEN = st.integers(32, 600).map(lambda half: half * 2)


def test_a_duel_is_two_halves() -> None:
    assert arrange(Layout.DUEL, 2, 720, 640) == (Rectangle(0, 0, 360, 640), Rectangle(360, 0, 360, 640))


def test_a_team_has_a_column_a_side() -> None:
    left, low_left, right, low_right = arrange(Layout.TEAM, 4, 720, 640)
    assert (left.x, low_left.x, right.x, low_right.x) == (0, 0, 360, 360)
    assert (left.y, low_left.y, right.y, low_right.y) == (0, 320, 0, 320)


def test_an_incomplete_row_of_a_grid_is_stretched() -> None:
    assert [tile.width for tile in arrange(Layout.GRID, 5, 720, 640)] == [240, 240, 240, 360, 360]


def test_the_usual_layout_follows_the_number_of_seats() -> None:
    assert [usual(seats) for seats in (1, 2, 3, 9)] == [Layout.SOLO, Layout.DUEL, Layout.GRID, Layout.GRID]


@settings(deadline=None)
@given(st.sampled_from(Layout), st.integers(1, MAX_SEATS), EVEN, EVEN)
def test_tiles_cover_the_canvas_once_on_even_coordinates(layout: Layout, seats: int, width: int, height: int) -> None:
    if (layout is Layout.SOLO and seats != 1) or (layout is Layout.DUEL and seats != 2):
        return
    if layout is Layout.TEAM and seats < 2:
        return
    tiles = arrange(layout, seats, width, height)
    assert len(tiles) == seats
    assert all(edge % 2 == 0 for tile in tiles for edge in (tile.x, tile.y, tile.width, tile.height))
    assert all(tile.width > 0 and tile.height > 0 for tile in tiles)
    assert all(tile.x + tile.width <= width and tile.y + tile.height <= height for tile in tiles)
    assert sum(tile.width * tile.height for tile in tiles) == width * height
    assert not any(overlap(one, other) for one in tiles for other in tiles if one is not other)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or above)


@pytest.mark.parametrize(
    ("layout", "seats", "width"),
    [
        (Layout.GRID, 0, 720),
        (Layout.GRID, 10, 720),
        (Layout.SOLO, 2, 720),
        (Layout.DUEL, 3, 720),
        (Layout.DUEL, 2, 721),
    ],
)
def test_what_no_layout_can_do_is_refused(layout: Layout, seats: int, width: int) -> None:
    with pytest.raises(ValueError, match=r"seats"):
        arrange(layout, seats, width, 640)
