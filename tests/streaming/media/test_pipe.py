"""Media jobs at the worker's pipe: they take pictures and sounds, and give composites."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from streaming.media.choice import SourceKind
from tests.streaming.media.giver import Giver
from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import (
    BLUE,
    RED,
    Colour,
    alike,
    colour_of,
    decode,
    encode_colour,
    encode_tone,
    loudest_hertz,
)
from tests.streaming.media.rig import PIPE_TOKEN, Rig, running, until
from transcode.media_pipe import AudioPacket, KeyframeRequest, Message, PipeAddress, PipeConnection, VideoUnit


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


class Taker:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.connection: PipeConnection

    @property
    def units(self) -> list[VideoUnit]:
        return [each for each in self.messages if isinstance(each, VideoUnit)]

    @property
    def sounds(self) -> list[AudioPacket]:
        return [each for each in self.messages if isinstance(each, AudioPacket)]

    def shows(self, colour: Colour) -> bool:
        frames = decode(unit.payload for unit in self.units)
        return bool(frames) and alike(colour_of(frames[-1]), colour)


@contextmanager
def taking(rig: Rig, source: str, room: str = "r1", token: str = PIPE_TOKEN) -> Iterator[Taker]:
    taker = Taker()
    taker.connection = PipeConnection(PipeAddress(rig.worker.pipe, token, "take", room, source), taker.messages.append)
    with taker.connection:
        yield taker


async def publishing(rig: Rig) -> Peer:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
    return ann


async def test_a_job_takes_the_cached_pictures_then_live_ones_and_sound(rig: Rig) -> None:
    ann = await publishing(rig)
    with taking(rig, "camera") as mixer:
        await until(lambda: len(mixer.units) == 10, "the cached pictures")
        assert mixer.units[0].keyframe and not mixer.units[1].keyframe
        await ann.stream(encode_colour(BLUE, 10), encode_tone(600, 40))
        await until(lambda: len(mixer.units) == 20 and len(mixer.sounds) >= 10, "live pictures and sounds")
        assert mixer.shows(BLUE)
        assert abs(loudest_hertz(each.payload for each in mixer.sounds) - 600) < 30
        stamps = [unit.pts_us for unit in mixer.units]
        assert stamps == sorted(stamps)
        # Pictures and sounds of one moment are on one clock.
        assert abs(mixer.units[-1].pts_us - mixer.sounds[-1].pts_us) < 500_000
    await until(lambda: not rig.worker.rooms["r1"].camera.tap.outlets, "the worker has let go of the job")
    await ann.close()


async def test_a_jobs_wish_for_a_keyframe_reaches_the_host(rig: Rig) -> None:
    ann = await publishing(rig)
    with taking(rig, "camera") as mixer:
        await until(lambda: mixer.units, "pictures")
        before = ann.heard.keyframe_requests()
        mixer.connection.send(KeyframeRequest())
        await until(lambda: ann.heard.keyframe_requests() > before, "the host is asked")
    await ann.close()


async def test_a_wrong_token_and_an_unknown_room_are_refused(rig: Rig) -> None:
    ann = await publishing(rig)
    with taking(rig, "camera", token="wrong") as thief:
        await until(lambda: thief.connection.refused == "unauthorised", "refused")
    with taking(rig, "camera", room="r9") as lost:
        await until(lambda: lost.connection.refused == "unknown-room", "refused")
    with taking(rig, "composite:b1") as confused:
        await until(lambda: confused.connection.refused == "unknown-source", "refused")
    assert list(rig.worker.rooms) == ["r1"]
    await ann.close()


async def test_viewers_and_takers_of_the_program_follow_a_composite_and_fall_back_when_it_dies(rig: Rig) -> None:
    ann = await publishing(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    with taking(rig, "program") as packager, taking(rig, "camera") as camera:
        with Giver(rig.worker.pipe, PIPE_TOKEN, "r1", "b1", BLUE) as mixer:
            await until(lambda: "b1" in rig.worker.rooms["r1"].composites, "the mixer gives")
            rig.worker.set_source("r1", SourceKind.COMPOSITE, "b1")
            await until(lambda: packager.shows(BLUE), "the packager takes the composite")
            await until(lambda: alike(colour_of(decode(bob.heard.pictures())[-1]), BLUE), "the viewer sees it")
            assert not camera.shows(BLUE), "the camera stays the camera"
            bob.ask_for_keyframe(int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)")))
            await until(lambda: mixer.requests >= 1, "a viewer's wish reaches the mixer")
            room = rig.worker.rooms["r1"]
            assert room.publisher is not None
            room.publisher.source.forget_gop()
            requests = rig.worker.counters.keyframes_requested
        await until(lambda: not room.composites, "the mixer is gone")
        for _ in range(20):  # the switch waits for a keyframe of the camera, and asks once
            room.decide(rig.worker.now_us())
        assert rig.worker.counters.keyframes_requested - requests <= 1
        await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
        await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "fallen back")
        await until(lambda: packager.shows(RED), "the packager takes the camera again")
        stamps = [unit.pts_us for unit in packager.units]
        assert stamps == sorted(set(stamps)), "times increase over both switches"
    await until(lambda: alike(colour_of(decode(bob.heard.pictures())[-1]), RED), "so does the viewer")
    sequences = sorted({view.sequence for view in bob.heard.of(VIDEO)})
    assert sequences[-1] - sequences[0] == len(sequences) - 1, "one space, no gaps"
    assert len({view.ssrc for view in bob.heard.of(VIDEO)}) == 1
    await ann.close()
    await bob.close()


async def test_the_newer_mixer_of_a_battle_wins(rig: Rig) -> None:
    ann = await publishing(rig)
    with Giver(rig.worker.pipe, PIPE_TOKEN, "r1", "b1", BLUE):
        await until(lambda: "b1" in rig.worker.rooms["r1"].composites, "the first gives")
        first = rig.worker.rooms["r1"].composites["b1"]
        with Giver(rig.worker.pipe, PIPE_TOKEN, "r1", "b1", RED):
            await until(lambda: rig.worker.rooms["r1"].composites.get("b1") not in (first, None), "the second gives")
    await ann.close()
