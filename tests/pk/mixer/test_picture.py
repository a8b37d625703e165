import av
import numpy as np
import pytest

from pk.mixer import lettering
from pk.mixer.arguments import parse
from pk.mixer.canvas import BLACK, DARK, Colour, Layer, Planes, Stamp, plain, views
from pk.mixer.encoder import PictureEncoder, level
from pk.mixer.layout import Rectangle
from pk.mixer.marks import SIDES
from pk.mixer.picture import HOLD_US, Fitting, PictureDecoder, PictureSlot
from pk.mixer.scene import Absence, Bar, Composer, Scene, bar
from tests.pk.mixer.stage import BLUE, RED, WHITE, Image, h264, halves, near, orientated, yuv
from transcode.media_pipe import VideoUnit


def coloured(width: int, height: int, form: str = "yuv420p") -> av.VideoFrame:
    """Three vertical bands: red, blue, red, the middle one half of the width."""
    frame = av.VideoFrame(width, height, "yuv420p")
    for plane, red, blue in zip(views(frame).each(), RED, BLUE, strict=True):
        plane[:] = red
        plane[:, plane.shape[1] // 4 : plane.shape[1] * 3 // 4] = blue
    return frame if form == "yuv420p" else frame.reformat(format=form)


def colour_at(planes: Planes, x: float, y: float) -> tuple[int, int, int]:
    y_, u, v = (int(plane[int(plane.shape[0] * y), int(plane.shape[1] * x)]) for plane in planes.each())
    return y_, u, v


def test_a_picture_of_the_tiles_size_is_not_copied() -> None:
    frame = coloured(180, 320)
    tile = Fitting().fit(frame, 180, 320)
    views(frame).y[0, 0] = 99
    assert tile.y[0, 0] == 99


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [(640, 360, "yuv420p"), (180, 640, "yuv420p"), (90, 160, "yuv420p"), (180, 320, "yuvj420p"), (333, 111, "yuv420p")],
)
def test_any_picture_fills_the_tile_and_keeps_its_middle(width: int, height: int, form: str) -> None:
    tile = Fitting().fit(coloured(width, height, form), 180, 320)
    assert tile.y.shape == (320, 180)
    assert tile.u.shape == tile.v.shape == (160, 90)
    assert near(colour_at(tile, 0.5, 0.5), BLUE)
    visible = min(1.0, 180 / 320 * height / width)  # the share of the width that is left
    edge_is_red = (1 - visible) / 2 + 0.02 * visible < 0.25
    assert near(colour_at(tile, 0.02, 0.5), RED if edge_is_red else BLUE)


@pytest.mark.parametrize(("size", "bar"), [((640, 360), (0.5, 0.05)), ((180, 640), (0.05, 0.5))])
def test_a_screen_is_seen_from_edge_to_edge_between_bars(size: tuple[int, int], bar: tuple[float, float]) -> None:
    tile = Fitting(whole=True).fit(coloured(*size), 180, 320)
    assert (tile.y.shape, tile.u.shape, tile.v.shape) == ((320, 180), (160, 90), (160, 90))
    assert near(colour_at(tile, 0.5, 0.5), BLUE) and near(colour_at(tile, *bar), BLACK)
    left = 0.5 - min(0.5, 160 / 180 * size[0] / size[1])
    assert near(colour_at(tile, left + 0.02, 0.5), RED) and near(colour_at(tile, 0.97 - left, 0.5), RED)


def pixel(image: Image, x: int, y: int) -> Colour:
    return int(image[y, x, 0]), int(image[y, x, 1]), int(image[y, x, 2])


def test_a_decoder_needs_a_keyframe_first_and_after_a_fault() -> None:
    decoder = PictureDecoder()
    units = h264([RED] * 3)
    assert decoder.decode(VideoUnit(1, False, units[1])) is None
    first = decoder.decode(VideoUnit(0, True, units[0]))
    assert first is not None
    assert len(first) == 1, "no delay"
    decoder.restart()
    assert decoder.decode(VideoUnit(1, False, units[1])) is None


def test_a_giant_picture_is_refused_not_decoded() -> None:
    decoder = PictureDecoder()
    unit = VideoUnit(0, True, h264([RED], 2560, 2560)[0])
    assert not decoder.decode(unit)


TILE = Rectangle(0, 0, 64, 64)


def picture(value: int) -> tuple[av.VideoFrame, Planes]:
    frame = av.VideoFrame(64, 64, "yuv420p")
    for plane in views(frame).each():
        plane[:] = value
    return frame, Fitting().fit(frame, 64, 64)


def test_the_newest_picture_is_shown_unless_it_is_before_its_sound() -> None:
    slot = PictureSlot()
    pictures = [picture(value) for value in (1, 2, 3)]
    for pts, (frame, tile) in enumerate(pictures):
        slot.put(pts * 1000, 0, frame, tile)
    assert slot.newest(0, 1500, TILE) is pictures[1][1]
    assert slot.newest(0, None, TILE) is pictures[2][1]


