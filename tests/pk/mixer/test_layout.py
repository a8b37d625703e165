import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pk.mixer.layout import MAX_SEATS, MAX_SIDES, Layout, Rectangle, arrange, meetings, usual

EVEN = st.integers(90, 600).map(lambda half: half * 2)


def test_a_duel_is_two_halves() -> None:
    assert arrange(Layout.DUEL, (0, 1), 720, 640) == (Rectangle(0, 0, 360, 640), Rectangle(360, 0, 360, 640))


def test_a_team_has_a_part_of_the_canvas_a_side() -> None:
    left, low_left, right, low_right = arrange(Layout.TEAM, (0, 0, 1, 1), 720, 640)
    assert (left.x, low_left.x, right.x, low_right.x) == (0, 0, 360, 360)
    assert (left.y, low_left.y, right.y, low_right.y) == (0, 320, 0, 320)


def test_a_host_without_guests_keeps_his_whole_half_beside_a_side_of_many() -> None:
    tiles = arrange(Layout.TEAM, (0, 1, 1, 1, 1), 720, 640)
    assert tiles[0] == Rectangle(0, 0, 360, 640)
    assert {(tile.width, tile.height) for tile in tiles[1:]} == {(180, 320)}


@pytest.mark.parametrize(
    ("sides", "corners"),
    [((0, 1, 2), [(0, 0), (240, 0), (480, 0)]), ((0, 1, 2, 3), [(0, 0), (360, 0), (0, 320), (360, 320)])],
)
def test_three_sides_stand_side_by_side_and_four_in_a_square(
    sides: tuple[int, ...], corners: list[tuple[int, int]]
) -> None:
    assert [(tile.x, tile.y) for tile in arrange(Layout.TEAM, sides, 720, 640)] == corners


def test_sides_meet_where_the_vs_mark_is() -> None:
    assert meetings(Layout.DUEL, (0, 1), 720, 640) == ((360, 320),)
    assert meetings(Layout.TEAM, (0, 1, 2), 720, 640) == ((240, 320), (480, 320))
    assert meetings(Layout.TEAM, (0, 1, 2, 3), 720, 640) == ((360, 320),)
    assert meetings(Layout.GRID, (0, 1, 2), 720, 640) == ()


def test_an_incomplete_row_of_a_grid_is_stretched() -> None:
    assert [tile.width for tile in arrange(Layout.GRID, range(5), 720, 640)] == [240, 240, 240, 360, 360]


@pytest.mark.parametrize(
    ("people", "row"),
    [
        (1, [Rectangle(202, 404, 314, 236)]),
        (2, [Rectangle(46, 404, 314, 236), Rectangle(360, 404, 314, 236)]),
        (4, [Rectangle(x, 404, 180, 236) for x in (0, 180, 360, 540)]),
    ],
)
def test_a_screen_is_as_wide_as_the_canvas_and_the_people_stand_below_it(people: int, row: list[Rectangle]) -> None:
    tiles = arrange(Layout.SCREEN, (0,) * (people + 1), 720, 640)
    assert tiles == (*row, Rectangle(0, 0, 720, 404))


def test_a_screen_leaves_the_people_of_a_low_canvas_a_third() -> None:
    assert [tile.height for tile in arrange(Layout.SCREEN, (0, 0), 720, 360)] == [120, 240]


def test_no_tile_of_a_usual_stage_crops_a_phone_to_less_than_a_third() -> None:
    for seats in range(1, MAX_SEATS + 1):
        for tile in arrange(Layout.GRID, range(seats), 720, 640):
            shape = tile.width / tile.height / (9 / 16)
            assert min(shape, 1 / shape) > 1 / 3, f"{seats} seats: {tile}"


def test_the_usual_layout_follows_seats_and_sides() -> None:
    stages = [(0,), (0, 1), (0, 0), (0, 0, 1), (0, 1, 2, 3), (0, 1, 2, 3, 4), (0,) * 9]
    assert [usual(sides) for sides in stages] == [
        *(Layout.SOLO, Layout.DUEL, Layout.GRID, Layout.TEAM, Layout.TEAM, Layout.GRID, Layout.GRID)
    ]


SIDES = st.lists(st.integers(0, MAX_SIDES - 1), min_size=1, max_size=MAX_SEATS).map(sorted)


@settings(deadline=None)
@given(st.sampled_from(Layout), SIDES, EVEN, EVEN)
def test_tiles_cover_the_canvas_once_on_even_coordinates(
    layout: Layout, sides: list[int], width: int, height: int
) -> None:
    seats = len(sides)
    if (layout is Layout.SOLO and seats != 1) or (layout is Layout.DUEL and seats != 2):
        return
    if (layout is Layout.TEAM and len(set(sides)) < 2) or (layout is Layout.SCREEN and seats < 2):
        return
    tiles = arrange(layout, sides, width, height)
    assert len(tiles) == seats
    assert all(edge % 2 == 0 for tile in tiles for edge in (tile.x, tile.y, tile.width, tile.height))
    assert all(tile.width > 0 and tile.height > 0 for tile in tiles)
    assert all(tile.x + tile.width <= width and tile.y + tile.height <= height for tile in tiles)
    covered = sum(tile.width * tile.height for tile in tiles)
    assert covered == width * height or (layout is Layout.SCREEN and covered < width * height)
    assert not any(overlap(one, other) for one in tiles for other in tiles if one is not other)


def overlap(one: Rectangle, other: Rectangle) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    above = one.y + one.height <= other.y or other.y + other.height <= one.y
    return not (beside or above)


@pytest.mark.parametrize(
    ("layout", "sides", "width"),
    [
        (Layout.GRID, [], 720),
        (Layout.GRID, range(10), 720),
        (Layout.SOLO, [0, 1], 720),
        (Layout.SCREEN, [0], 720),
        (Layout.DUEL, [0, 1, 2], 720),
        (Layout.DUEL, [0, 1], 721),
        (Layout.TEAM, [0, 0], 720),
        (Layout.TEAM, [0, 1, 2, 3, 4], 720),
        (Layout.TEAM, [0, 1, 0], 720),
    ],
)
def test_what_no_layout_can_do_is_refused(layout: Layout, sides: list[int], width: int) -> None:
    with pytest.raises(ValueError, match=r"layout"):
        arrange(layout, sides, width, 640)
