import random

import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire import h264


def unit_of(size: int, seed: int) -> bytes:
    return bytes([0x65]) + random.Random(seed).randbytes(size).replace(b"\0", b"\1")


UNIT = st.builds(unit_of, st.integers(1, 4_000), st.integers(0, 1_000))
LONG_UNIT = st.builds(unit_of, st.integers(h264.PAYLOAD_MAX, 40_000), st.just(1))


@given(st.lists(UNIT, min_size=1, max_size=6))
def test_what_is_packetised_is_read_back_by_aiortc(units: list[bytes]) -> None:
    access_unit = b"".join(b"\0\0\0\1" + unit for unit in units)
    payloads = h264.packetise(access_unit)
    assert all(len(payload) <= h264.PAYLOAD_MAX for payload in payloads)
    assert b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in payloads) == access_unit


@given(LONG_UNIT)
def test_fragments_have_one_size_and_the_last_is_not_longer(unit: bytes) -> None:
    sizes = [len(payload) for payload in h264.packetise(b"\0\0\1" + unit)]
    assert len(set(sizes[:-1])) == 1
    assert sizes[-1] <= sizes[0]


@pytest.mark.parametrize(
    ("payload", "starts"),
    [
        (bytes([0x67, 1, 2]), True),
        (bytes([0x65, 1]), True),
        (bytes([0x41, 1]), False),
        (bytes([0x7C, 0x85, 1]), True),  # FU-A, first fragment of an IDR slice
        (bytes([0x7C, 0x05, 1]), False),  # a later fragment
        (bytes([0x7C, 0x81, 1]), False),  # first fragment of another slice
        (bytes([0x78, 0, 2, 0x67, 1, 0, 2, 0x68, 1]), True),  # STAP-A with parameter sets
        (bytes([0x78, 0, 2, 0x06, 1, 0, 2, 0x65, 1]), True),
        (bytes([0x78, 0, 2, 0x41, 1]), False),
        (bytes([0x78, 0, 0, 0, 0]), False),
        (b"", False),
        (b"\x65", False),
    ],
)
def test_keyframes_are_known_by_their_first_packet(payload: bytes, starts: bool) -> None:
    assert h264.starts_keyframe(payload) is starts


@given(st.binary(max_size=60))
def test_no_payload_breaks_the_look_for_keyframes(payload: bytes) -> None:
    h264.starts_keyframe(payload)
