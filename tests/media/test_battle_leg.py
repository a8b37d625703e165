"""A battle's composite comes and goes while packets are lost on the host's way and on his viewer's."""

import itertools
import time

import pytest

from streaming.media.choice import SourceKind
from tests.media.live import after
from tests.media.relay import Conditions
from tests.media.stage import Verdict, played, stage
from tests.streaming.media.giver import Giver
from tests.streaming.media.pictures import BLUE, RED, alike
from tests.streaming.media.rig import PIPE_TOKEN, until

pytestmark = pytest.mark.steady

LOSS = Conditions(loss=0.02)
CAMERA, COMPOSITE = (320, 240), (360, 320)
TURN_S = 2.0


async def story() -> dict[str, Verdict]:
    async with stage(seed=900) as scene:
        caster, uplink = await scene.host("r1")
        watcher, downlink = await scene.viewer("r1")
        worker = scene.rig.worker
        with Giver(worker.pipe, PIPE_TOKEN, "r1", "b1", BLUE):
            await until(lambda: "b1" in worker.rooms["r1"].composites, "the mixer is there")
            await after(1.0)
            uplink.set(LOSS)
            downlink.set(LOSS)
            began = time.monotonic()
            for source in [SourceKind.COMPOSITE, SourceKind.CAMERA] * 2:
                worker.set_source("r1", source, "b1")
                await after(TURN_S)
        return {"viewer": scene.verdict(watcher, caster, downlink, began)}


@pytest.fixture(scope="module")
def viewer() -> Verdict:
    return played(story)["viewer"]


def test_a_viewer_follows_forth_and_back_and_sees_nothing_damaged(viewer: Verdict) -> None:
    viewer.must_be_sound()
    viewer.in_time()
    turns = [size for size, _ in itertools.groupby(picture.size for picture in viewer.seen.pictures)]
    assert turns == [CAMERA, COMPOSITE, CAMERA, COMPOSITE, CAMERA]
    for picture in viewer.seen.pictures:
        colour = RED if picture.size == CAMERA else BLUE
        assert alike((0, *picture.colour[1:]), (0, *colour[1:]))


def test_a_switch_among_losses_freezes_nothing(viewer: Verdict) -> None:
    viewer.in_time()
    assert viewer.link.down.tally.lost > 3 and viewer.watcher.nacked > 0
    assert viewer.freeze_ratio < 0.01


def test_a_viewer_hears_whom_he_sees(viewer: Verdict) -> None:
    viewer.in_time()
    assert viewer.silences == []
    assert {round(each, -1) for each in viewer.pitches} >= {440, 500}


def test_each_switch_costs_the_host_a_keyframe_at_most(viewer: Verdict) -> None:
    asked = [each for each in viewer.in_time().caster.asked_for_keyframe if each >= viewer.from_s]
    assert len(asked) <= 5
