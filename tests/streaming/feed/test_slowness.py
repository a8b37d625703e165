"""Who cannot follow."""

from streaming.feed.rules import FeedRules
from streaming.feed.slowness import behind_since, too_slow

RULES = FeedRules(behind_s=10.0, behind_bytes=1000)


def looked(*waiting: int) -> list[bool]:
    """Whether he was too slow at each look, one a second."""
    since_s, found = 0.0, []
    for number, bytes_ in enumerate(waiting):
        now_s = 100.0 + number
        since_s = behind_since(since_s, bytes_, now_s)
        found.append(too_slow(since_s, bytes_, now_s, RULES))
    return found


def test_who_takes_everything_is_never_too_slow() -> None:
    assert not any(looked(*[0] * 100))


def test_who_has_been_behind_for_ten_seconds_is_too_slow_however_little_it_is() -> None:
    assert looked(*[1] * 11) == [False] * 10 + [True]


def test_who_trickles_and_never_catches_up_is_too_slow_too() -> None:
    assert looked(900, 800, 700, 900, 800, 700, 900, 800, 700, 900, 800)[-1]


def test_who_has_caught_up_in_between_begins_anew() -> None:
    assert not any(looked(*[1] * 9, 0, *[1] * 9, 0, *[1] * 9))


def test_who_is_far_behind_is_too_slow_at_once() -> None:
    assert looked(1000, 1001) == [False, True]
