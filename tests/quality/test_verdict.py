"""What counts as a freeze and as a join in time, and which samples can be true."""

from dataclasses import replace

import pytest

from quality.sample import Sample
from quality.verdict import Join, audio_freeze_ms, fault_of, join_of, video_freeze_ms

GOOD = Sample("0" * 26, joined=True, join_ms=None, watched_ms=20_000, freezes=0, frozen_ms=0)


def test_a_pause_of_the_picture_over_half_a_second_is_a_freeze_as_a_whole() -> None:
    assert [video_freeze_ms(pause) for pause in (0, 499, 500, 501, 9000)] == [0, 0, 0, 501, 9000]


def test_a_pause_of_the_sound_over_a_fifth_of_a_second_is_a_freeze_as_a_whole() -> None:
    assert [audio_freeze_ms(pause) for pause in (0, 199, 200, 201, 9000)] == [0, 0, 0, 201, 9000]


@pytest.mark.parametrize(
    ("join_ms", "verdict"), [(None, None), (0, Join.IN_TIME), (5000, Join.IN_TIME), (5001, Join.LATE)]
)
def test_a_join_within_five_seconds_is_in_time(join_ms: int | None, verdict: Join | None) -> None:
    assert join_of(replace(GOOD, join_ms=join_ms)) is verdict


@pytest.mark.parametrize(
    "sample",
    [
        GOOD,
        replace(GOOD, joined=False),
        replace(GOOD, join_ms=180, freezes=2, frozen_ms=1002),
        replace(GOOD, freezes=0, frozen_ms=20_000),
        replace(GOOD, freezes=1, frozen_ms=500),
        replace(GOOD, watched_ms=100, freezes=1, frozen_ms=600),
        replace(GOOD, audio_freezes=3, audio_frozen_ms=700),
    ],
)
def test_a_sample_that_a_page_can_measure_has_no_fault(sample: Sample) -> None:
    assert fault_of(sample) is None


@pytest.mark.parametrize(
    "sample",
    [
        replace(GOOD, joined=False, join_ms=100),
        replace(GOOD, joined=False, freezes=1, frozen_ms=600),
        replace(GOOD, joined=False, frozen_ms=600),
        replace(GOOD, freezes=3, frozen_ms=1400),
        replace(GOOD, frozen_ms=21_001),
        replace(GOOD, audio_freezes=3, audio_frozen_ms=500),
        replace(GOOD, audio_frozen_ms=20_401),
    ],
)
def test_a_sample_that_nobody_can_measure_has_one(sample: Sample) -> None:
    assert fault_of(sample)
