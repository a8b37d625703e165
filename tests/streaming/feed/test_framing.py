"""Frames as a client's own parser reads them."""

import pytest
from websockets.frames import Opcode

from streaming.feed import framing
from tests.streaming.feed.frames import frames, texts


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 100_000])
def test_a_text_of_any_length_is_read_as_it_was_written(length: int) -> None:
    (frame,) = frames(framing.text(b"x" * length))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, b"x" * length)


def test_frames_one_after_the_other_in_one_piece_are_read_one_by_one() -> None:
    said = ["", "你好", "x" * 200, "y" * 70_000]
    assert texts(b"".join(framing.text(text.encode()) for text in said)) == said


def test_a_ping_is_a_ping() -> None:
    (frame,) = frames(framing.ping(b"here?"))
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.PING, True, b"here?")
