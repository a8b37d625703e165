"""PURE: the spans of contribution lists, in days of UTC counted from 1970."""

from dataclasses import dataclass
from enum import StrEnum

DAY_MS = 86_400_000
_WEEK = 7
_FIRST_MONDAY = 4  # 1970-01-05


class Span(StrEnum):
    DAY = "day"  # today
    WEEK = "week"  # since Monday
    ALL = "all"


@dataclass(frozen=True)
class Days:
    """``first`` to ``last``, both included."""

    first: int
    last: int


def day_of(at_ms: int) -> int:
    return at_ms // DAY_MS


def days_of(span: Span, now_ms: int) -> Days:
    today = day_of(now_ms)
    match span:
        case Span.DAY:
            return Days(today, today)
        case Span.WEEK:
            return Days(today - (today - _FIRST_MONDAY) % _WEEK, today)
        case Span.ALL:
            return Days(0, today)
