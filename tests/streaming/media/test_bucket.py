"""Token buckets: never more than the rate allows, however one asks."""

from hypothesis import given
from hypothesis import strategies as st

from streaming.media.bucket import Bucket


@given(st.lists(st.floats(-1.0, 2.0), min_size=1, max_size=200))
def test_over_any_time_no_more_is_taken_than_depth_and_rate_allow(steps: list[float]) -> None:
    bucket, now, latest, taken = Bucket(10, 5), 0.0, 0.0, 0
    forwards = 0.0
    for step in steps:
        now += step
        forwards += max(0.0, step)
        latest = max(latest, now)
        taken += bucket.take(now)
        assert taken <= 5 + 10 * forwards + 1e-6


def test_asking_costs_nothing_and_an_empty_bucket_fills_again() -> None:
    bucket = Bucket(10, 2)
    assert [bucket.left(0.0) for _ in range(9)] == [True] * 9
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert not bucket.take(0.05) and bucket.take(0.1)
