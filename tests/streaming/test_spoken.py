"""Text that people give to be shown to others."""

import pytest

from foundation.errors import Malformed
from streaming.spoken import spoken


def test_blanks_around_it_are_cut_off() -> None:
    assert spoken("  hello  ", 300) == "hello"


def test_line_breaks_controls_and_direction_marks_are_taken_out() -> None:
    assert spoken("a\nb\x00c\u202ed\u2066e", 300) == "abcde"


def test_half_a_surrogate_pair_is_taken_out() -> None:
    assert spoken("a\ud800b", 300) == "ab"


def test_joined_emoji_stay_whole() -> None:
    family = "👩‍👩‍👧"
    assert spoken(family, 300) == family


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "x" * 301, None, 5, ["x"], {}])
def test_nothing_too_much_and_no_text_are_refused(text: object) -> None:
    with pytest.raises(Malformed):
        spoken(text, 300)


def test_three_hundred_characters_are_not_too_much() -> None:
    assert len(spoken("好" * 300, 300)) == 300
