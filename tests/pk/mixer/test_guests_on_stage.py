"""A host and his guest through the real mixer, told what a keeper tells it: seen, heard, muted, gone."""

from collections.abc import Mapping
from typing import Any

import pytest

from pk.mixer.canvas import DARK
from pk.mixer.layout import Layout, arrange
from streaming.guest_composite import Cast, GuestComposite, PictureSettings
from streaming.guests import Guest, GuestState
from tests.pk.mixer.stage import BLACK, BLUE, RED, Host, Viewer, colour_in, near, plain
from tests.pk.mixer.test_mixer import LEFT_HZ, RIGHT_HZ, TOKEN, Stage, stage
from transcode.errors import UnknownJob
from transcode.job import JobSpec, JobState, JobStatus
from transcode.runner import JobRunner

__all__ = ["stage"]  # the fixture


class Node:
    """``streaming.guest_composite.Jobs`` with one transcode node."""

    def __init__(self, runner: JobRunner) -> None:
        self._runner = runner

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object:
        return self._runner.run(JobSpec(job_id, kind, arguments), renewed)

    async def stop(self, job_id: str) -> object:
        try:
            return await self._runner.stop(job_id)
        except UnknownJob:
            return None

    async def status(self, job_id: str) -> JobStatus:
        return self._runner.status(job_id)

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None:
        self._runner.tell(job_id, message)


class Sofa:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.worker, self.pipe = stage.workers[0], stage.listeners[0].address
        self.viewer = Viewer(self.worker.given("red"))
        self.camera = self.worker.camera("red", stream="guest:bob")
        self.lost: list[int] = []
        self.composite = GuestComposite(Node(stage.runner), PictureSettings(TOKEN, 360, 320, 15), self.lost.append)

    async def show(self, *guests: Guest) -> None:
        self.composite.follow(Cast("red", "b1", "Amy", self.pipe, guests))
        await self.composite.align()
        await self.composite.align()

    @property
    def running(self) -> list[JobState]:
        return [status.state for status in self.stage.runner.statuses()]


BOB = Guest("bob", "Bob", True, 0, GuestState.ON_STAGE)
CID = Guest("cid", "Cid", True, 0, GuestState.ON_STAGE)


@pytest.fixture
async def sofa(stage: Stage) -> Sofa:
    return Sofa(stage)


async def test_the_room_sees_and_hears_host_and_guest_and_not_one_who_is_muted(sofa: Sofa) -> None:
    red, blue = plain(RED, LEFT_HZ), plain(BLUE, RIGHT_HZ)
    with Host(sofa.stage.cameras[0], red), Host(sofa.camera, blue):
        await sofa.show(BOB)
        await sofa.viewer.until(RED, BLUE)
        await sofa.viewer.hears(LEFT_HZ, RIGHT_HZ)
        await sofa.show(Guest("bob", "Bob", True, 0, GuestState.ON_STAGE, muted_by_host=True))
        await sofa.viewer.hears(LEFT_HZ, without=(RIGHT_HZ,))
        await sofa.viewer.until(RED, BLUE)
        await sofa.show(BOB)
        await sofa.viewer.hears(LEFT_HZ, RIGHT_HZ)


async def test_a_guest_comes_and_goes_while_the_mixer_runs_on(sofa: Sofa) -> None:
    red, blue = plain(RED, LEFT_HZ), plain(BLUE, RIGHT_HZ)
    late = sofa.worker.camera("red", stream="guest:cid")
    with Host(sofa.stage.cameras[0], red):
        await sofa.show(BOB)
        await sofa.viewer.until(RED, DARK)
        with Host(late, blue):
            await sofa.show(BOB, CID)
            await sofa.viewer.hears(LEFT_HZ, RIGHT_HZ)
            await sofa.show(CID)
            assert sofa.viewer.given.inlet is not None
            sofa.viewer.given.inlet.request_keyframe()  # while it was listened, pictures have been missed
            await sofa.viewer.until(RED, BLUE)
        assert len(sofa.running) == 1
        sofa.composite.follow(None)
        assert await sofa.composite.align()
        assert sofa.running == [JobState.ENDED]
    assert sofa.lost == []


async def test_a_screen_is_shown_whole_above_its_host_and_is_heard(sofa: Sofa) -> None:
    person, screen = arrange(Layout.SCREEN, (0, 0), 360, 320)
    camera = sofa.worker.camera("red", stream="guest:amy")
    with Host(sofa.stage.cameras[0], plain(RED, LEFT_HZ)), Host(camera, plain(BLUE, RIGHT_HZ, 240, 180)):
        await sofa.show(Guest("amy", "Amy", True, 0, GuestState.ON_STAGE, screen=True))
        for _ in range(120):
            _, image = await sofa.viewer.picture()
            if near(colour_in(image, person), RED) and near(colour_in(image, screen), BLUE):
                break
        else:
            raise AssertionError("the host and his screen are not both to be seen")
        # A picture of 4:3 is as high as its tile of 16:9, from the first line to the last, and bars are beside it.
        seen = [(screen.width // 2, y) for y in (4, screen.height - 5)]
        bars = [(x, screen.height // 2) for x in (12, screen.width - 13)]
        for places, colour in ((seen, BLUE), (bars, BLACK)):
            for x, y in places:
                assert near(tuple(int(value) for value in image[y, x]), colour), (x, y)  # type: ignore[arg-type]
        await sofa.viewer.hears(LEFT_HZ, RIGHT_HZ)
