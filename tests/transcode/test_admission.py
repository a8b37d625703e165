import pytest

from transcode.admission import Costs, Running, expected, refusal
from transcode.machine import Usage

COSTS = Costs(2.0, {"mixer": 0.4})


def mixers(*cores: float | None) -> list[Running]:
    return [Running("mixer", each) for each in cores]


def test_a_job_is_taken_while_there_is_room_for_it() -> None:
    assert refusal(COSTS, "mixer", mixers(0.4, 0.4), busy=1.2) is None


def test_it_is_refused_with_the_reason_before_the_running_ones_suffer() -> None:
    reason = refusal(COSTS, "mixer", mixers(0.4, 0.4), busy=1.5)
    assert reason == "jobs take 0.8 and the rest of the machine 0.7 of 2 cores, another mixer would need 0.4"


def test_jobs_that_are_too_young_to_be_measured_count_with_what_is_expected_of_them() -> None:
    assert refusal(COSTS, "mixer", mixers(None, None, None), busy=0.1) is None
    assert refusal(COSTS, "mixer", mixers(None, None, None, None), busy=0.1) is not None


def test_what_a_kind_really_takes_counts_when_it_is_more() -> None:
    assert expected(COSTS, "mixer", mixers(0.2)) == 0.4
    assert expected(COSTS, "mixer", mixers(0.9, 0.7)) == pytest.approx(0.8)
    assert expected(COSTS, "mixer", [Running("packager", 3.0)]) == 0.4


def test_nothing_is_started_beside_a_job_that_is_short_of_time() -> None:
    assert refusal(COSTS, "mixer", [Running("mixer", 0.1, strained=True)], busy=0.1) is not None


def test_a_node_that_runs_nothing_takes_a_job_whatever_else_the_machine_does() -> None:
    assert refusal(COSTS, "mixer", [], busy=2.0) is None


def test_light_jobs_need_no_protection_and_keep_no_other_away() -> None:
    light = Costs(2.0, {"mixer": 0.4, "posters": 0.1}, frozenset({"posters"}))
    posters = Running("posters", 0.1)
    assert refusal(light, "mixer", [posters], busy=2.0) is None
    assert refusal(light, "posters", [posters], busy=2.0) is None
    assert refusal(light, "mixer", [posters, *mixers(0.4)], busy=2.0) is not None
    assert refusal(light, "posters", mixers(0.4), busy=2.0) is not None


def test_without_cores_nothing_is_refused_for_its_cost() -> None:
    assert refusal(Costs(), "mixer", mixers(5.0), busy=9.0) is None


def test_usage_is_the_average_of_the_last_samples() -> None:
    usage = Usage()
    usage.sample(0.0, 10.0)
    usage.sample(1.0, 11.0)
    assert usage.cores is None
    usage.sample(2.0, 11.0)
    assert usage.cores == pytest.approx(0.5)
    for second in range(3, 20):
        usage.sample(second, 11.0 + second * 0.25)
    assert usage.cores == pytest.approx(0.25)
