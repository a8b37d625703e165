"""The mixer as it runs: a child of the runner, between synthetic hosts and viewers who decode what comes out."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any

import numpy as np
import pytest

from foundation.bus import MemoryBus, Subscription
from foundation.clock import SystemClock
from pk.mixer.canvas import DARK, Colour
from pk.mixer.layout import Layout, arrange
from tests.pk.mixer.freeze import stopped_thread, thread_called
from tests.pk.mixer.stage import (
    BLACK,
    BLUE,
    RATE,
    RED,
    WHITE,
    Host,
    Programme,
    Viewer,
    colour_in,
    h264,
    halves,
    near,
    opus,
    plain,
    tone,
)
from tests.transcode.endpoint import DEADLINE_S, Worker
from transcode.job import EndReason, JobEnded, JobReady, JobSpec, JobState
from transcode.media_pipe import PipeListener
from transcode.runner import JobRunner, RunnerSettings

TOKEN = "pipe-token"
LEFT_HZ, RIGHT_HZ = 440.0, 1000.0


class Stage:
    """Two workers with a room each, a runner, and the mix of both rooms."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.runner = JobRunner(RunnerSettings({"mixer": "pk.mixer.job:run"}), self.bus, SystemClock())
        self.workers = [Worker(), Worker()]
        self.listeners = [PipeListener("127.0.0.1", 0, TOKEN, worker) for worker in self.workers]
        self.cameras = [worker.camera(room) for worker, room in zip(self.workers, ("red", "blue"), strict=True)]
        self.viewers = [Viewer(worker.given(room)) for worker, room in zip(self.workers, ("red", "blue"), strict=True)]

    def arguments(self, **more: Any) -> dict[str, Any]:
        pipes = [listener.address for listener in self.listeners]
        sources = [
            {"room": "red", "name": "Amy", "seat": 0, "pipe": pipes[0]},
            {"room": "blue", "name": "小明", "seat": 1, "pipe": pipes[1]},
        ]
        outputs = [{"room": "red", "pipe": pipes[0]}, {"room": "blue", "pipe": pipes[1]}]
        usual = {"battle": "b", "token": TOKEN, "width": 360, "height": 320, "fps": 15}
        return usual | {"sources": sources, "outputs": outputs} | more

    def mix(self, **more: Any) -> int:
        return self.runner.run(JobSpec("mix", "mixer", self.arguments(**more))).pid


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with AsyncExitStack() as opened:
        await stage.runner.start()
        for listener in stage.listeners:
            await listener.start()
            opened.push_async_callback(listener.close)
        opened.push_async_callback(stage.runner.close)
        yield stage


@pytest.fixture
async def facts(stage: Stage) -> AsyncIterator[Subscription]:
    async with stage.bus.subscribe(JobReady, JobEnded) as subscription:
        yield subscription


@pytest.fixture(scope="session")
def red() -> Programme:
    return plain(RED, LEFT_HZ)


@pytest.fixture(scope="session")
def blue() -> Programme:
    return plain(BLUE, RIGHT_HZ)


async def fact(facts: Subscription, kind: type[JobReady] | type[JobEnded]) -> JobReady | JobEnded:
    async with asyncio.timeout(DEADLINE_S):
        async for seen in facts:
            if isinstance(seen, kind):
                assert isinstance(seen, JobReady | JobEnded)
                return seen
    raise AssertionError("the bus closed")


async def test_both_rooms_see_and_hear_both_hosts(stage: Stage, red: Programme, blue: Programme) -> None:
    with Host(stage.cameras[0], red, epoch_us=10**15), Host(stage.cameras[1], blue, epoch_us=77):
        stage.mix()
        for viewer in stage.viewers:
            await viewer.until(RED, BLUE)
        for viewer in stage.viewers:
            await viewer.hears(LEFT_HZ, RIGHT_HZ, without=(700,))


async def test_a_battle_may_be_mixed_at_1080_by_960(stage: Stage, red: Programme, blue: Programme) -> None:
    """The larger of the two canvases that are promised, through the whole job, with sound."""
    viewer = stage.viewers[1]
    with Host(stage.cameras[0], red), Host(stage.cameras[1], blue):
        stage.mix(width=1080, height=960)
        await viewer.until(RED, BLUE)
        _, image = await viewer.picture()
        assert image.shape[:2] == (960, 1080)
        await viewer.hears(LEFT_HZ, RIGHT_HZ, without=(700,))


