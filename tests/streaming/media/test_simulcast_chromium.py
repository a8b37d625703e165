"""The studio's simulcast, received: two sizes of one picture, each decodable for itself."""

from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import av
import pytest
import pytest_asyncio
from aiortc.codecs.h264 import H264PayloadDescriptor

from streaming.media.packet import MediaKind, SourcePacket
from tests.streaming.media.browser import chromium
from tests.streaming.media.pictures import decode
from tests.streaming.media.rig import Rig, running, until
from tests.streaming.media.studio import publish, sent, studio, write_noisy_camera

HALF, FULL = 0, 1


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


def pictures(packets: list[SourcePacket]) -> list[av.VideoFrame]:
    """What a decoder makes of a layer's packets from its first keyframe on."""
    ordered = sorted(packets, key=lambda packet: packet.number)
    first = next((place for place, packet in enumerate(ordered) if packet.keyframe), len(ordered))
    unit, units = b"", []
    for packet in ordered[first:]:
        unit += H264PayloadDescriptor.parse(packet.payload)[1]
        if packet.marker:
            units.append(unit)
            unit = b""
    return decode(units)


def apart_us(some: list[SourcePacket], others: list[SourcePacket]) -> float:
    """How far the capture times of the latest pictures are from the nearest of the others', in the median."""
    theirs = [packet.captured_us for packet in others if packet.marker]
    ours = [packet.captured_us for packet in some if packet.marker and packet.captured_us <= theirs[-1]]
    return median(min(abs(own - their) for their in theirs) for own in ours[-15:])


def whole(packets: list[SourcePacket]) -> bool:
    """Whether there is a keyframe and enough behind it to judge."""
    first = next((place for place, packet in enumerate(packets) if packet.keyframe), len(packets))
    return sum(packet.marker for packet in packets[first:]) > 15


async def test_both_sizes_of_a_studios_picture_arrive_and_can_be_decoded(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_noisy_camera(tmp_path / "noise.y4m", 640, 360, rate=15, noise=6)
    async with chromium(f"--use-file-for-fake-video-capture={tmp_path / 'noise.y4m'}") as browser:
        host = await studio(browser, rig.url)
        await publish(host, "/whip/r1", size=(640, 360), rate=15, simulcast=True)
        publisher = rig.worker.rooms["r1"].publisher
        assert publisher is not None
        layers: dict[int, list[SourcePacket]] = {HALF: [], FULL: []}
        push = publisher.source.push

        def tap(kind: MediaKind, packet: SourcePacket) -> None:
            if kind == "video":
                layers[packet.layer].append(packet)
            push(kind, packet)

        monkeypatch.setattr(publisher.source, "push", tap)
        await until(lambda: len(publisher.source.ladder()) == 2, "both layers", 60)
        for layer in layers:
            publisher.source.want_keyframe(rig.worker.now_us(), layer, urgent=True)
        await until(lambda: all(whole(packets) for packets in layers.values()), "pictures of both layers", 60)
        for layer, size in ((HALF, (320, 180)), (FULL, (640, 360))):
            shown = pictures(layers[layer])
            assert len(shown) > 5
            assert {(frame.width, frame.height) for frame in shown} == {size}
            assert not any(frame.is_corrupt for frame in shown)
        assert apart_us(layers[HALF], layers[FULL]) < 10_000, "both are dated by one clock"
        assert {each["rid"] for each in (await sent(host))["video"]} == {"half", "full"}
        assert rig.worker.counters.packets_malformed == 0
