"""One host and many viewers, each behind a bad network of his own; every test judges what one of them was shown."""

import asyncio
import time

import pytest

from tests.media.caster import Caster
from tests.media.judge import beyond_one_a_second
from tests.media.live import after
from tests.media.relay import CLEAN, Conditions
from tests.media.stage import Stage, Verdict, played, stage, trouble
from tests.streaming.media.rig import quick, until

pytestmark = pytest.mark.steady

LASTING_S = 12.0
SILENCE_MS = 5_000
"""Instead of 15 s, so that a viewer can be given up while the others look on."""
CUT = Conditions(cut=True)
LASTING = {
    "clean": CLEAN,
    "2 % loss": Conditions(loss=0.02),
    "jitter and reordering": Conditions(jitter_ms=50, reorder=0.05),
    "duplicates": Conditions(duplicate=0.2),
    "200 ms away": Conditions(delay_ms=200),
    "30 % loss": Conditions(loss=0.3),
}
PASSING = {
    "burst of losses": (Conditions(loss=0.1, burst=5), 2.0),
    "cut of 1 s": (CUT, 1.0),
    "cut of 3 s": (CUT, 3.0),
}


async def story() -> dict[str, Verdict]:
    async with stage(seed=100, settings=quick(viewer_silence_ms=SILENCE_MS)) as scene:
        caster, _ = await scene.host("r1")
        stories = [lasting(scene, caster, name) for name in LASTING]
        stories += [passing(scene, caster, name) for name in PASSING]
        stories += [latecomer(scene, caster), gone_and_back(scene, caster)]
        return dict(await asyncio.gather(*stories))


async def lasting(scene: Stage, caster: Caster, name: str) -> tuple[str, Verdict]:
    watcher, link = await scene.viewer("r1")
    await after(1.0)
    link.set(LASTING[name])
    began = time.monotonic()
    await after(LASTING_S)
    return name, scene.verdict(watcher, caster, link, began)


async def passing(scene: Stage, caster: Caster, name: str) -> tuple[str, Verdict]:
    """The verdict begins when the trouble is over."""
    watcher, link = await scene.viewer("r1")
    conditions, for_s = PASSING[name]
    over = await trouble(link, conditions, 2.0, for_s)
    await after(LASTING_S - 1.0 - for_s)
    return name, scene.verdict(watcher, caster, link, over)


async def latecomer(scene: Stage, caster: Caster) -> tuple[str, Verdict]:
    await after(4.0)
    link = await scene.link()
    link.set(Conditions(loss=0.05))
    watcher, _ = await scene.viewer("r1", link)
    began = time.monotonic()
    await after(LASTING_S - 4.0)
    return "latecomer", scene.verdict(watcher, caster, link, began)


async def gone_and_back(scene: Stage, caster: Caster) -> tuple[str, Verdict]:
    """The worker gives a silent viewer up; he comes back by a new session, through the same network."""
    watcher, link = await scene.viewer("r1")
    await after(1.0)
    assert scene.knows(watcher)
    link.set(CUT)
    await until(lambda: not scene.knows(watcher), "he is given up", 15)
    link.set(CLEAN)
    again, _ = await scene.viewer("r1", link)
    began = time.monotonic()
    await after(3.0)
    return "gone and back", scene.verdict(again, caster, link, began)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return played(story)


@pytest.mark.parametrize("name", [*LASTING, *PASSING, "latecomer", "gone and back"])
def test_nobody_is_ever_shown_a_damaged_picture_or_one_twice_or_back_in_time(
    verdicts: dict[str, Verdict], name: str
) -> None:
    verdicts[name].must_be_sound()


def test_a_viewer_without_trouble_notices_nothing_of_the_others(verdicts: dict[str, Verdict]) -> None:
    clean = verdicts["clean"].in_time()
    assert clean.freeze_ratio == 0.0
    assert clean.watcher.nacked == 0 and clean.watcher.keyframes_requested == 0
    assert clean.left_out == []
    assert clean.silences == []
    clean.must_sound_like(440)


@pytest.mark.parametrize("name", ["2 % loss", "jitter and reordering", "duplicates", "200 ms away"])
def test_a_lasting_trouble_freezes_nothing(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name].in_time()
    assert verdict.freeze_ratio < 0.01
    assert verdict.silences == []
    verdict.must_sound_like(440)


def test_what_two_percent_lose_is_sent_again(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["2 % loss"].in_time()
    assert verdict.link.down.tally.lost > 5
    assert verdict.watcher.keyframes_requested == 0
    assert verdict.left_out == []


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_trouble_heals_within_five_seconds(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name].in_time()
    assert verdict.healed_after(verdict.from_s) < 5.0
    verdict.must_sound_like(440)


def test_who_comes_while_packets_are_lost_sees_the_picture_soon(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["latecomer"].in_time()
    assert verdict.shown_at[0] - verdict.from_s < 2.0
    assert verdict.healed_after(verdict.from_s) < 5.0


def test_a_viewer_who_was_given_up_comes_back_by_a_new_session(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["gone and back"].in_time()
    assert verdict.shown_at[0] - verdict.from_s < 1.0
    assert verdict.freeze_ratio == 0.0
    verdict.must_sound_like(440)


def test_who_loses_a_third_still_sees_something(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["30 % loss"].in_time()
    assert len([each for each in verdict.shown_at if each > verdict.from_s]) > 15


@pytest.mark.parametrize("name", ["clean", "2 % loss", "jitter and reordering", "200 ms away"])
def test_lips_and_voice_stay_together(verdicts: dict[str, Verdict], name: str) -> None:
    skews = sorted(abs(each) for each in verdicts[name].in_time().skews_ms)
    assert len(skews) > 100
    assert skews[len(skews) * 95 // 100] < 45


def test_all_of_them_together_cost_the_host_a_keyframe_a_second_at_most(verdicts: dict[str, Verdict]) -> None:
    assert beyond_one_a_second(verdicts["clean"].in_time().caster.asked_for_keyframe) < 0.75