async def test_both_rooms_get_the_same_bytes(stage: Stage, red: Programme) -> None:
    with Host(stage.cameras[0], red):
        stage.mix()
        for viewer in stage.viewers:
            await viewer.until(RED, None)
        units = [{}, {}]  # type: list[dict[int, bytes]]
        for seen, viewer in zip(units, stage.viewers, strict=True):
            for _ in range(10):
                unit = await viewer.given.next_video()
                seen[unit.pts_us] = unit.payload
        both = units[0].keys() & units[1].keys()
        assert len(both) >= 5
        assert all(units[0][pts] == units[1][pts] for pts in both)


async def test_a_side_that_never_comes_is_a_placeholder_while_the_other_goes_on(stage: Stage, red: Programme) -> None:
    with Host(stage.cameras[0], red):
        stage.mix()
        await stage.viewers[1].until(RED, DARK)
        await stage.viewers[1].hears(LEFT_HZ, without=(RIGHT_HZ,))


async def test_the_placeholder_carries_the_hosts_name(stage: Stage) -> None:
    stage.mix()
    _, image = await stage.viewers[0].picture()
    for half in (image[:, :180], image[:, 180:]):
        middle = half[130:190, :, 0]
        assert middle.max() > 200, "letters are white"
        assert 0.005 < (middle > 150).mean() < 0.6


async def test_a_silent_source_is_held_for_a_second_then_replaced_and_is_back_when_it_returns(
    stage: Stage, red: Programme, blue: Programme
) -> None:
    viewer = stage.viewers[0]
    with Host(stage.cameras[0], red):
        with Host(stage.cameras[1], blue):
            stage.mix()
            live = await viewer.until(RED, BLUE)
        gone = await viewer.until(RED, DARK)
        assert 900_000 < gone - live < 2_500_000
        with Host(stage.cameras[1], blue, epoch_us=5):
            back = await viewer.until(RED, BLUE)
            assert back - gone < 2_000_000
            await viewer.hears(LEFT_HZ, RIGHT_HZ)


async def test_the_end_of_one_worker_stops_neither_picture_nor_sound_of_the_other(
    stage: Stage, red: Programme, blue: Programme
) -> None:
    viewer = stage.viewers[0]
    with Host(stage.cameras[0], red), Host(stage.cameras[1], blue):
        stage.mix()
        await viewer.until(RED, BLUE)
        await stage.listeners[1].close()
        stamps = []
        for _ in range(20):
            pts, image = await viewer.picture()
            assert near(halves(image)[0], RED)
            stamps.append(pts)
        assert max(np.diff(stamps)) < 1_000_000
        await viewer.hears(LEFT_HZ)
        await viewer.until(RED, DARK)


