"""From a keyframe to a small JPEG."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from tests.pk.mixer.stage import BLUE, RED, h264, orientated
from transcode.still import AREA, Undecodable, fitting, still


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image.convert("RGB")


def middle(image: Image.Image) -> tuple[int, int, int]:
    found = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def reddish(colour: tuple[int, int, int]) -> bool:
    return colour[0] > 200 and max(colour[1:]) < 60


def bluish(colour: tuple[int, int, int]) -> bool:
    return colour[2] > 200 and max(colour[:2]) < 60


@pytest.mark.parametrize(("colour", "is_it"), [(RED, reddish), (BLUE, bluish)])
def test_a_still_has_the_colour_of_its_keyframe(
    colour: tuple[int, int, int], is_it: Callable[[tuple[int, int, int]], bool]
) -> None:
    assert is_it(middle(opened(still(h264([colour])[0]))))


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (720, 640), (180, 320), (1080, 1920)])
def test_a_still_is_small_in_the_aspect_of_its_source_and_never_enlarged(size: tuple[int, int]) -> None:
    width, height = fitting(*size)
    assert width * height <= AREA * 1.03
    assert width % 2 == height % 2 == 0
    assert width / height == pytest.approx(size[0] / size[1], rel=0.02)
    assert (width, height) == size or size[0] * size[1] > AREA
    assert width <= size[0]


def test_a_still_of_a_whole_picture_has_the_fitting_size() -> None:
    assert opened(still(h264([RED], 720, 1280)[0])).size == fitting(720, 1280)


@pytest.mark.parametrize("unit", [b"\x00", b"\x00\x00\x00\x01\x65nothing of the kind", h264([RED, BLUE])[1]])
def test_what_is_no_whole_keyframe_makes_no_still(unit: bytes) -> None:
    with pytest.raises(Undecodable):
        still(unit)


def test_a_host_who_turned_his_camera_stands_upright() -> None:
    """As coded red, and turned by a quarter: portrait."""
    image = opened(still(orientated(h264([RED], 320, 180)[0], 90)))
    assert image.size == (180, 320)
    assert reddish(middle(image))
