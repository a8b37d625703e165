from typing import Any

import pytest

from pk.mixer.arguments import parse
from pk.mixer.layout import Layout


def arguments(**more: Any) -> dict[str, Any]:
    sources = [{"room": f"room{seat}", "name": f"Host {seat}", "seat": seat, "pipe": "127.0.0.1:1"} for seat in (1, 0)]
    return {"battle": "b", "token": "t", "sources": sources, "outputs": [{"room": "r", "pipe": "127.0.0.1:1"}]} | more


def test_the_usual_mix_is_a_duel_of_720_by_640_at_30() -> None:
    parsed = parse(arguments())
    assert (parsed.width, parsed.height, parsed.fps, parsed.layout) == (720, 640, 30, Layout.DUEL)
    assert [source.seat for source in parsed.sources] == [0, 1]


def test_a_name_cannot_carry_control_characters_or_be_endless() -> None:
    hostile = {"room": "r", "name": "a\n\x1b[31m" + "b" * 500, "seat": 0, "pipe": "127.0.0.1:1"}
    (source,) = parse(arguments(sources=[hostile])).sources
    assert source.name.startswith("a  [31mb")
    assert len(source.name) == 64


SEAT: dict[str, Any] = {"room": "r", "name": "n", "seat": 0, "pipe": "127.0.0.1:1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": 721},
        {"width": 8000, "height": 8000},
        {"fps": 0},
        {"fps": 200},
        {"height": 2},
        {"sources": []},
        {"sources": [SEAT | {"seat": seat} for seat in range(10)]},
        {"sources": [SEAT, SEAT]},
        {"sources": [SEAT | {"seat": 3}]},
        {"outputs": []},
        {"layout": "circle"},
    ],
)
def test_arguments_that_make_no_mix_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(arguments(**wrong))
