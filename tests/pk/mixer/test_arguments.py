from typing import Any

import pytest

from pk.mixer.arguments import Loudness, Roster, Scores, parse, told
from pk.mixer.layout import Layout


def arguments(**more: Any) -> dict[str, Any]:
    sources = [{"room": f"room{seat}", "name": f"Host {seat}", "seat": seat, "pipe": "127.0.0.1:1"} for seat in (1, 0)]
    return {"battle": "b", "token": "t", "sources": sources, "outputs": [{"room": "r", "pipe": "127.0.0.1:1"}]} | more


def test_the_usual_mix_is_a_duel_of_720_by_640_at_30() -> None:
    parsed = parse(arguments())
    assert (parsed.width, parsed.height, parsed.fps, parsed.roster.layout) == (720, 640, 30, Layout.DUEL)
    assert [source.seat for source in parsed.roster.sources] == [0, 1]


def test_a_name_cannot_carry_control_characters_or_be_endless() -> None:
    hostile = {"room": "r", "name": "a\n\x1b[31m" + "b" * 500, "seat": 0, "pipe": "127.0.0.1:1"}
    (source,) = parse(arguments(sources=[hostile])).roster.sources
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
        {"layout": "solo"},
        {"layout": "team", "sources": [SEAT | {"side": 0}, SEAT | {"seat": 1, "room": "s", "side": 0}]},
        {"sources": [SEAT, SEAT | {"seat": 1}]},
        {"sources": [SEAT | {"side": -1}]},
        {"layout": "screen", "sources": [SEAT, SEAT | {"seat": 1, "stream": "guest:u7"}]},
        {"outputs": [{"room": "r", "pipe": "a:1"}, {"room": "r", "pipe": "b:1"}]},
    ],
)
def test_arguments_that_make_no_mix_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(arguments(**wrong))


def test_two_seats_of_a_side_make_a_team_and_guests_have_streams_of_their_own() -> None:
    guest = SEAT | {"seat": 1, "stream": "guest:u7", "side": 0, "voice_only": True}
    roster = parse(arguments(sources=[SEAT | {"side": 0}, guest, SEAT | {"seat": 2, "room": "s", "side": 1}])).roster
    assert roster.layout is Layout.TEAM
    assert [source.side for source in roster.sources] == [0, 0, 1]
    assert [source.voice_only for source in roster.sources] == [False, True, False]
    assert roster.sources[0].origin != roster.sources[1].origin


def test_the_last_of_those_around_a_screen_is_the_screen() -> None:
    screen = SEAT | {"seat": 1, "stream": "guest:u7", "screen": True}
    roster = parse(arguments(sources=[SEAT, screen], layout="screen")).roster
    assert (roster.layout, [source.screen for source in roster.sources]) == (Layout.SCREEN, [False, True])


def test_a_team_that_does_not_name_its_sides_is_halved() -> None:
    seats = [SEAT | {"seat": seat, "room": f"r{seat}"} for seat in range(3)]
    assert parse(arguments(sources=seats, layout="team")).roster.sides == (0, 0, 1)


def test_what_a_running_mixer_is_told() -> None:
    stage = arguments(sources=[SEAT])
    roster = told({"stage": stage}, 720, 640)
    assert isinstance(roster, Roster)
    assert roster.layout is Layout.SOLO
    assert told({"mute": {"room": "r", "seats": [1]}}, 720, 640) == Loudness("r", {1: 0.0})
    assert told({"gains": {"room": "r", "seats": {"1": 0.5}}}, 720, 640) == Loudness("r", {1: 0.5})
    assert told({"scores": {"red": 12, "1": -4}}, 720, 640) == Scores({0: 12, 1: 0})


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"dance": 1},
        {"stage": {}},
        {"stage": 5},
        {"mute": {"room": "r"}},
        {"mute": {"room": "r", "seats": [9]}},
        {"gains": {"room": "r", "seats": {"0": float("nan")}}},
        {"gains": {"room": "r", "seats": {"0": 3}}},
        {"scores": {"pink": 1}},
        {"scores": {"7": 1}},
    ],
)
def test_what_makes_no_sense_to_a_running_mixer_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        told(wrong, 720, 640)
