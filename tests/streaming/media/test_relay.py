"""A crowded room: a second worker takes the program from its home once and fans it out to viewers of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from streaming.events import MediaMoving
from streaming.media.choice import SourceKind
from tests.streaming.media.giver import Giver
from tests.streaming.media.peer import AUDIO, VIDEO, Peer
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
from tests.streaming.media.rig import PIPE_TOKEN, Rig, quick, running, until

LINGER_MS = 400


@dataclass
class Two:
    """A room at home on one worker, whose viewers are sent to the other."""

    home: Rig
    away: Rig

    async def host(self) -> Peer:
        ann = await Peer().connect(f"{self.home.url}/whip/r1", token="ann")
        await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
        await until(lambda: self.home.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
        return ann

    async def viewer(self, token: str = "") -> Peer:
        return await Peer().connect(f"{self.away.url}/whep/r1", token=token)

    @property
    def takers(self) -> int:
        return self.home.worker.rooms["r1"].program.tap.outlets


@asynccontextmanager
async def two_workers() -> AsyncIterator[Two]:
    async with running(quick(relay_patience_ms=400)) as home:
        settings = quick(worker_id="media-1@127.0.0.1", relay_linger_ms=LINGER_MS, relay_patience_ms=400)
        async with running(settings, beside=home) as away:
            home.door.homes["r1"] = home.url
            home.door.relays["r1"] = (away.url, home.worker.pipe)
            yield Two(home, away)


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    async with two_workers() as both:
        yield both


def sees(viewer: Peer, colour: Colour) -> bool:
    frames = decode(viewer.heard.pictures())
    return bool(frames) and alike(colour_of(frames[-1]), colour)


async def test_viewers_of_the_relay_see_and_hear_the_host_and_the_program_is_taken_once(two: Two) -> None:
    ann = await two.host()
    viewers = [await two.viewer() for _ in range(3)]
    await ann.stream(encode_colour(BLUE, 10), encode_tone(600, 40))
    for bob in viewers:
        frames = decode(await bob.seen(20))
        assert alike(colour_of(frames[0]), RED), "the cached pictures come first"
        await until(lambda: sees(bob, BLUE), "the host's new picture")  # noqa: B023
        assert abs(loudest_hertz(bob.heard.sounds()[-9:]) - 600) < 30
        sequences = sorted({view.sequence for view in bob.heard.of(VIDEO)})
        assert (sequences[-1] - sequences[0]) & 0xFFFF == len(sequences) - 1, "no gaps"
    assert two.takers == 1
    assert two.home.worker.rooms["r1"].program.viewers == 0
    assert two.away.worker.rooms["r1"].program.viewers == 3
    for peer in (ann, *viewers):
        await peer.close()


async def test_picture_and_sound_keep_their_capture_times_through_the_relay(two: Two) -> None:
    ann = await two.host()
    units, tone = encode_colour(RED, 61), encode_tone(440, 61)
    ann.report(picture_late_us=300_000)
    await ann.stream(units[1:], tone[1:])
    bob, eve = await two.viewer(), await Peer().connect(f"{two.home.url}/whep/r1/camera")
    await bob.seen(20)
    ann.show(units[0])
    ann.say(tone[0])
    await until(lambda: all({VIDEO, AUDIO} <= peer.captured().keys() for peer in (bob, eve)), "reports of both")

    def apart(peer: Peer) -> float:
        return (peer.captured()[VIDEO] - peer.captured()[AUDIO]) / 1e6

    await until(lambda: abs(apart(bob) - apart(eve)) < 0.03, "the same distance as at home")
    for kind in (VIDEO, AUDIO):
        assert abs(bob.captured()[kind] - eve.captured()[kind]) < 30_000, "the same moment of capture"
    for peer in (ann, bob, eve):
        await peer.close()


async def test_a_composite_and_the_camera_after_it_are_seen_through_the_relay(two: Two) -> None:
    ann = await two.host()
    bob = await two.viewer()
    await bob.seen(10)
    with Giver(two.home.worker.pipe, PIPE_TOKEN, "r1", "b1", BLUE) as mixer:
        await until(lambda: "b1" in two.home.worker.rooms["r1"].composites, "the mixer gives")
        two.home.worker.set_source("r1", SourceKind.COMPOSITE, "b1")
        await until(lambda: sees(bob, BLUE), "the composite")
        before = mixer.requests
        bob.ask_for_keyframe(int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)")))
        await until(lambda: mixer.requests > before, "a viewer's wish goes back over the pipe")
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: sees(bob, RED), "the camera again")
    sequences = sorted({view.sequence for view in bob.heard.of(VIDEO)})
    assert (sequences[-1] - sequences[0]) & 0xFFFF == len(sequences) - 1, "no gaps"
    assert len({view.ssrc for view in bob.heard.of(VIDEO)}) == 1
    for peer in (ann, bob):
        await peer.close()


async def test_many_wishes_for_a_keyframe_are_one_at_the_host(two: Two) -> None:
    ann = await two.host()
    viewers = [await two.viewer() for _ in range(3)]
    for bob in viewers:
        await bob.seen(10)
    await until(lambda: ann.heard.keyframe_requests() >= 0, "")
    before, began_us = ann.heard.keyframe_requests(), two.home.worker.now_us()
    for _ in range(5):
        for bob in viewers:
            bob.ask_for_keyframe(int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)")))
    await until(lambda: ann.heard.keyframe_requests() > before, "the host is asked")
    seconds = (two.home.worker.now_us() - began_us) / 1e6
    assert ann.heard.keyframe_requests() - before <= 1 + seconds
    for peer in (ann, *viewers):
        await peer.close()


async def test_the_relay_ends_some_seconds_after_its_last_viewer(two: Two) -> None:
    ann = await two.host()
    bob = await two.viewer()
    await bob.seen(10)
    await bob.close()
    await until(lambda: not two.away.worker.rooms, "the relay is forgotten")
    await until(lambda: two.takers == 0, "the home has let go of it")
    carol = await two.viewer()
    await carol.seen(1)
    for peer in (ann, carol):
        await peer.close()


async def test_the_end_of_a_broadcast_reaches_the_relay(two: Two) -> None:
    ann = await two.host()
    bob = await two.viewer()
    await bob.seen(10)
    await two.home.worker.close_room("r1", "ended")
    await until(lambda: not two.away.worker.sessions, "the relay's viewer is sent away")
    await until(lambda: bob.secure.ended, "his farewell")
    assert not two.away.worker.rooms and not two.home.told(MediaMoving)
    for peer in (ann, bob):
        await peer.close()


async def test_a_ban_reaches_the_relay(two: Two) -> None:
    ann = await two.host()
    bob, eve = await two.viewer("bob"), await two.viewer("eve")
    await eve.seen(10)
    for rig in (two.home, two.away):
        await rig.client.close_user(rig.url, "bob")
    await until(lambda: bob.secure.ended, "his farewell")
    assert [session.user for session in two.away.worker.sessions.values()] == ["eve"]
    for peer in (ann, bob, eve):
        await peer.close()


async def test_a_relay_whose_home_dies_sends_its_viewers_away_and_says_so() -> None:
    async with running(quick(worker_id="media-1@127.0.0.1", relay_patience_ms=300)) as away:
        async with running(quick(), beside=away) as home:
            away.door.homes["r1"] = home.url
            away.door.relays["r1"] = (away.url, home.worker.pipe)
            two = Two(home, away)
            ann = await two.host()
            bob = await two.viewer()
            await bob.seen(10)
            await home.worker._pipe.close()
            home.worker._pipe._tasks = home.worker._tasks  # closed twice at the end
            await until(lambda: away.told(MediaMoving), "his viewers are asked to move")
        await until(lambda: not away.worker.sessions, "and are let go")
        await ann.close()
        await bob.close()


async def test_a_host_who_comes_to_the_relays_worker_is_at_home_there_and_its_viewers_stay(two: Two) -> None:
    ann = await two.host()
    bob = await two.viewer()
    await bob.seen(10)
    two.home.door.homes["r1"] = two.away.url
    again = await Peer().connect(f"{two.away.url}/whip/r1", token="ann")
    await again.stream(encode_colour(BLUE, 10), encode_tone(440, 10))
    await until(lambda: sees(bob, BLUE), "the host's picture, from here")
    await until(lambda: two.takers == 0, "nothing is taken from the former home")
    assert two.away.worker.rooms["r1"].relay is None
    for peer in (ann, again, bob):
        await peer.close()


async def test_what_is_relayed_is_not_relayed_again(two: Two) -> None:
    ann = await two.host()
    bob = await two.viewer()
    await bob.seen(1)
    async with running(quick(worker_id="media-2@127.0.0.1", relay_patience_ms=300), beside=two.home) as third:
        two.home.door.relays["r1"] = (third.url, two.away.worker.pipe)
        eve = Peer()
        eve._secure = _nobody  # type: ignore[method-assign]
        await eve.connect(f"{third.url}/whep/r1")
        assert eve.status == 201
        await until(lambda: not third.worker.sessions, "sent away")
        assert not third.worker.rooms
    for peer in (ann, bob):
        await peer.close()


async def _nobody(setup: str) -> None:
    """Does not do the handshake."""


async def test_workers_announce_how_many_watch_each_room_at_home_and_relayed(two: Two) -> None:
    ann = await two.host()
    viewers = [await two.viewer(), await two.viewer(), await Peer().connect(f"{two.home.url}/whep/r1/camera")]
    await until(lambda: two.away.worker.node().attributes["relays"] == "r1=2", "the relay's crowd")
    await until(lambda: two.home.worker.node().attributes["homes"] == "r1=1", "the home's")
    assert two.away.worker.node().attributes["homes"] == two.home.worker.node().attributes["relays"] == ""
    for peer in (ann, *viewers):
        await peer.close()
