"""Layers on the real worker: what a viewer who reports losses, or has chosen one, is shown, decoded."""

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator

import pytest
from aiortc.rtp import RtcpReceiverInfo, RtcpRrPacket

from streaming.media.wire import rtp, stream_id
from tests.streaming.media.peer import FRAME_TICKS, VIDEO, Heard, Peer
from tests.streaming.media.pictures import BLUE, RED, alike, colour_of, decode, encode_colour, encode_tone, payloads_of
from tests.streaming.media.rig import Rig, quick, running, until

RID = 10
SIMULCAST = f"a=extmap:{RID} {stream_id.RID_URI}\r\na=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n"
LARGE, SMALL = (320, 180), (160, 90)
POOR, GOOD = 128, 0
PATIENCE_S = 20


class Host(Peer):
    """Sends every picture in both sizes, blue where it is small; a keyframe when one is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.units = {
            "h": itertools.cycle(encode_colour(RED, 30, size=LARGE, every=30)),
            "l": itertools.cycle(encode_colour(BLUE, 30, size=SMALL, every=30)),
        }
        self.numbers = {"h": 100, "l": 60_000}
        self.ssrcs = {"h": 0xAAAA, "l": 0xBBBB}
        self.stamp = 5_000

    def film(self, *rids: str) -> None:
        self.stamp += FRAME_TICKS
        for rid in rids:
            payloads = payloads_of(next(self.units[rid]))
            for place, payload in enumerate(payloads):
                self.numbers[rid] += 1
                last = 0x80 if place == len(payloads) - 1 else 0
                stamp = (self.stamp + 77 * self.ssrcs[rid]) & 0xFFFFFFFF
                head = struct.pack("!BBHII", 0x90, last | VIDEO, self.numbers[rid] & 0xFFFF, stamp, self.ssrcs[rid])
                self.secure.send_rtp(head + rtp.one_extension(RID, rid.encode()) + payload)


async def film_on(host: Host, *rids: str) -> None:
    tone = itertools.cycle(encode_tone(440, 50))
    loop = asyncio.get_running_loop()
    while True:
        host.film(*rids)
        host.say(next(tone))
        turn = loop.create_future()
        loop.call_later(1 / 30, turn.set_result, None)
        await turn


def complain(viewer: Peer, fraction_lost: int) -> None:
    ssrc = int(viewer.said(r"a=ssrc:(\d+) msid:program video"))
    info = RtcpReceiverInfo(ssrc, fraction_lost, 0, 0, 0, 0, 0)
    viewer.secure.send_rtcp(bytes(RtcpRrPacket(ssrc=1, reports=[info])))


def sizes(viewer: Peer) -> list[tuple[int, int]]:
    """The sizes of the pictures he has decoded so far, each run of equal ones once."""
    frames = decode(viewer.heard.pictures())
    for frame in frames:
        assert alike(colour_of(frame), RED if frame.width == LARGE[0] else BLUE), "a damaged picture"
    return [size for size, _ in itertools.groupby((frame.width, frame.height) for frame in frames)]


def unbroken(heard: Heard) -> bool:
    numbers = [view.sequence for view in heard.of(VIDEO)]
    return all((later - earlier) & 0xFFFF == 1 for earlier, later in itertools.pairwise(numbers))


async def reports(viewer: Peer, fraction_lost: int) -> None:
    loop = asyncio.get_running_loop()
    while True:
        complain(viewer, fraction_lost)
        turn = loop.create_future()
        loop.call_later(0.5, turn.set_result, None)
        await turn


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as started:
        yield started


async def test_a_poor_link_gets_the_small_picture_and_later_the_large_one_again(rig: Rig) -> None:
    host = Host()
    await host.connect(f"{rig.url}/whip/room", token="host", more=SIMULCAST)
    filming = asyncio.create_task(film_on(host, "h", "l"))
    viewer = await _viewer(rig)
    other = await _viewer(rig)
    await viewer.seen(5)
    complaining = asyncio.create_task(reports(viewer, POOR))
    await until(lambda: sizes(viewer)[-1] == SMALL, "he is shown the small picture", PATIENCE_S)
    complaining.cancel()
    content = asyncio.create_task(reports(viewer, GOOD))
    await until(lambda: sizes(viewer)[-1] == LARGE, "he is shown the large picture again", PATIENCE_S)
    assert sizes(viewer) == [LARGE, SMALL, LARGE]
    assert sizes(other) == [LARGE]
    assert unbroken(viewer.heard) and unbroken(other.heard)
    await _end(filming, complaining, content)
    for peer in (host, viewer, other):
        await peer.close()


async def test_without_another_size_a_poor_link_gets_keyframes_and_all_the_sound(rig: Rig) -> None:
    host = Host()
    await host.connect(f"{rig.url}/whip/room", token="host", more=SIMULCAST)
    filming = asyncio.create_task(film_on(host, "h"))
    viewer = await _viewer(rig)
    await viewer.seen(5)
    complaining = asyncio.create_task(reports(viewer, POOR))
    await until(lambda: rig.worker.counters.viewers_moved, "he is on the lane of keyframes", PATIENCE_S)
    before, sounds = len(viewer.heard.pictures()), len(viewer.heard.sounds())
    await until(lambda: len(viewer.heard.sounds()) >= sounds + 90, "he hears on", PATIENCE_S)
    stills = len(viewer.heard.pictures()) - before
    assert 1 <= stills <= 6, "three seconds, and a keyframe a second is what this host sends"
    assert sizes(viewer) == [LARGE]
    assert unbroken(viewer.heard)
    await _end(filming, complaining)
    for peer in (host, viewer):
        await peer.close()


@pytest.mark.parametrize("native", [True, False], ids=["native", "python"])
async def test_a_chosen_layer_is_what_arrives_and_sound_only_is_no_picture_at_all(native: bool) -> None:
    async with running(quick(native=native)) as rig:
        host = Host()
        await host.connect(f"{rig.url}/whip/room", token="host", more=SIMULCAST)
        filming = asyncio.create_task(film_on(host, "h", "l"))
        viewer, other = await _viewer(rig), await _viewer(rig)
        await viewer.seen(5)
        await viewer.choose(rig.url, "half")
        await until(lambda: sizes(viewer)[-1] == SMALL, "he is shown the small picture", PATIENCE_S)
        content = asyncio.create_task(reports(viewer, GOOD))
        await _hears(viewer, 90)
        assert sizes(viewer) == [LARGE, SMALL]
        await viewer.choose(rig.url, "sound")
        await _hears(viewer, 5)  # what was on its way has come
        pictures = len(viewer.heard.of(VIDEO))
        await _hears(viewer, 90)
        assert len(viewer.heard.of(VIDEO)) == pictures
        await viewer.choose(rig.url, "full")
        await until(lambda: sizes(viewer)[-1] == LARGE, "he is shown the large picture again", PATIENCE_S)
        assert sizes(viewer) == [LARGE, SMALL, LARGE]
        assert sizes(other) == [LARGE]
        assert unbroken(viewer.heard) and unbroken(other.heard)
        await _end(filming, content)
        for peer in (host, viewer, other):
            await peer.close()


async def _hears(viewer: Peer, more: int) -> None:
    before = len(viewer.heard.sounds())
    await until(lambda: len(viewer.heard.sounds()) >= before + more, "he hears on", PATIENCE_S)


async def _viewer(rig: Rig) -> Peer:
    """Joins as soon as there is something to watch."""
    await until(lambda: any(room.publisher and room.publisher.started for room in rig.worker.rooms.values()), "live")
    return await Peer().connect(f"{rig.url}/whep/room")


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