def test_the_last_picture_is_held_for_a_second_and_no_longer() -> None:
    slot = PictureSlot()
    slot.put(0, 5, *picture(1))
    assert slot.newest(5 + HOLD_US, None, TILE) is not None
    assert slot.newest(6 + HOLD_US, None, TILE) is None


def test_a_source_that_starts_anew_replaces_its_old_pictures() -> None:
    slot = PictureSlot()
    slot.put(9_000_000, 0, *picture(1))
    frame, tile = picture(2)
    slot.put(5, 1, frame, tile)
    assert slot.newest(2, None, TILE) is tile


def test_a_picture_that_came_before_the_layout_changed_fits_the_new_tile() -> None:
    slot = PictureSlot()
    slot.put(0, 0, *picture(7))
    refitted = slot.newest(0, None, Rectangle(0, 0, 32, 48))
    assert refitted is not None
    assert refitted.y.shape == (48, 32)
    assert slot.newest(0, None, Rectangle(0, 0, 32, 48)) is refitted, "once, not for every picture"


def test_the_last_picture_of_a_screen_stays_however_seldom_it_changes() -> None:
    frame, tile = picture(1)
    for screen in (True, False):
        slot = PictureSlot(screen)
        slot.put(0, 0, frame, tile)
        assert (slot.newest(60 * HOLD_US, None, TILE) is tile) is screen


def scene(names: tuple[str, ...] = ("Amy", "Bob"), **more: object) -> Scene:
    sources = [{"room": f"r{seat}", "name": name, "seat": seat, "pipe": "h:1"} for seat, name in enumerate(names)]
    outputs = [{"room": "r", "pipe": "h:1"}]
    fields = {"battle": "b", "token": "t", "width": 360, "height": 320, "sources": sources, "outputs": outputs}
    return Scene(parse(fields | more).roster, 360, 320)


def composed(scene: Scene, *tiles: Planes | Absence) -> Image:
    return yuv(Composer(360, 320).compose(scene, tiles))


RED_TILE, BLUE_TILE = plain(180, 320, RED), plain(180, 320, BLUE)


def test_both_tiles_are_where_they_belong_and_a_missing_one_is_a_placeholder() -> None:
    assert halves(composed(scene(), RED_TILE, BLUE_TILE)) == (RED, BLUE)
    assert halves(composed(scene(), Absence.CONNECTING, BLUE_TILE)) == (DARK, BLUE)


def test_the_placeholder_says_below_the_name_what_is_the_matter() -> None:
    tiles = {absence: composed(scene(), absence, BLUE_TILE)[:, :180, 0] for absence in Absence}
    middle, below = slice(140, 175), slice(178, 210)
    assert all((tile[middle] > 150).any() for tile in tiles.values()), "the name"
    assert not (tiles[Absence.NO_CAMERA][below] > 150).any()
    assert (tiles[Absence.RECONNECTING][below] > 150).any()
    assert not np.array_equal(tiles[Absence.RECONNECTING], tiles[Absence.CONNECTING])


def test_marks_are_blended_once_however_often_a_picture_is_shown() -> None:
    composing, duel = Composer(360, 320), scene()
    first = yuv(composing.compose(duel, [RED_TILE, BLUE_TILE])).copy()
    again = yuv(composing.compose(duel, [RED_TILE, BLUE_TILE]))
    assert np.array_equal(first, again)
    one_changed = yuv(composing.compose(duel, [plain(180, 320, RED), BLUE_TILE]))
    assert np.array_equal(first, one_changed), "the half of the VS mark that did not change is not blended twice"
    plate: Image = first[280:, :180, 0]
    assert plate.max() > 200
    centre: Image = first[130:190, 150:210, 0]
    assert centre.max() > 200
    assert centre.min() < 60


def test_over_a_screen_nobodys_name_is_written_and_beside_its_host_nothing_is_left_of_the_roster_before() -> None:
    host = {"room": "r", "name": "Amy", "seat": 0, "pipe": "h:1"}
    shared = scene(sources=[host, host | {"seat": 1, "stream": "guest:amy", "screen": True}], layout="screen")
    person, screen = (seat.tile for seat in shared.seats)
    composing = Composer(360, 320)
    composing.compose(scene(), [RED_TILE, BLUE_TILE])
    tiles = [plain(person.width, person.height, RED), plain(screen.width, screen.height, BLUE)]
    image = yuv(composing.compose(shared, tiles))
    assert (image[: screen.height] == BLUE).all()
    assert (image[screen.height :, : person.x] == BLACK).all()
    assert near(pixel(image, person.x + 4, person.y + 4), RED)


