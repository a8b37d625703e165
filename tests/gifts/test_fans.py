"""Fan levels and the spans of contribution lists: pure tables."""

from datetime import UTC, datetime

import pytest

from gifts.fans import HIGHEST, THRESHOLDS, Fan, fan_of, level_of
from gifts.spans import DAY_MS, Days, Span, day_of, days_of


@pytest.mark.parametrize(
    ("coins", "level"), [(0, 0), (1, 1), (49, 1), (50, 2), (399, 2), (400, 3), (5_882_449, 49), (5_882_450, 50)]
)
def test_a_level_begins_at_its_threshold(coins: int, level: int) -> None:
    assert level_of(coins) == level


def test_levels_rise_to_the_highest_and_stay_there() -> None:
    assert [level_of(coins) for coins in THRESHOLDS] == list(range(1, HIGHEST + 1))
    assert fan_of(10**12) == Fan(10**12, HIGHEST, None)


def test_a_fan_is_told_what_the_next_level_takes() -> None:
    assert fan_of(0) == Fan(0, 0, 1)
    assert fan_of(60) == Fan(60, 2, 400)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_day_ends_at_midnight_of_utc() -> None:
    assert day_of(at("2026-11-27T23:59:59.999")) + 1 == day_of(at("2026-11-28T00:00"))
    assert days_of(Span.DAY, at("2026-11-28T00:00")).first == day_of(at("2026-11-28T00:00"))


@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2026-11-22T23:59:59.999", "2026-11-16"),  # a Sunday
        ("2026-11-23T00:00", "2026-11-23"),  # a Monday
        ("2026-11-27T12:00", "2026-11-23"),
    ],
)
def test_a_week_begins_on_monday(now: str, first: str) -> None:
    assert days_of(Span.WEEK, at(now)) == Days(at(first) // DAY_MS, day_of(at(now)))


def test_all_begins_with_the_first_day() -> None:
    assert days_of(Span.ALL, at("2026-11-27")) == Days(0, day_of(at("2026-11-27")))
