import av
import numpy as np
import pytest

from pk.mixer import lettering
from pk.mixer.arguments import parse
from pk.mixer.canvas import DARK, Planes, Stamp, plain, views
from pk.mixer.encoder import PictureEncoder, level
from pk.mixer.picture import HOLD_US, Composer, PictureDecoder, PictureSlot, fit
from tests.pk.mixer.stage import BLUE, RED, WHITE, Image, h264, halves, near, yuv
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
    tile = fit(frame, 180, 320)
    views(frame).y[0, 0] = 99
    assert tile.y[0, 0] == 99


@pytest.mark.parametrize(
    ("width", "height", "form"),
    [(640, 360, "yuv420p"), (180, 640, "yuv420p"), (90, 160, "yuv420p"), (180, 320, "yuvj420p"), (333, 111, "yuv420p")],
)
def test_any_picture_fills_the_tile_and_keeps_its_middle(width: int, height: int, form: str) -> None:
    tile = fit(coloured(width, height, form), 180, 320)
    assert tile.y.shape == (320, 180)
    assert tile.u.shape == tile.v.shape == (160, 90)
    assert near(colour_at(tile, 0.5, 0.5), BLUE)
    visible = min(1.0, 180 / 320 * height / width)  # the share of the width that is left
    edge_is_red = (1 - visible) / 2 + 0.02 * visible < 0.25
    assert near(colour_at(tile, 0.02, 0.5), RED if edge_is_red else BLUE)


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


def tile_of(value: int) -> Planes:
    return plain(4, 4, (value, 128, 128))


def test_the_newest_picture_is_shown_unless_it_is_before_its_sound() -> None:
    slot = PictureSlot()
    tiles = [tile_of(value) for value in (1, 2, 3)]
    for pts, tile in enumerate(tiles):
        slot.put(pts * 1000, 0, tile)
    assert slot.newest(0, 1500) is tiles[1]
    assert slot.newest(0, None) is tiles[2]


def test_the_last_picture_is_held_for_a_second_and_no_longer() -> None:
    slot = PictureSlot()
    slot.put(0, 5, tile_of(1))
    assert slot.newest(5 + HOLD_US, None) is not None
    assert slot.newest(6 + HOLD_US, None) is None


def test_a_source_that_starts_anew_replaces_its_old_pictures() -> None:
    slot = PictureSlot()
    slot.put(9_000_000, 0, tile_of(1))
    fresh = tile_of(2)
    slot.put(5, 1, fresh)
    assert slot.newest(2, None) is fresh


def composer(names: tuple[str, ...] = ("Amy", "Bob")) -> Composer:
    sources = [{"room": "r", "name": name, "seat": seat, "pipe": "h:1"} for seat, name in enumerate(names)]
    outputs = [{"room": "r", "pipe": "h:1"}]
    return Composer(
        parse({"battle": "b", "token": "t", "width": 360, "height": 320, "sources": sources, "outputs": outputs})
    )


def test_both_tiles_are_where_they_belong_and_a_missing_one_is_a_placeholder() -> None:
    composing = composer()
    both = yuv(composing.compose([plain(180, 320, RED), plain(180, 320, BLUE)]))
    assert halves(both) == (RED, BLUE)
    one = yuv(composing.compose([None, plain(180, 320, BLUE)]))
    assert halves(one) == (DARK, BLUE)


def test_marks_are_blended_once_however_often_a_picture_is_shown() -> None:
    composing = composer()
    tiles = [plain(180, 320, RED), plain(180, 320, BLUE)]
    first = yuv(composing.compose(tiles)).copy()
    again = yuv(composing.compose(tiles))
    assert np.array_equal(first, again)
    plate: Image = first[280:, :180, 0]
    assert plate.max() > 200
    centre: Image = first[130:190, 150:210, 0]
    assert centre.max() > 200
    assert centre.min() < 60


@pytest.mark.parametrize("name", ["", "小明直播间", "🎤🎤", "עברית", "x" * 64, "a\u202eb"])
def test_any_name_can_be_drawn(name: str) -> None:
    picture = yuv(composer((name, name)).compose([None, None]))
    assert picture.shape == (320, 360, 3)


def test_a_long_name_is_shortened_to_its_tile() -> None:
    assert lettering.draw("a very long name of a host", 20, 100).shape[1] <= 100


def test_a_stamp_blends_by_its_mask_and_is_cut_at_the_edge() -> None:
    ground = plain(8, 8, (100, 128, 128))
    Stamp(np.full((4, 4), 255, np.uint8), 6, 6, WHITE).blend(ground)
    assert ground.y[7, 7] in (234, 235)
    assert ground.y[5, 5] == 100
    Stamp(np.full((2, 2), 127, np.uint8), 0, 0, (200, 128, 128)).blend(ground)
    assert 148 <= ground.y[0, 0] <= 152


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