async def test_a_worker_that_hangs_keeps_nothing_from_the_other_room(stage: Stage, red: Programme) -> None:
    """Blue's worker is as if stopped: the kernel takes the connections, nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as stopped, Host(stage.cameras[0], red):
        arguments = stage.arguments()
        for hung in (arguments["sources"][1], arguments["outputs"][1]):
            hung["pipe"] = f"127.0.0.1:{stopped.getsockname()[1]}"
        stage.runner.run(JobSpec("mix", "mixer", arguments))
        viewer = stage.viewers[0]
        await viewer.until(RED, DARK)
        stamps = [(await viewer.picture())[0] for _ in range(15)]
        assert max(np.diff(stamps)) < 1_000_000
        await viewer.hears(LEFT_HZ)


async def test_a_keyframe_comes_when_asked_for_and_otherwise_hardly_ever(stage: Stage, red: Programme) -> None:
    given = stage.viewers[0].given
    with Host(stage.cameras[0], red):
        stage.mix()
        assert (await given.next_video()).keyframe
        await stage.viewers[1].until(RED, None)
        for viewer in stage.viewers:
            while not viewer.given.frames.empty():
                viewer.given.frames.get_nowait()
        calm = [(await given.next_video()).keyframe for _ in range(20)]
        assert not any(calm)
        assert given.inlet is not None
        for _ in range(5):
            given.inlet.request_keyframe()
        asked = [(await given.next_video()).keyframe for _ in range(12)]
        assert sum(asked) == 1
        assert any(asked[:8])


NINE: tuple[tuple[Colour, float], ...] = (
    ((81, 90, 240), 440.0),
    ((41, 240, 110), 1000.0),
    ((145, 54, 34), 1500.0),
    ((210, 16, 146), 2000.0),
    ((106, 202, 222), 2500.0),
    ((170, 166, 16), 3000.0),
    ((200, 128, 128), 3500.0),
    ((128, 60, 180), 4000.0),
    ((70, 128, 190), 4500.0),
)


async def shows(viewer: Viewer, sides: list[int], layout: Layout, wanted: list[Colour], pictures: int = 150) -> int:
    """Watch until each tile has its colour; return the pts."""
    seen: list[Colour] = []
    for _ in range(pictures):
        pts, image = await viewer.picture()
        seen = [colour_in(image, tile) for tile in arrange(layout, sides, 360, 320)]
        if all(near(got, colour) for got, colour in zip(seen, wanted, strict=True)):
            return pts
    raise AssertionError(f"wanted {wanted}, the last picture had {seen}")


async def test_people_come_and_go_while_the_mix_goes_on(stage: Stage, red: Programme, blue: Programme) -> None:
    """From a duel to nine on stage, one of them a guest and one only heard, and back with another output."""
    worker, pipe = stage.workers[0], stage.listeners[0].address
    viewer, late = stage.viewers[0], Viewer(stage.workers[0].given("late"))
    others = [worker.camera(f"room{seat}") for seat in range(2, 8)] + [worker.camera("red", stream="guest:u9")]
    arguments = stage.arguments()
    people = arguments["sources"] + [
        {"room": f"room{seat}", "name": f"Host {seat}", "seat": seat, "pipe": pipe, "voice_only": seat == 7}
        for seat in range(2, 8)
    ]
    people += [{"room": "red", "name": "Guest", "seat": 8, "pipe": pipe, "stream": "guest:u9", "side": 0}]
    colours = [DARK if seat == 7 else colour for seat, (colour, _) in enumerate(NINE)]
    with ExitStack() as playing:
        playing.enter_context(Host(stage.cameras[0], red))
        playing.enter_context(Host(stage.cameras[1], blue))
        stage.mix()
        before = await viewer.until(RED, BLUE)
        for camera, (colour, hertz) in zip(others, NINE[2:], strict=True):
            playing.enter_context(Host(camera, plain(colour, hertz, 120, 160)))
        roster = {"sources": people, "outputs": arguments["outputs"], "layout": "grid"}
        stage.runner.tell("mix", {"stage": roster})
        nine = await shows(viewer, list(range(9)), Layout.GRID, colours)
        assert nine > before
        await viewer.hears(*(hertz for _, hertz in NINE), least=0.05)
        outputs = [arguments["outputs"][0], {"room": "late", "pipe": pipe}]
        stage.runner.tell("mix", {"stage": {"sources": arguments["sources"], "outputs": outputs}})
        await late.until(RED, BLUE)
        await viewer.until(RED, BLUE)
        await viewer.hears(LEFT_HZ, RIGHT_HZ, without=(1500.0, 4500.0))
        async with asyncio.timeout(DEADLINE_S):
            await stage.viewers[1].given.detached.wait()
            await others[0].left.wait()
        assert stage.runner.status("mix").state is JobState.READY


async def test_a_roster_that_makes_no_stage_changes_nothing(stage: Stage, red: Programme) -> None:
    with Host(stage.cameras[0], red):
        stage.mix()
        await stage.viewers[0].until(RED, DARK)
        stage.runner.tell("mix", {"stage": {"sources": [], "outputs": []}})
        async with asyncio.timeout(DEADLINE_S):
            while not stage.runner.status("mix").figures.get("not_understood"):
                await stage.viewers[0].picture()
        await stage.viewers[0].until(RED, DARK)


@pytest.mark.parametrize("clock", ["rs-picture", "rs-sound"])
async def test_a_mixer_one_of_whose_clocks_stands_still_is_killed(
    stage: Stage, facts: Subscription, red: Programme, clock: str
) -> None:
    """One thread is stopped by the kernel; the others, and so the heartbeat, go on."""
    with Host(stage.cameras[0], red):
        pid = stage.mix()
        await stage.viewers[0].until(RED, DARK)
        await fact(facts, JobReady)
        with stopped_thread(thread_called(clock, pid)):
            ended = await fact(facts, JobEnded)
    assert isinstance(ended, JobEnded)
    assert ended.reason == EndReason.STALLED
    assert "after its last frame" in ended.detail


async def test_a_muted_opponent_is_unheard_in_that_room_only(stage: Stage, red: Programme, blue: Programme) -> None:
    with Host(stage.cameras[0], red), Host(stage.cameras[1], blue):
        stage.mix()
        for viewer in stage.viewers:
            await viewer.until(RED, BLUE)
        stage.runner.tell("mix", {"mute": {"room": "red", "seats": [1]}})
        await stage.viewers[0].hears(LEFT_HZ, without=(RIGHT_HZ,))
        await stage.viewers[1].hears(LEFT_HZ, RIGHT_HZ)
        stage.runner.tell("mix", {"mute": {"room": "red", "seats": []}})
        await stage.viewers[0].hears(LEFT_HZ, RIGHT_HZ)


@pytest.mark.parametrize("sound_late_s", [0.0, 0.12])
async def test_lips_and_voice_stay_together(stage: Stage, sound_late_s: float) -> None:
    """A flash and a beep of the same instant, once a second, come out at most 100 ms apart."""
    flash = h264([WHITE if number in (7, 8, 9) else BLACK for number in range(15)])
    quiet = np.zeros(RATE * 7 // 15, np.float32)
    beep = np.concatenate([quiet, tone(1000, 0.2), np.zeros(RATE - len(quiet) - RATE // 5, np.float32)])
    viewer = stage.viewers[0]
    with Host(stage.cameras[0], Programme(flash, opus(beep)), epoch_us=10**9, sound_late_s=sound_late_s):
        stage.mix(fps=30)
        await viewer.until(BLACK, None)
        seen = []
        for _ in range(4):  # a machine that is short of time tears them apart for a while: one clean stretch is enough
            flashes, beeps = await viewer.onsets(3.5)
            seen.append([min((abs(flashed - beeped) for beeped in beeps), default=None) for flashed in flashes[1:]])
            if len(seen[-1]) >= 2 and all(apart is not None and apart <= 100_000 for apart in seen[-1]):
                return
    raise AssertionError(f"microseconds apart: {seen}")


async def test_a_source_of_other_shape_fills_its_tile(stage: Stage, red: Programme) -> None:
    """A wide picture, blue in its middle, is cut at both sides rather than squeezed or framed."""
    with Host(stage.cameras[0], plain(BLUE, LEFT_HZ, width=640, height=360)), Host(stage.cameras[1], red):
        stage.mix()
        await stage.viewers[0].until(BLUE, RED)


async def test_nonsense_from_one_source_harms_nobody(stage: Stage, red: Programme) -> None:
    noise = np.random.default_rng(1)
    units = [b"\0\0\0\1\x65" + noise.bytes(300) for _ in range(15)]
    nonsense = Programme(units, [noise.bytes(60) for _ in range(50)])
    with Host(stage.cameras[0], red), Host(stage.cameras[1], nonsense):
        stage.mix()
        await stage.viewers[0].until(RED, DARK)
        async with asyncio.timeout(DEADLINE_S):
            await stage.cameras[1].keyframe_wanted.wait()
        await stage.viewers[0].hears(LEFT_HZ)


async def test_it_is_ready_once_every_room_has_accepted_it(stage: Stage, facts: Subscription) -> None:
    given = stage.workers[1].outputs.pop("blue")
    stage.mix()
    await stage.viewers[0].picture()
    assert stage.runner.status("mix").state is JobState.STARTING
    stage.workers[1].outputs["blue"] = given
    await fact(facts, JobReady)


async def test_when_it_is_stopped_both_rooms_are_told(stage: Stage, facts: Subscription) -> None:
    stage.mix()
    await fact(facts, JobReady)
    assert (await stage.runner.stop("mix")).reason is EndReason.STOPPED
    for viewer in stage.viewers:
        async with asyncio.timeout(DEADLINE_S):
            await viewer.given.detached.wait()


async def test_a_mixer_that_is_killed_is_reported_and_its_rooms_notice(stage: Stage, facts: Subscription) -> None:
    pid = stage.mix()
    await fact(facts, JobReady)
    os.kill(pid, signal.SIGKILL)
    ended = await fact(facts, JobEnded)
    assert isinstance(ended, JobEnded)
    assert (ended.reason, ended.detail) == ("died", "SIGKILL")
    for viewer in stage.viewers:
        async with asyncio.timeout(DEADLINE_S):
            await viewer.given.detached.wait()


async def test_arguments_that_make_no_mix_are_its_failure(stage: Stage, facts: Subscription) -> None:
    stage.mix(width=361)
    ended = await fact(facts, JobEnded)
    assert isinstance(ended, JobEnded)
    assert ended.reason == "failed"
    assert "361" in ended.detail
