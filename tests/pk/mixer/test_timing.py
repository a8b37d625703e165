"""When sound is played and pictures are shown: all in told microseconds, nothing waits."""

from pk.mixer.timing import LEAD_US, MARGIN_STEP_US, MARGIN_US, MAX_MARGIN_US, SourceTiming

OFFSET = 123_456_789_000  # between the source's clock and ours
STEP = 20_000


def heard(timing: SourceTiming, seconds: float, transit: int = 30_000, start: int = 0) -> int:
    """Sound arriving evenly; return our time at its end."""
    pts = start
    for pts in range(start, start + int(seconds * 1e6), STEP):
        timing.sound_arrived(pts, pts + OFFSET + transit)
    return pts + OFFSET + transit


def test_nothing_is_due_before_the_first_packet() -> None:
    assert SourceTiming().sound_at(5) is None
    assert SourceTiming().picture_until(5) is None


def test_sound_plays_a_margin_after_the_fastest_packet() -> None:
    timing = SourceTiming()
    now = heard(timing, 1.0)
    timing.sound_arrived(1_000_000, 1_000_000 + OFFSET + 90_000)
    assert timing.sound_at(now) == now - OFFSET - 30_000 - MARGIN_US


def test_a_replayed_burst_does_not_delay_the_live_sound() -> None:
    timing = SourceTiming()
    joined = 2_000_000 + OFFSET
    for pts in range(0, 2_000_000, STEP):
        timing.sound_arrived(pts, joined)
    assert timing.sound_at(joined) == 2_000_000 - STEP - MARGIN_US


def test_the_margin_grows_when_sound_runs_dry_up_to_a_limit_and_shrinks_in_calm() -> None:
    timing = SourceTiming()
    now = heard(timing, 1.0)
    timing.sound_ran_dry(now)
    assert timing.margin_us == MARGIN_US + MARGIN_STEP_US
    for _ in range(50):
        timing.sound_ran_dry(now)
    assert timing.margin_us == MAX_MARGIN_US
    for _ in range(50):
        now += 11_000_000
        timing.sound_at(now)
    assert timing.margin_us == MARGIN_US


def test_a_picture_is_shown_at_once_when_it_is_no_more_than_the_lead_before_its_sound() -> None:
    timing = SourceTiming()
    now = heard(timing, 1.0)
    sound = timing.sound_at(now)
    assert sound is not None
    assert timing.picture_until(now) == sound + LEAD_US


def test_sound_waits_for_pictures_that_take_longer() -> None:
    timing = SourceTiming()
    now = heard(timing, 1.0)
    early = timing.sound_at(now)
    for pts in range(0, 1_000_000, 66_000):
        timing.picture_arrived(pts, pts + OFFSET + 200_000)
    late = timing.sound_at(now)
    assert early is not None
    assert late == now - OFFSET - 200_000
    assert late < early


def test_a_source_whose_clock_went_back_is_followed_within_a_second() -> None:
    timing = SourceTiming()
    heard(timing, 2.0)
    behind = 3_000_000  # its clock stood still, or it began anew, three seconds behind
    now = heard(timing, 1.0, transit=30_000 + behind, start=2_000_000)
    assert timing.sound_at(now) == now - OFFSET - 30_000 - behind - MARGIN_US


def test_a_source_with_another_epoch_is_followed_at_once() -> None:
    timing = SourceTiming()
    now = heard(timing, 2.0)
    timing.sound_arrived(10**15, now)
    assert timing.sound_at(now) == 10**15 - MARGIN_US


def test_pictures_do_not_wait_for_a_sound_that_has_stopped() -> None:
    timing = SourceTiming()
    now = heard(timing, 1.0)
    assert timing.picture_until(now + 900_000) is not None
    assert timing.picture_until(now + 1_100_000) is None


def test_the_least_transit_forgets_a_path_that_became_slower() -> None:
    timing = SourceTiming()
    heard(timing, 1.0)
    now = heard(timing, 11.0, transit=130_000, start=1_000_000)
    assert timing.sound_at(now) == now - OFFSET - 130_000 - MARGIN_US
