"""When a room is told next."""

import pytest

from streaming.feed.pace import due, earliest
from streaming.feed.rules import FeedRules

RULES = FeedRules(tick_ms=100, gathers_from=256, wide_from=2048, wide_tick_ms=160)


def test_to_few_sockets_the_first_after_a_silence_goes_at_once() -> None:
    assert due(10.0, earliest(5.0, 5.001, RULES), 255, RULES) == 10.0


def test_to_many_sockets_it_waits_a_tick_for_company() -> None:
    assert due(10.0, earliest(5.0, 5.001, RULES), 256, RULES) == 10.1


def test_to_thousands_it_waits_longer() -> None:
    assert due(10.0, earliest(5.0, 5.001, RULES), 2047, RULES) == 10.1
    assert due(10.0, earliest(5.0, 5.001, RULES), 2048, RULES) == 10.16


def test_no_room_is_told_twice_within_a_tick() -> None:
    assert due(10.02, earliest(10.0, 10.001, RULES), 1, RULES) == 10.1


def test_a_telling_that_takes_long_stretches_the_tick_so_that_others_have_their_time() -> None:
    assert earliest(10.0, 10.3, RULES) == pytest.approx(10.5)


def test_one_that_takes_little_stretches_nothing() -> None:
    assert earliest(10.0, 10.05, RULES) == 10.1
