"""Hosts who pause, turn their picture, or send too much; judged by what a real viewer decodes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest_asyncio

from tests.streaming.media.browser import chromium, write_camera
from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import BLUE, GREEN, RED, Colour, alike, colour_of, decode, encode_colour
from tests.streaming.media.rig import Rig, quick, running, until
from tests.streaming.media.studio import publish, studio

# What Chromium puts in the place of a track that is not enabled.
BLACK: Colour = (0, 128, 128)
VIDEO_OF_PAGE = "publish.connection.getSenders().find((each) => each.track?.kind === 'video')"


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running(quick(ingest_bitrate_max=3_000_000)) as rig:
        yield rig


async def peer(rig: Rig, path: str, token: str = "") -> Peer:
    found = await Peer().connect(rig.url + path, token=token)
    assert found.status == 201, found.problem
    return found


def shown(viewer: Peer) -> list[av.VideoFrame]:
    return decode(viewer.heard.pictures())


async def shows(viewer: Peer, colour: Colour) -> None:
    """Wait until the newest picture has this colour."""

    judged = 0

    def newest() -> bool:
        nonlocal judged
        if len(viewer.heard.packets) < judged + 10:
            return False
        judged = len(viewer.heard.packets)
        frames = shown(viewer)
        return bool(frames) and alike(colour_of(frames[-1]), colour)

    await until(newest, f"a picture of {colour}", 20)


async def test_size_and_rotation_may_change_in_mid_stream(rig: Rig) -> None:
    ann = await peer(rig, "/whip/r1", "ann")
    await ann.stream(encode_colour(RED, 10, size=(320, 180)))
    bob = await peer(rig, "/whep/r1")
    await bob.seen(10)
    await ann.stream(encode_colour(GREEN, 10, size=(180, 320)))
    await ann.stream(encode_colour(BLUE, 10, size=(640, 360)))
    frames = decode(await bob.seen(30))
    assert [(frame.width, frame.height) for frame in frames] == [(320, 180)] * 10 + [(180, 320)] * 10 + [
        (640, 360)
    ] * 10
    for place, colour in ((9, RED), (19, GREEN), (29, BLUE)):
        assert alike(colour_of(frames[place]), colour)
    for each in (ann, bob):
        await each.close()


async def test_a_host_who_sends_too_much_loses_the_excess_and_disturbs_nobody(rig: Rig) -> None:
    ann, mallory = await peer(rig, "/whip/r1", "ann"), await peer(rig, "/whip/r2", "mallory")
    await asyncio.gather(ann.stream(encode_colour(RED, 10)), mallory.stream(encode_colour(BLUE, 10)))
    bob, eve = await peer(rig, "/whep/r1"), await peer(rig, "/whep/r2")
    await asyncio.gather(bob.seen(10), eve.seen(10))

    counters = rig.worker.counters

    async def flood() -> None:
        loop = asyncio.get_running_loop()
        while counters.packets_excess < 1_000:
            for _ in range(40):
                mallory.secure.send_rtp(mallory.rtp(VIDEO, b"\x41" + bytes(1_100), False))
            turn = loop.create_future()
            loop.call_later(0.01, turn.set_result, None)
            await turn

    began = asyncio.get_running_loop().time()
    before = len(eve.raw)
    async with asyncio.timeout(30):
        await asyncio.gather(flood(), ann.stream(encode_colour(GREEN, 60), pause_s=0.015))
    assert alike(colour_of(decode(await bob.seen(70))[-1]), GREEN)
    assert len(bob.heard.pictures()) == 70, "the neighbour's pictures are whole"
    took_s = asyncio.get_running_loop().time() - began
    forwarded = sum(len(datagram) for datagram in eve.raw[before:]) * 8
    assert forwarded <= 1.2 * 3_000_000 * took_s + 1_500_000, "the rate, and what may come at once"
    for each in (ann, mallory, bob, eve):
        await each.close()


async def test_a_camera_that_is_covered_or_taken_away_comes_back(rig: Rig, tmp_path: Path) -> None:
    write_camera(tmp_path / "red.y4m", RED)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'red.y4m'}") as browser:
        host = await studio(browser, rig.url)
        await publish(host, "/whip/r1", size=(320, 240), rate=20)
        publisher = rig.worker.rooms["r1"].publisher
        assert publisher is not None
        source = publisher.source
        bob = await peer(rig, "/whep/r1/camera")
        await shows(bob, RED)
        await host.evaluate(f"window.sender = {VIDEO_OF_PAGE}; window.camera = sender.track; camera.enabled = false")
        await shows(bob, BLACK)
        await host.evaluate("camera.enabled = true")
        await shows(bob, RED)
        await host.evaluate("sender.replaceTrack(null)")
        await until(
            lambda: source.picture_us is not None and rig.worker.now_us() - source.picture_us > 1_200_000, "no picture"
        )
        assert rig.worker.rooms["r1"].publisher is publisher, "a host without picture is still there"
        await host.evaluate("sender.replaceTrack(camera)")
        pictures = len(bob.heard.pictures())
        await bob.seen(pictures + 5)
        frames = shown(bob)
        assert alike(colour_of(frames[-1]), RED)
        assert len(frames) >= pictures
        assert rig.worker.counters.packets_malformed == 0
        await bob.close()
