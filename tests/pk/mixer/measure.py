"""What a mix of two hosts costs and how late it is: ``python -m tests.pk.mixer.measure [seconds] [preset]``.

Two hosts of 360x640 at 30 frames/s, a moving noisy picture each, into 720x640 at 30 frames/s for two rooms. Prints the
mixer's own milliseconds per frame, its share of one core (user and system time of the child), and the delay from a
picture's entering the pipe at the source to its leaving the pipe at the room, by a flash once a second.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from pk.mixer.canvas import views
from tests.pk.mixer.stage import Host, Programme, Viewer, halves, opus, tone
from tests.transcode.endpoint import Worker
from transcode.job import JobSpec
from transcode.media_pipe import PipeListener
from transcode.runner import JobRunner, RunnerSettings

FPS = 30
WARM_UP_S = 2.0


def noisy(seed: int) -> list[bytes]:
    """Two seconds of a drifting noisy picture, dark in the first and bright in the second."""
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = 360, 640, "yuv420p"
    codec.time_base, codec.framerate, codec.bit_rate = Fraction(1, FPS), Fraction(FPS), 1_200_000
    codec.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline", "g": "1000"}
    noise = np.random.default_rng(seed)
    texture = noise.integers(0, 90, (80, 45), np.uint8).repeat(8, 0).repeat(8, 1)
    units = []
    for number in range(FPS * 2):
        frame = av.VideoFrame(360, 640, "yuv420p")
        drifted = np.roll(texture, number * 3, 1) + noise.integers(0, 12, texture.shape, np.uint8)
        for plane, picture in zip(views(frame).each(), (drifted + (number >= FPS) * 110, 128, 128), strict=True):
            plane[:] = picture
        frame.pts = number
        units += [bytes(packet) for packet in codec.encode(frame)]
    return units


class TimedHost(Host):
    """Remembers when the first bright picture of each round was sent."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.flashed: list[float] = []

    def _picture(self, number: int) -> None:
        if number % (FPS * 2) == FPS:
            self.flashed.append(time.monotonic())
        super()._picture(number)


async def watch(viewer: Viewer, flashes: list[float]) -> None:
    """Note when the left half turns bright."""
    bright = True
    while True:
        _, image = await viewer.picture()
        was, bright = bright, halves(image)[0][0] > 110
        if bright and not was:
            flashes.append(time.monotonic())


def core_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(seconds: float, preset: str) -> dict[str, float | str]:
    worker, runner = Worker(), JobRunner(RunnerSettings({"mixer": "pk.mixer.job:run"}), MemoryBus(), SystemClock())
    listener = PipeListener("127.0.0.1", 0, "t", worker)
    programmes = [Programme(noisy(seat), opus(tone(440 + 300 * seat)), FPS) for seat in (0, 1)]
    viewers = [Viewer(worker.given(room)) for room in ("red", "blue")]
    seen: list[float] = []
    async with AsyncExitStack() as opened:
        await runner.start()
        await listener.start()
        opened.push_async_callback(listener.close)
        opened.push_async_callback(runner.close)
        pipe = listener.address
        sources = [
            {"room": room, "name": room, "seat": seat, "pipe": pipe} for seat, room in enumerate(("red", "blue"))
        ]
        outputs = [{"room": room, "pipe": pipe} for room in ("red", "blue")]
        hosts = [
            TimedHost(worker.camera(room), programme)
            for room, programme in zip(("red", "blue"), programmes, strict=True)
        ]
        for host in hosts:
            opened.enter_context(host)
        arguments = {"battle": "b", "token": "t", "preset": preset, "sources": sources, "outputs": outputs}
        pid = runner.run(JobSpec("mix", "mixer", arguments)).pid
        watching = asyncio.create_task(watch(viewers[0], seen))
        await asyncio.wait([watching], timeout=WARM_UP_S)
        before, started = core_seconds(pid), time.monotonic()
        await asyncio.wait([watching], timeout=seconds)
        share = (core_seconds(pid) - before) / (time.monotonic() - started)
        watching.cancel()
        delays = [min(at - sent for sent in hosts[0].flashed if sent < at) * 1000 for at in seen[1:]]
        figures = {name: round(figure, 2) for name, figure in runner.status("mix").figures.items()}
        delay = {"delay_ms_median": round(statistics.median(delays), 1), "delay_ms_max": round(max(delays), 1)}
        return {"preset": preset, "seconds": seconds, "core_share": round(share, 3), **delay, **figures}


if __name__ == "__main__":
    wanted_s = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    print(json.dumps(asyncio.run(measure(wanted_s, sys.argv[2] if len(sys.argv) > 2 else "superfast")), indent=2))
