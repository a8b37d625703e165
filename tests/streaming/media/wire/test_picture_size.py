"""The picture's size as the sequence parameter set says it, judged by what x264 writes."""

from fractions import Fraction
from functools import cache

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.media.wire import h264

SIZES = [(16, 16), (320, 180), (360, 640), (640, 360), (854, 480), (1080, 1920), (1280, 720), (1918, 1078), (66, 50)]


@cache
def parameter_set(width: int, height: int, profile: str = "baseline", interlaced: bool = False) -> bytes:
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height = width, height
    encoder.pix_fmt = "yuv444p" if profile == "high444" else "yuv422p" if profile == "high422" else "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.options = {"profile": profile, "preset": "ultrafast", "x264-params": "interlaced=1" if interlaced else ""}
    frame = av.VideoFrame(width, height, encoder.pix_fmt)
    frame.pts = 0
    units = [unit for packet in encoder.encode(frame) + encoder.encode(None) for unit in h264.nal_units(bytes(packet))]
    return next(unit for unit in units if unit[0] & 0x1F == h264.SPS)


def aggregated(*units: bytes) -> bytes:
    return bytes([h264.STAP_A]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("profile", ["baseline", "main", "high", "high422", "high444"])
def test_the_size_is_that_of_the_encoder(size: tuple[int, int], profile: str) -> None:
    assert h264.picture_size(parameter_set(*size, profile)) == size


def test_an_interlaced_pictures_height_counts_both_fields() -> None:
    assert h264.picture_size(parameter_set(720, 564, "main", True)) == (720, 564)


@settings(deadline=None)
@given(st.integers(8, 480), st.integers(8, 480))
def test_every_even_size_is_read_with_its_cropping(half_width: int, half_height: int) -> None:
    size = (2 * half_width, 2 * half_height)
    assert h264.picture_size(parameter_set(*size)) == size


def test_it_is_found_in_an_aggregate() -> None:
    sps = parameter_set(320, 180)
    assert h264.picture_size(aggregated(b"\x09\x10", sps, b"\x68\xce\x3c\x80")) == (320, 180)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x67",
        b"\x65\x88\x84",
        b"\x7c\x85" + bytes(20),  # the first fragment of an IDR slice
        b"\x67\x42\xe0\x1f" + bytes(40),  # Exp-Golomb without an end
        b"\x67" + b"\xff" * 2_000,
        aggregated(b"\x09\x10"),
        b"\x18\xff\xff\x67",
    ],
)
def test_without_a_usable_parameter_set_there_is_none(payload: bytes) -> None:
    assert h264.picture_size(payload) is None


@settings(deadline=None)
@given(st.sampled_from(SIZES), st.integers(0, 40))
def test_a_cut_parameter_set_is_no_size_or_a_size(size: tuple[int, int], kept: int) -> None:
    assert h264.picture_size(parameter_set(*size)[:kept]) in (None, size)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_nothing_makes_it_fail(body: bytes) -> None:
    for payload in (body, b"\x67" + body, b"\x67\x64" + body, b"\x18" + body, aggregated(b"\x67" + body)):
        size = h264.picture_size(payload)
        assert size is None or all(0 < side <= 16_384 for side in size)


class Writer:
    """Writes a parameter set as section 7.3.2.1.1 lays it out; x264 has no use for everything that it may hold."""

    def __init__(self) -> None:
        self._text = ""

    def bits(self, *values: tuple[int, int]) -> "Writer":
        self._text += "".join(f"{value:0{count}b}" for value, count in values)
        return self

    def golomb(self, *values: int) -> "Writer":
        for value in values:
            code = f"{value + 1:b}"
            self._text += "0" * (len(code) - 1) + code
        return self

    def signed(self, *values: int) -> "Writer":
        return self.golomb(*(2 * value - 1 if value > 0 else -2 * value for value in values))

    @property
    def unit(self) -> bytes:
        text = self._text + "1"
        text += "0" * (-len(text) % 8)
        body = int(text, 2).to_bytes(len(text) // 8, "big")
        escaped = bytearray()
        for byte in body:
            if byte <= 3 and escaped[-2:] == b"\0\0":
                escaped.append(3)  # emulation prevention, section 7.4.1
            escaped.append(byte)
        return b"\x67" + bytes(escaped)


def size_of(writer: Writer) -> tuple[int, int] | None:
    """Of a set that ends with 20 x 15 macroblocks, frames only, no cropping."""
    return h264.picture_size(writer.golomb(1).bits((0, 1)).golomb(19, 14).bits((1, 1), (1, 1), (0, 1), (0, 1)).unit)


def test_scaling_lists_are_stepped_over() -> None:
    writer = Writer().bits((100, 8), (0, 8), (31, 8)).golomb(0, 1, 0, 0).bits((0, 1), (1, 1))
    writer.bits((1, 1)).signed(*([1] * 16))  # a whole list of 16
    writer.bits((1, 1)).signed(2, -10)  # ends early: the rest repeats
    writer.bits((0, 1), (0, 1), (0, 1), (0, 1))
    writer.bits((1, 1)).signed(*([-1, 1] * 32))  # a list of 64
    writer.bits((0, 1))
    assert size_of(writer.golomb(4, 2)) == (320, 240)


def test_the_second_kind_of_picture_order_is_stepped_over() -> None:
    writer = Writer().bits((66, 8), (0, 8), (31, 8)).golomb(0, 4, 1).bits((1, 1))
    assert size_of(writer.signed(-3, 5).golomb(3).signed(1, -1, 200)) == (320, 240)


def test_without_chroma_planes_cropping_counts_single_samples() -> None:
    writer = Writer().bits((100, 8), (0, 8), (31, 8)).golomb(0, 0, 0, 0).bits((0, 1), (0, 1)).golomb(0, 2, 1)
    writer.bits((0, 1)).golomb(19, 14).bits((1, 1), (1, 1), (1, 1)).golomb(0, 3, 0, 5).bits((0, 1))
    assert h264.picture_size(writer.unit) == (317, 235)
