"""How conversations of old clients are compared with those of today."""

import pytest

from tests.e2e.sessions.conversation import compared, missing


@pytest.mark.parametrize(
    ("then", "now", "complaints"),
    [
        ({"t": "x", "d": {"a": 1}}, {"t": "x", "d": {"a": 2.5, "new": []}, "e": "epoch"}, []),
        ({"d": {"a": 1}}, {"d": {}}, ["d.a is gone"]),
        ({"a": 1}, {"a": "1"}, ["a was 1 and is '1'"]),
        ({"a": 1}, {"a": None}, ["a was 1 and is None"]),
        ({"a": None}, {"a": {"b": 1}}, []),
        ({"phase": "fighting"}, {"phase": "brawling"}, ["phase was 'fighting' and is 'brawling'"]),
        ({"sides": [{"score": 1}]}, {"sides": [{}]}, ["sides[0].score is gone"]),
        ({"sides": [{"score": 1}]}, {"sides": []}, ["sides is []"]),
        ({"ok": True}, {"ok": 1}, ["ok was True and is 1"]),
        ({"gifts": [{"gift": "rose"}]}, {"gifts": [{"gift": "cake"}]}, []),
        ({"gifts": [{"gift": "rose"}]}, {"gifts": [{}]}, ["gifts[0].gift is gone"]),
    ],
)
def test_what_a_client_would_miss(then: object, now: object, complaints: list[str]) -> None:
    assert missing(then, now) == complaints


def test_an_answer_with_another_status_is_missed() -> None:
    then = {"who": "fan", "asks": ["GET", "/x"], "answered": [200, {"a": 1}]}
    assert compared(then, {**then, "answered": [200, {"a": 2}]}) == []
    assert compared(then, {**then, "answered": [404, {"a": 1}]})
    assert compared(then, {**then, "answered": [200, {}]})
    assert compared({"who": "fan", "hears": "x", "heard": {"t": "x"}}, {"heard": {}})
