"""The judge of the flood, the storms and the slow readers of ``make bench-feed``."""

from dataclasses import replace

from bench.feed.judge import Opened
from bench.feed.judge_flood import Spoken, flood_figures, lost, slow_figures, storm_figures
from bench.record import Figure
from tests.bench.test_feed_judge import GOOD

SPOKEN = Spoken(seconds=20.0, said=20_000, refused=15_000, own=5_000, own_p99_ms=120.0, shown=2_000, least=9, most=11)
OPENED = Opened(asked=2_000, ready=2_000, fault="", seconds=3.0, p95_ms=2_500.4, events=80_000, again=0)


def missed(figures: dict[str, Figure]) -> set[str]:
    """Those that are not as promised: above their target, or, of shares and codes, another than it."""
    exact = {"flood_own_shown", "slow_code", "slow_closed_share"}
    found = {name: (each.value, each.target) for name, each in figures.items() if each.target is not None}
    return {
        name
        for name, (value, target) in found.items()
        if not isinstance(value, int | float) or (value != target if name in exact else value > target)
    }


def test_a_good_flood_misses_nothing() -> None:
    found = flood_figures(GOOD, SPOKEN)
    assert missed(found) == set()
    assert (found["flood_gift_p99_ms"].value, found["flood_gifts_lost"].value) == (140.0, 0)
    assert (found["flood_said_per_s"].value, found["flood_taken_per_s"].value) == (1_000, 250)
    assert (found["flood_shown_per_s"].value, found["flood_own_shown"].value) == (100, 1.0)


def test_a_gift_that_somebody_has_not_heard_is_lost_also_when_he_is_gone_himself() -> None:
    assert lost(replace(GOOD, delivered=GOOD.delivered - 3)) == 3
    gone = replace(GOOD, sockets=4_999, delivered=400 * 4_999)
    assert missed(flood_figures(gone, SPOKEN)) == {"flood_gifts_lost"}


def test_a_line_that_was_taken_and_did_not_come_back_is_missed_and_a_refused_one_is_not() -> None:
    assert missed(flood_figures(GOOD, replace(SPOKEN, own=4_999))) == {"flood_own_shown"}
    assert missed(flood_figures(GOOD, replace(SPOKEN, said=15_000, own=0, refused=15_000))) == {"flood_own_shown"}


def test_late_gifts_miss_their_target() -> None:
    assert missed(flood_figures(replace(GOOD, p99_ms=300.1), SPOKEN)) == {"flood_gift_p99_ms"}


def test_a_good_storm_misses_nothing() -> None:
    found = storm_figures(OPENED, 2, GOOD, OPENED, 0, 40)
    assert missed(found) == set()
    assert (found["join_storm_p95_ms"].value, found["join_snapshots"].value) == (2_500, 2)


def test_who_was_not_let_in_and_what_was_not_told_is_missed() -> None:
    lacking = replace(OPENED, ready=1_999)
    found = storm_figures(lacking, 4, replace(GOOD, p99_ms=400), replace(lacking, events=79_960), 1, 40)
    assert missed(found) == {
        "join_storm_lost",
        "join_snapshots",
        "join_storm_others_p99_ms",
        "resume_storm_lost",
        "resume_snapshots",
        "resume_events_lost",
    }
    assert found["resume_events_lost"].value == 40


def test_slow_readers_who_were_closed_with_their_code_miss_nothing() -> None:
    assert missed(slow_figures(GOOD, GOOD, 11.3, 1.0, 4001)) == set()


def test_slow_readers_who_stay_or_go_without_a_code_are_told_of() -> None:
    assert missed(slow_figures(GOOD, GOOD, None, 0.95, 1006)) == {"slow_closed_s", "slow_closed_share", "slow_code"}
    late = replace(GOOD, p99_ms=301)
    assert missed(slow_figures(GOOD, late, 13.1, 1.0, 4001)) == {"slow_closed_s", "slow_others_p99_ms"}
