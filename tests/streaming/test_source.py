"""What a program shows: the priority table, line by line."""

import pytest

from streaming.source import Asked, Kind, Source, choose


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (Asked(over=True, battle="b", guests="g", camera=True), Source(Kind.CLOSED)),
        (Asked(battle="b", guests="g", camera=True), Source(Kind.BATTLE, "b")),
        (Asked(battle="b"), Source(Kind.BATTLE, "b")),
        (Asked(guests="g", camera=True), Source(Kind.GUESTS, "g")),
        (Asked(camera=True), Source(Kind.CAMERA)),
        (Asked(), Source(Kind.CARD)),
    ],
)
def test_the_first_line_that_applies_decides(asked: Asked, shown: Source) -> None:
    assert choose(asked) == shown


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (Source(Kind.BATTLE, "b"), "composite"),
        (Source(Kind.GUESTS, "g"), "composite"),
        (Source(Kind.CAMERA), "camera"),
        (Source(Kind.CARD), "card"),
    ],
)
def test_a_media_worker_is_told_in_its_own_words(source: Source, word: str) -> None:
    assert source.wanted == word
