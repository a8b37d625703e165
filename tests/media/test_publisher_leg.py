"""Hosts behind bad networks, each with a viewer on a good one (or not); every test judges what one viewer was shown."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

import pytest

from streaming.media.choice import SourceKind
from tests.media.judge import beyond_one_a_second
from tests.media.live import after
from tests.media.relay import CLEAN, Conditions, Relay
from tests.media.stage import Stage, Verdict, played, stage, trouble
from tests.streaming.media.rig import until

pytestmark = pytest.mark.steady

LASTING_S = 10.0
CUT = Conditions(cut=True)
CARD = (360, 640)
LASTING = {
    "2 % loss": Conditions(loss=0.02),
    "jitter and reordering": Conditions(jitter_ms=50, reorder=0.05),
    "200 ms away, with duplicates": Conditions(delay_ms=200, duplicate=0.2),
}
BOTH = "both lose 2 %"
PASSING = ["burst of losses", "cut of 1 s", "cut of 3 s", "cut of 6 s", "another address"]


async def lasting_story() -> dict[str, Verdict]:
    async with stage(seed=500) as scene:
        stories = [lasting(scene, name, CLEAN) for name in LASTING]
        return dict(await asyncio.gather(*stories, lasting(scene, BOTH, LASTING["2 % loss"])))


async def passing_story() -> dict[str, Verdict]:
    async with stage(seed=700) as scene:
        return dict(await asyncio.gather(*(passing(scene, name) for name in PASSING)))


async def lasting(scene: Stage, name: str, viewers: Conditions) -> tuple[str, Verdict]:
    caster, uplink = await scene.host(name)
    watcher, downlink = await scene.viewer(name)
    await after(1.0)
    uplink.set(LASTING.get(name, LASTING["2 % loss"]))
    downlink.set(viewers)
    began = time.monotonic()
    await after(LASTING_S)
    return name, scene.verdict(watcher, caster, uplink, began)


async def passing(scene: Stage, name: str) -> tuple[str, Verdict]:
    """The verdict begins when the trouble is over."""
    caster, uplink = await scene.host(name)
    watcher, _ = await scene.viewer(name)
    await after(1.0)
    over = await troubles[name](scene, name, uplink)
    await after(4.0)
    return name, scene.verdict(watcher, caster, uplink, over)


async def burst(scene: Stage, room: str, uplink: Relay) -> float:
    return await trouble(uplink, Conditions(loss=0.1, burst=5), 0.0, 2.0)


async def cut_of_1_s(scene: Stage, room: str, uplink: Relay) -> float:
    return await trouble(uplink, CUT, 0.0, 1.0)


async def cut_of_3_s(scene: Stage, room: str, uplink: Relay) -> float:
    uplink.set(CUT)
    cut = time.monotonic()
    await scene.becomes(room, "reconnecting")
    await after(3.0 - (time.monotonic() - cut))
    uplink.set(CLEAN)
    return time.monotonic()


async def cut_of_6_s(scene: Stage, room: str, uplink: Relay) -> float:
    uplink.set(CUT)
    await scene.becomes(room, "lost")
    await until(lambda: scene.rig.worker.rooms[room].showing is SourceKind.CARD, "the card is shown")
    await after(1.0)
    uplink.set(CLEAN)
    return time.monotonic()


async def another_address(scene: Stage, room: str, uplink: Relay) -> float:
    uplink.rebind()
    return time.monotonic()


troubles: dict[str, Callable[[Stage, str, Relay], Awaitable[float]]] = {
    "burst of losses": burst,
    "cut of 1 s": cut_of_1_s,
    "cut of 3 s": cut_of_3_s,
    "cut of 6 s": cut_of_6_s,
    "another address": another_address,
}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return played(lasting_story) | played(passing_story)


@pytest.mark.parametrize("name", [*LASTING, BOTH, *PASSING])
def test_no_viewer_is_ever_shown_a_damaged_picture_or_one_twice_or_back_in_time(
    verdicts: dict[str, Verdict], name: str
) -> None:
    verdicts[name].must_be_sound()


@pytest.mark.parametrize("name", [*LASTING, BOTH])
def test_a_lasting_trouble_freezes_nothing(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name].in_time()
    assert verdict.freeze_ratio < 0.01
    assert verdict.silences == []
    verdict.must_sound_like(440)


@pytest.mark.parametrize("name", ["2 % loss", BOTH])
def test_what_was_lost_on_the_way_up_is_asked_for_and_passed_on_late(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name].in_time()
    assert verdict.link.up.tally.lost > 5
    assert verdict.caster.resent > 0
    assert verdict.caster.asked_for_keyframe == []
    assert verdict.left_out == []


@pytest.mark.parametrize("name", PASSING)
def test_a_passing_trouble_heals_within_five_seconds(verdicts: dict[str, Verdict], name: str) -> None:
    verdict = verdicts[name].in_time()
    assert verdict.healed_after(verdict.from_s) < 4.0
    assert verdict.shown_at[-1] > verdict.until_s - 0.5
    verdict.must_sound_like(440)


@pytest.mark.parametrize("name", ["burst of losses", "cut of 1 s", "cut of 3 s", "another address"])
def test_short_of_five_seconds_nobody_is_told_of_a_loss_and_no_card_is_shown(
    verdicts: dict[str, Verdict], name: str
) -> None:
    assert "CameraLost" not in verdicts[name].in_time().facts
    assert CARD not in [picture.size for picture in verdicts[name].seen.pictures]


def test_after_five_seconds_viewers_see_the_card_and_the_same_session_resumes(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["cut of 6 s"]
    assert [fact for fact in verdict.facts if fact.startswith("Camera")] == [
        "CameraStarted",
        "CameraLost",
        "CameraResumed",
    ]
    sizes = [size for size, _ in itertools.groupby(picture.size for picture in verdict.seen.pictures)]
    assert sizes == [(320, 240), CARD, (320, 240)]


@pytest.mark.parametrize("name", ["2 % loss", "jitter and reordering", BOTH])
def test_lips_and_voice_stay_together(verdicts: dict[str, Verdict], name: str) -> None:
    skews = sorted(abs(each) for each in verdicts[name].in_time().skews_ms)
    assert len(skews) > 100
    assert skews[len(skews) * 95 // 100] < 45


@pytest.mark.parametrize("name", [*LASTING, BOTH, *(name for name in PASSING if name != "cut of 6 s")])
def test_without_a_switch_no_host_is_asked_for_more_than_a_keyframe_a_second(
    verdicts: dict[str, Verdict], name: str
) -> None:
    assert beyond_one_a_second(verdicts[name].in_time().caster.asked_for_keyframe) < 0.75