def test_another_roster_is_another_scene_on_the_same_canvas() -> None:
    composing = Composer(360, 320)
    composing.compose(scene(), [RED_TILE, BLUE_TILE])
    solo = yuv(composing.compose(scene(("Amy",)), [plain(360, 320, RED)]))
    assert halves(solo) == (RED, RED)
    assert near(pixel(solo, 180, 160), RED), "the VS mark is gone"


def test_the_score_bar_is_over_the_top_and_divided_by_the_scores() -> None:
    composing, duel = Composer(360, 320), scene()
    strip: Bar = bar(duel, 360, {0: 300, 1: 100})
    image = yuv(composing.compose(duel, [RED_TILE, BLUE_TILE], strip))
    row = image[2, :, :]
    reds = sum(near((int(y), int(u), int(v)), SIDES[0]) for y, u, v in row)
    blues = sum(near((int(y), int(u), int(v)), SIDES[1]) for y, u, v in row)
    assert abs(reds / (reds + blues) - 0.75) < 0.05
    assert (image[: strip.at.height, :270, 0] > 200).any(), "the score is written"
    assert near(pixel(image, 20, strip.at.height + 2), RED)
    assert strip.strip.y.min() >= BLACK[0]


def test_the_score_bar_stays_while_only_one_tile_changes() -> None:
    composing, duel = Composer(360, 320), scene()
    strip = bar(duel, 360, {})
    whole = yuv(composing.compose(duel, [RED_TILE, BLUE_TILE], strip)).copy()
    assert np.array_equal(whole, yuv(composing.compose(duel, [plain(180, 320, RED), BLUE_TILE], strip)))


@pytest.mark.parametrize("name", ["", "小明直播间", "🎤🎤", "עברית", "x" * 64, "a\u202eb"])
def test_any_name_can_be_drawn(name: str) -> None:
    absent = Absence.RECONNECTING
    assert composed(scene((name, name)), absent, absent).shape == (320, 360, 3)


def test_a_long_name_is_shortened_to_its_tile() -> None:
    assert lettering.draw("a very long name of a host", 20, 100).shape[1] <= 100


def test_a_stamp_blends_its_layers_by_their_masks_and_is_cut_at_the_edge() -> None:
    ground, whole = plain(8, 8, (100, 128, 128)), Rectangle(0, 0, 8, 8)
    Stamp([Layer(np.full((4, 4), 255, np.uint8), 6, 6, WHITE)], whole).blend(ground)
    assert ground.y[7, 7] in (234, 235)
    assert ground.y[5, 5] == 100
    half = Layer(np.full((2, 2), 127, np.uint8), 0, 0, (200, 128, 128))
    Stamp([half], whole).blend(ground)
    assert 148 <= ground.y[0, 0] <= 152
    Stamp([half, Layer(np.full((2, 2), 255, np.uint8), 0, 0, BLACK)], whole).blend(ground)
    assert ground.y[0, 0] == 16, "the last layer is on top"


def test_a_picture_with_a_display_orientation_is_shown_upright() -> None:
    """Landscape as coded, red on the left; told to be turned by a quarter it is portrait and red at one end."""
    frame = av.VideoFrame(320, 180, "yuv420p")
    for plane, red, blue in zip(views(frame).each(), RED, BLUE, strict=True):
        plane[:, : plane.shape[1] // 2] = red
        plane[:, plane.shape[1] // 2 :] = blue
    unit = PictureEncoder(320, 180, fps=15, bitrate=500_000).encode(frame, 0, True)[0]
    turned = orientated(unit.payload, 90)
    decoded = PictureDecoder().decode(VideoUnit(0, True, turned))
    assert decoded
    assert decoded[0].rotation % 360 == 90
    tile = Fitting().fit(decoded[0], 180, 320)
    # Turned counter-clockwise, the left edge becomes the bottom.
    assert near(colour_at(tile, 0.5, 0.9), RED)
    assert near(colour_at(tile, 0.5, 0.1), BLUE)


def test_the_level_follows_the_macroblocks() -> None:
    assert [level(*size) for size in ((720, 640), (1280, 720), (1080, 960))] == ["3.1", "3.1", "4.0"]


@pytest.mark.parametrize(("size", "level_idc"), [((360, 320), 31), ((1080, 960), 40)])
def test_the_stream_is_baseline_of_that_level_with_parameter_sets_before_each_keyframe(
    size: tuple[int, int], level_idc: int
) -> None:
    encoder = PictureEncoder(*size, fps=30, bitrate=500_000)
    frame = coloured(*size)
    units = [unit for number in range(6) for unit in encoder.encode(frame, number * 33_333, number in (0, 3))]
    assert [unit.keyframe for unit in units] == [True, False, False, True, False, False]
    for unit in units:
        kinds = [nal[0] & 0x1F for nal in unit.payload.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]]
        assert [kind for kind in kinds if kind != 6] == ([7, 8, 5] if unit.keyframe else [1])
    parameters = units[0].payload.split(b"\0\0\0\1")[1]
    assert parameters[1] == 66
    assert parameters[3] == level_idc
