"""The judge of ``make bench-feed``: what counts, what is void, and which figures come out of the rounds that count."""

from dataclasses import replace

import pytest

from bench.feed.judge import Found, Round, fault, figures, percentile, rates_to_try

GOOD = Found(
    asked=5_000,
    sockets=5_000,
    per_s=20,
    posted=400,
    delivered=2_000_000,
    again=0,
    p50_ms=60.0,
    p99_ms=140.0,
    longest_ms=180.0,
    reads=1_000_000,
    seconds=20.0,
    cpu_s=12.0,
    load_cpu_s=10.0,
    beside_cpu_s={"valkey": 1.0, "control": 1.0},
)


def cost(us: float, **changes: float) -> Round:
    return Round(replace(GOOD, cpu_s=us * GOOD.delivered / 1e6, **changes), 30.0, 0.05)  # type: ignore[arg-type]


def test_a_measurement_in_which_everything_arrived_counts() -> None:
    assert fault(GOOD) == ""
    assert GOOD.us_per_event == pytest.approx(6.0)
    assert GOOD.events_per_read == 2.0


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (replace(GOOD, sockets=4_999), "only 4999 of 5000 sockets are there"),
        (replace(GOOD, delivered=1_999_999), "1 of 2000000 events did not arrive"),
        (replace(GOOD, again=1), "1 events came twice or out of order"),
        (replace(GOOD, load_cpu_s=16.5), "the load's core was taken to 92 %"),
        (replace(GOOD, cpu_s=19.2), "the server's core was taken to 96 %"),
        (replace(GOOD, p99_ms=1000.1), "it does not keep up: p99 is 1000 ms"),
    ],
)
def test_a_measurement_with_a_fault_is_void_and_says_why(found: Found, why: str) -> None:
    assert fault(found) == why


def test_what_works_for_the_server_on_the_loads_core_counts_as_load() -> None:
    assert GOOD.load_share == pytest.approx(0.6)
    assert fault(replace(GOOD, beside_cpu_s={"valkey": 8.5})).startswith("the load's core")


def test_a_merged_batch_is_as_many_events_as_it_has() -> None:
    one_read_of_many = replace(GOOD, reads=100_000)
    assert fault(one_read_of_many) == "" and one_read_of_many.us_per_event == GOOD.us_per_event


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.5, 0.2), (0.98, 0.2), (0.99, 0.4), (1.0, 0.5)],
)
def test_a_percentile_is_the_end_of_its_bucket(share: float, value: float) -> None:
    assert percentile([0, 98, 0, 1, 1], share, 0.1) == value


def test_of_nothing_every_percentile_is_nothing() -> None:
    assert percentile([0, 0], 0.99, 0.1) == 0.0


def test_rates_that_are_hopeless_are_not_tried() -> None:
    assert rates_to_try(6.0, 5_000, (20, 10, 5, 1)) == [20, 10, 5, 1]
    assert rates_to_try(40.0, 5_000, (20, 10, 5, 1)) == [5, 1]
    assert rates_to_try(1000.0, 5_000, (20, 10, 5, 1)) == [1], "so that it is said how it failed"


def test_the_figures_of_the_issue_come_first() -> None:
    names = list(figures({}))
    wanted = ["us_per_event", "us_per_event_socketio", "us_per_event_nchan", "p99_ms", "memory_kb_per_socket"]
    assert names[:5] == wanted


def test_each_figure_is_the_median_of_the_rounds_that_count() -> None:
    found = figures({"ours": [cost(5), cost(9), cost(6)], "socketio": [cost(30), cost(40), cost(31)]})
    assert found["us_per_event"].value == 6
    assert found["us_per_event_socketio"].value == 31
    assert found["times_socketio"].value == 5.17
    assert (found["p99_ms"].value, found["memory_kb_per_socket"].value) == (140.0, 30.0)
    assert (found["core_share"].value, found["idle_share"].value) == (0.6, 0.05)


@pytest.mark.parametrize(
    ("socketio", "nchan", "target"),
    [(30.0, 9.0, 6.0), (30.0, 5.0, 5.0), (30.0, None, 6.0), (None, 9.0, 9.0), (None, None, None)],
)
def test_an_event_may_cost_a_fifth_of_socketio_and_no_more_than_nchan(
    socketio: float | None, nchan: float | None, target: float | None
) -> None:
    peers = {"socketio": socketio, "nchan": nchan}
    rounds = {name: [cost(us)] for name, us in peers.items() if us is not None}
    assert figures({"ours": [cost(6)], **rounds})["us_per_event"].target == target


def test_a_peer_that_is_not_there_has_figures_without_a_value() -> None:
    found = figures({"ours": [cost(6)]})
    for name in ("us_per_event_nchan", "times_nchan", "p99_ms_nchan", "memory_kb_per_socket_nchan"):
        assert found[name].value is None


def test_a_peer_that_carries_less_says_so() -> None:
    found = figures({"ours": [cost(6)], "socketio": [cost(30, per_s=5)]})
    assert (found["events_per_s"].value, found["events_per_s"].target) == (20, 20)
    assert found["events_per_s_socketio"].value == 5
