"""Names: what people may be called, and which names are one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import NameUnsuitable
from accounts.names import CODE_POINTS, LONGEST, name_of


@pytest.mark.parametrize(
    "text",
    ["Mina", "小明", "Ål", "O'Neil", "jean-luc", "夜の蝶・華", "🔥Rose🔥", "नमस्ते", "a1", "x" * LONGEST, "é" * LONGEST],
)
def test_ordinary_names_of_many_scripts_are_taken_as_they_are(text: str) -> None:
    assert name_of(text).shown == text


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mina", "MINA"), ("Mina", "Ｍｉｎａ"), ("Straße", "STRASSE"), ("Ål", "A\u030al"), ("Mi na", " Mi   na ")],
)
def test_names_that_differ_only_in_form_are_one(one: str, other: str) -> None:
    assert name_of(one).key == name_of(other).key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        " a ",
        "x" * (LONGEST + 1),
        "two\nlines\x00",
        "right\u202eleft",
        "zero\u200bwidth",
        "join\u200der",
        "\ue000private",
        "half\ud800",
        "<script>",
        "a@b",
        "--",
        "🔥🔥",
        "blank\u3164",
        "\u2800\u2800a",
        "z" + "\u0351" * 4,
        "\u0351ab",
        "ﷺ" * 8,
    ],
)
def test_names_that_nobody_can_see_or_that_disturb_others_are_refused(text: str) -> None:
    with pytest.raises(NameUnsuitable):
        name_of(text)


@pytest.mark.parametrize("text", ["admin", "Admin", "ＡＤＭＩＮ", "Ringside", "moderator"])
def test_the_names_of_the_house_are_reserved(text: str) -> None:
    with pytest.raises(NameUnsuitable):
        name_of(text)
    assert name_of(text, reserved=False)


@given(st.text(max_size=80))
def test_a_name_once_taken_is_taken_again_unchanged(text: str) -> None:
    try:
        name = name_of(text)
    except NameUnsuitable:
        return
    assert name_of(name.shown) == name
    assert 2 <= len(name.shown) <= CODE_POINTS
    assert len(name.key) <= 256
