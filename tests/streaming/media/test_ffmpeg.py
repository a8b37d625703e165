"""A publisher that no one here wrote: FFmpeg 9's WHIP muxer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import imageio_ffmpeg
import pytest

from streaming.events import CameraEnded, CameraStarted
from tests.streaming.media.browser import chromium, connect, open_page, shows, sounds_like
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import alike, colour_of, decode, loudest_hertz
from tests.streaming.media.rig import Rig, running, until

BLUE_RGB, BLUE_YUV = "0000c0", (35, 212, 114)


X264 = "-c:v libx264 -profile:v baseline -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -b:v 300k"
OPUS = "-c:a libopus -ar 48000 -ac 2 -b:a 48k"


@asynccontextmanager
async def ffmpeg(url: str, *, seconds: int, sound: bool = True, active: bool = False) -> AsyncIterator[None]:
    command = f"-nostdin -loglevel warning -re -f lavfi -i color=0x{BLUE_RGB}:size=320x180:rate=25"
    if sound:
        command += f" -re -f lavfi -i sine=frequency=700 {OPUS}"
    command += f" {X264} -t {seconds} -f whip -authorization ann"
    if active:
        command += " -whip_flags dtls_active"
    process = await asyncio.create_subprocess_exec(imageio_ffmpeg.get_ffmpeg_exe(), *command.split(), url)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


@pytest.mark.parametrize("active", [False, True], ids=["ffmpeg is dtls server", "ffmpeg is dtls client"])
async def test_ffmpeg_is_seen_and_heard_and_its_delete_is_understood(rig: Rig, active: bool) -> None:
    async with ffmpeg(f"{rig.url}/whip/r1", seconds=2, active=active):
        await until(lambda: rig.told(CameraStarted), "ffmpeg publishes")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        await until(lambda: len(bob.heard.pictures()) >= 20 and len(bob.heard.sounds()) >= 25, "pictures and sounds")
        frames = decode(bob.heard.pictures())
        assert len(frames) >= 20 and alike(colour_of(frames[-1]), BLUE_YUV)
        assert abs(loudest_hertz(bob.heard.sounds()) - 700) < 15
        await until(lambda: rig.told(CameraEnded), "ffmpeg is done")
        assert [fact.reason for fact in rig.told(CameraEnded) if isinstance(fact, CameraEnded)] == ["left"]
        await bob.close()


async def test_chromium_watches_ffmpeg(rig: Rig) -> None:
    async with ffmpeg(f"{rig.url}/whip/r1", seconds=30), chromium() as browser:
        await until(lambda: rig.told(CameraStarted), "ffmpeg publishes")
        viewer = await open_page(browser, rig.url)
        assert await connect(viewer, "/whep/r1") == 201
        await shows(viewer, BLUE_YUV)
        await sounds_like(viewer, 700)


async def test_ffmpeg_without_sound_is_seen(rig: Rig) -> None:
    async with ffmpeg(f"{rig.url}/whip/r1", seconds=2, sound=False):
        await until(lambda: rig.told(CameraStarted), "ffmpeg publishes")
        bob = await Peer().connect(f"{rig.url}/whep/r1")
        assert alike(colour_of(decode(await bob.seen(5))[-1]), BLUE_YUV)
        await bob.close()
