"""How full a worker is, whom it lets in, and how its clock is steered."""

from hypothesis import given
from hypothesis import strategies as st

from streaming.media.counters import Counters
from streaming.media.load import Demand, Door, Doors, load
from streaming.media.load_meter import LoadMeter
from streaming.media.steering import FASTEST_PPM, GRAIN_US, SteeredMicroseconds

LIMITS = Demand(1_000, 50_000, 0.9)


def test_what_is_nearest_to_its_limit_decides() -> None:
    assert load(Demand(0), LIMITS) == 0
    assert load(Demand(500, 5_000, 0.09), LIMITS) == 0.5
    assert load(Demand(500, 40_000, 0.09), LIMITS) == 0.8
    assert load(Demand(500, 40_000, 0.9), LIMITS) == 1.0


def test_a_door_that_has_closed_opens_again_only_when_it_has_become_emptier() -> None:
    door = Door(closes_at=0.9, opens_at=0.8)
    assert [door.admits(each) for each in (0.5, 0.89, 0.9, 0.85, 0.81, 0.8, 0.89)] == [
        True,
        True,
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_publisher_is_let_in_where_viewers_are_refused_already() -> None:
    doors = Doors()
    assert doors.admit("publish", 0.97) and not doors.admit("watch", 0.97)
    assert not doors.admit("publish", 1.0) and not doors.admit("watch", 1.0)
    assert doors.admit("publish", 0.9) and not doors.admit("watch", 0.9)
    assert doors.admit("watch", 0.85)


def test_one_busy_second_closes_no_door_and_three_do() -> None:
    used = iter((0.0, 0.0, 1.0, 2.0, 3.0, 3.0))
    counters = Counters()
    meter = LoadMeter(counters, lambda: next(used))
    told = []
    for second in range(5):
        counters.packets_out += 1_000
        meter.tick(float(second))
        told.append(load(meter.demand(1), LIMITS))
    assert told[2] < 0.5 < 0.8 < told[4] < 1
    assert 600 < meter.demand(1).packets_per_s <= 1_000


@given(st.lists(st.tuples(st.integers(1, 5_000_000), st.integers(-3_000_000, 3_000_000)), max_size=60))
def test_the_clock_never_runs_back_nor_faster_than_a_quartz_may_be_off(steps: list[tuple[int, int]]) -> None:
    clock, monotonic_us = SteeredMicroseconds(0, 1_000_000_000), 0
    before = clock.at(0)
    for elapsed_us, off_us in steps:
        monotonic_us += elapsed_us
        clock.steer(monotonic_us, 1_000_000_000 + monotonic_us + off_us)
        ran = clock.at(monotonic_us) - before
        assert abs(ran - elapsed_us) <= elapsed_us * FASTEST_PPM / 1e6 + 2
        before = clock.at(monotonic_us)


def test_two_clocks_of_machines_that_run_apart_stay_together_for_a_day() -> None:
    """Quartzes 100 ppm apart are 8.6 s apart after a day; these follow one reference, read in whole milliseconds."""
    fast, slow = SteeredMicroseconds(0, 5_000_000), SteeredMicroseconds(0, 5_000_000)
    for second in range(1, 86_400, 3):
        true_us = second * 1_000_000
        reference = (5_000_000 + true_us) // 1_000 * 1_000
        fast.steer(true_us + true_us * 50 // 1_000_000, reference)
        slow.steer(true_us - true_us * 50 // 1_000_000, reference)
    drift_us = true_us * 50 // 1_000_000
    assert abs(fast.at(true_us + drift_us) - slow.at(true_us - drift_us)) <= 3 * GRAIN_US


def test_a_clock_that_is_far_off_comes_back_slowly_and_then_runs_evenly() -> None:
    clock = SteeredMicroseconds(0, 0)
    for second in range(1, 3_000):
        clock.steer(second * 1_000_000, second * 1_000_000 + 1_000_000)
    assert abs(clock.at(3_000_000_000) - 3_001_000_000) <= GRAIN_US + 500
    assert abs(clock.ppm) <= 50
