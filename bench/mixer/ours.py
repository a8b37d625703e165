"""Our mixer as it runs in production: a job of the runner, fed and heard over media pipes on loopback."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bench.mixer.clips import Clip
from bench.mixer.run import WARM_UP_S, Run
from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from tests.processes import cpu_seconds
from tests.transcode.endpoint import Camera, Given, Worker
from transcode.job import JobSpec, JobStatus
from transcode.media_pipe import AudioPacket, PipeListener, VideoUnit
from transcode.runner import JobRunner, RunnerSettings

TOKEN = "bench"


class Ear(Given):
    """A room that notes when what was given to it came."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def deliver(self, message: VideoUnit | AudioPacket) -> None:
        if isinstance(message, VideoUnit):
            self._run.units.append(message)
            self._run.at_s.append(time.monotonic())
        else:
            self._run.sounds.append(message)


async def play(clip: Clip, camera: Camera, started: float, sent_s: list[float] | None = None) -> None:
    """Send ``clip`` in real time; note in ``sent_s`` when its pictures went."""
    everything: list[VideoUnit | AudioPacket] = [*clip.units, *clip.packets]
    everything.sort(key=lambda each: each.pts_us)
    for each in everything:
        wait = started + each.pts_us / 1e6 - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        if isinstance(each, VideoUnit):
            if each.keyframe:
                camera.cached.clear()
            camera.cached.append(each)
            if sent_s is not None:
                sent_s.append(time.monotonic())
        camera.send(each)


class Battles:
    """Any number of battles at once, each with a mixer of its own, all with the same two hosts' clips."""

    def __init__(self, runner: JobRunner, pipe: str, worker: Worker) -> None:
        self._runner = runner
        self._pipe = pipe
        self._worker = worker

    async def fight(self, clips: tuple[Clip, Clip], number: int) -> list[Run]:
        runs = [Run() for _ in range(number)]
        cameras: list[tuple[Camera, Camera]] = []
        for index, run in enumerate(runs):
            rooms = (f"red-{index}", f"blue-{index}")
            cameras.append((self._worker.camera(rooms[0]), self._worker.camera(rooms[1])))
            for camera in cameras[-1]:
                camera.cached.clear()  # of the battle before
            self._worker.outputs[rooms[0]] = Ear(run)
            self._worker.outputs[rooms[1]] = Ear(Run())
        pids = [self._start(index).pid for index in range(number)]
        started = time.monotonic() + 0.5
        length = clips[0].units[-1].pts_us / 1e6
        async with asyncio.TaskGroup() as playing:
            for run, pair in zip(runs, cameras, strict=True):
                playing.create_task(play(clips[0], pair[0], started, run.sent_s))
                playing.create_task(play(clips[1], pair[1], started))
            await asyncio.sleep(started + WARM_UP_S - time.monotonic())
            before = [(cpu_seconds(pid), len(run.units)) for pid, run in zip(pids, runs, strict=True)]
            began = time.monotonic()
            await asyncio.sleep(length - WARM_UP_S - 0.5)
            for run, pid, (core_s, frames) in zip(runs, pids, before, strict=True):
                run.core_s, run.frames = cpu_seconds(pid) - core_s, len(run.units) - frames
                run.window_s = time.monotonic() - began
        for index, run in enumerate(runs):
            run.figures = dict(self._runner.status(f"mix-{index}").figures)
            await self._runner.stop(f"mix-{index}")
        return runs

    def _start(self, index: int) -> JobStatus:
        rooms = (f"red-{index}", f"blue-{index}")
        sources = [{"room": room, "name": room, "seat": seat, "pipe": self._pipe} for seat, room in enumerate(rooms)]
        outputs = [{"room": room, "pipe": self._pipe} for room in rooms]
        arguments = {"battle": f"b{index}", "token": TOKEN, "sources": sources, "outputs": outputs}
        return self._runner.run(JobSpec(f"mix-{index}", "mixer", arguments))


@asynccontextmanager
async def battles() -> AsyncIterator[Battles]:
    worker = Worker()
    settings = RunnerSettings({"mixer": "pk.mixer.job:run"}, preload=("pk.mixer.job",))
    runner = JobRunner(settings, MemoryBus(), SystemClock())
    listener = PipeListener("127.0.0.1", 0, TOKEN, worker)
    async with AsyncExitStack() as opened:
        await runner.start()
        opened.push_async_callback(runner.close)
        await listener.start()
        opened.push_async_callback(listener.close)
        yield Battles(runner, listener.address, worker)
