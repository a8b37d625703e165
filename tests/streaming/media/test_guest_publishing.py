"""A guest publishes beside a host: who sees and hears him, at the pipe and directly, and when it is over."""

from collections.abc import AsyncIterator
from urllib.parse import urljoin

import httpx2
import pytest

from streaming.events import GuestEnded, GuestStarted
from streaming.media.choice import SourceKind
from streaming.workers import SeenGuest, seen
from tests.streaming.media.peer import Peer, delete
from tests.streaming.media.pictures import (
    BLUE,
    GREEN,
    RED,
    alike,
    colour_of,
    decode,
    encode_colour,
    encode_tone,
    loudest_hertz,
)
from tests.streaming.media.rig import Rig, running, until
from tests.streaming.media.test_pipe import taking
from transcode.media_pipe import KeyframeRequest


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def host(rig: Rig) -> Peer:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
    return ann


async def guest(rig: Rig, user: str = "bob") -> Peer:
    peer = await Peer().connect(f"{rig.url}/whip/r1/guest", token=user)
    assert peer.status == 201, peer.problem
    await peer.stream(encode_colour(BLUE, 10), encode_tone(1000, 10))
    await until(lambda: rig.worker.rooms["r1"].guests[user].publisher.started, f"{user} is there")  # type: ignore[union-attr]
    return peer


async def close(*peers: Peer) -> None:
    for peer in peers:
        await peer.close()


async def test_the_pipe_gives_the_guests_picture_and_sound_beside_the_hosts(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    with taking(rig, "guest:bob") as mixer, taking(rig, "camera") as camera:
        await until(lambda: len(mixer.units) == 10, "the cached pictures")
        await bob.stream(encode_colour(GREEN, 10), encode_tone(1000, 40))
        await until(lambda: mixer.shows(GREEN) and len(mixer.sounds) >= 10, "live pictures and sounds")
        assert abs(loudest_hertz(each.payload for each in mixer.sounds) - 1000) < 30
        assert camera.shows(RED)
        asked = bob.heard.keyframe_requests()
        mixer.connection.send(KeyframeRequest())
        await until(lambda: bob.heard.keyframe_requests() > asked, "the guest is asked for a keyframe")
    await until(lambda: rig.told(GuestStarted), "it is told")
    (started,) = rig.told(GuestStarted)
    assert isinstance(started, GuestStarted) and (started.room, started.user) == ("r1", "bob")
    (state,) = await rig.client.rooms(rig.url)
    assert seen(state).guests == (SeenGuest("bob", started.session, True),)
    await close(ann, bob)


async def test_those_on_stage_watch_the_guest_directly_and_the_audience_sees_the_host(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    eve, cid = (
        await Peer().connect(f"{rig.url}/whep/r1"),
        await Peer().connect(f"{rig.url}/whep/r1/guest/bob", token="cid"),
    )
    assert alike(colour_of(decode(await cid.seen(10))[-1]), BLUE)
    assert alike(colour_of(decode(await eve.seen(10))[-1]), RED)
    await bob.stream(encode_colour(GREEN, 10), encode_tone(1000, 40))
    assert alike(colour_of(decode(await cid.seen(20))[-1]), GREEN)
    assert alike(colour_of(decode(eve.heard.pictures())[-1]), RED)
    await close(ann, bob, cid, eve)


async def test_a_removed_guest_is_cut_with_his_watchers_and_what_he_watched(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    watches = [
        await Peer().connect(f"{rig.url}{path}", token=who)
        for path, who in (("/whep/r1/camera", "bob"), ("/whep/r1/guest/bob", "cid"), ("/whep/r1", "bob"))
    ]
    with taking(rig, "guest:bob") as mixer:
        await until(lambda: mixer.units, "the mixer takes")
        await rig.client.close_guest(rig.url, "r1", "bob")
        await until(lambda: mixer.connection.refused == "unknown-source", "the mixer is told, and gets nothing more")
    assert sorted((each.user, each.track) for each in rig.worker.sessions.values()) == [
        ("ann", "program"),
        ("bob", "program"),
    ], "he may still watch what everybody watches"
    await until(lambda: rig.told(GuestEnded), "it is told")
    (ended,) = rig.told(GuestEnded)
    assert isinstance(ended, GuestEnded) and (ended.user, ended.reason) == ("bob", "removed")
    assert "bob" not in rig.worker.rooms["r1"].guests
    again = await Peer().connect(f"{rig.url}/whep/r1/guest/bob", token="cid")
    assert (again.status, again.problem["code"]) == (409, "not-live")
    await close(ann, bob, *watches)


async def test_a_guest_who_publishes_again_takes_his_own_place_and_his_watchers_stay(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    cid = await Peer().connect(f"{rig.url}/whep/r1/guest/bob", token="cid")
    await cid.seen(10)
    again = await Peer().connect(f"{rig.url}/whip/r1/guest", token="bob")
    await again.stream(encode_colour(GREEN, 10), encode_tone(1000, 10))
    assert alike(colour_of(decode(await cid.seen(20))[-1]), GREEN)
    (ended,) = rig.told(GuestEnded)
    assert isinstance(ended, GuestEnded) and ended.reason == "replaced"
    assert len(rig.told(GuestStarted)) == 2
    await close(ann, bob, again, cid)


async def test_the_guests_of_a_room_that_has_moved_are_asked_to_move_too(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    await rig.client.close_room(rig.url, "r1", "replaced")
    async with httpx2.AsyncClient() as http:
        for peer, reason in ((ann, "replaced"), (bob, "moved")):
            answer = await http.get(urljoin(rig.url, peer.location))
            assert (answer.status_code, answer.json()["reason"]) == (404, reason)
    await close(ann, bob)


async def test_who_shares_the_stage_no_more_is_cut_from_its_cameras_and_watches_on_as_everybody(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    paths = ("/whep/r1/camera", "/whep/r1/guest/bob", "/whep/r1")
    watches = [await Peer().connect(f"{rig.url}{path}", token="bea") for path in paths]
    (state,) = await rig.client.rooms(rig.url)
    assert seen(state).watchers == ("bea",)
    await rig.client.close_watcher(rig.url, "r1", "bea")
    assert [each.track for each in rig.worker.sessions.values() if each.user == "bea"] == ["program"]
    (state,) = await rig.client.rooms(rig.url)
    assert seen(state).watchers == ()
    await close(ann, bob, *watches)


class LatePeer(Peer):
    """His handshake begins when `meanwhile` is done."""

    async def _secure(self, setup: str) -> None:
        await self.meanwhile()
        await super()._secure(setup)

    async def meanwhile(self) -> None:
        raise NotImplementedError


async def test_who_connects_when_the_seat_has_become_another_is_not_left_before_a_dead_track(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    again: list[Peer] = []

    class Cid(LatePeer):
        async def meanwhile(self) -> None:
            (session,) = (each.id for each in rig.worker.sessions.values() if each.user == "bob")
            await rig.worker.sessions.close(session, "left")
            await until(lambda: not rig.worker.rooms["r1"].guests, "the seat is free")
            again.append(await guest(rig))

    cid = await Cid().connect(f"{rig.url}/whep/r1/guest/bob", token="cid")
    await until(lambda: {each.user for each in rig.worker.sessions.values()} == {"ann", "bob"}, "he may come again")
    await close(ann, bob, cid, *again)


async def test_a_guest_with_his_voice_alone_is_heard(rig: Rig) -> None:
    ann = await host(rig)
    bob = await Peer().connect(f"{rig.url}/whip/r1/guest", kinds="audio", token="bob")
    with_voice = encode_tone(1000, 40)
    for opus in with_voice:
        bob.say(opus)
    await until(lambda: rig.told(GuestStarted), "he is there")
    with taking(rig, "guest:bob") as mixer:
        for _ in range(10):
            for opus in with_voice:
                bob.say(opus)
            if len(mixer.sounds) >= 10:
                break
            await until(lambda: mixer.connection.connected.is_set(), "the mixer takes")
        await until(lambda: len(mixer.sounds) >= 10, "sounds")
        assert mixer.units == []
    await close(ann, bob)


async def test_a_host_whose_screen_is_over_watches_his_guests_on(rig: Rig) -> None:
    ann, bob, screen = await host(rig), await guest(rig), await guest(rig, "ann")
    watch = await Peer().connect(f"{rig.url}/whep/r1/guest/bob", token="ann")
    await rig.client.close_guest(rig.url, "r1", "ann", screen=True)
    assert sorted((each.user, each.role, each.track) for each in rig.worker.sessions.values()) == [
        ("ann", "publish", "program"),
        ("ann", "watch", "guest:bob"),
        ("bob", "publish", "guest:bob"),
    ]
    await close(ann, bob, screen, watch)


async def test_the_stage_has_four_seats_and_no_guest_comes_without_a_host(rig: Rig) -> None:
    early = await Peer().connect(f"{rig.url}/whip/r1/guest", token="bob")
    assert (early.status, early.problem["code"]) == (409, "not-live")
    assert rig.worker.rooms == {}
    ann = await host(rig)
    guests = [
        await Peer().connect(f"{rig.url}/whip/r1/guest", token=user) for user in ("ann", "bob", "cid", "dan", "eve")
    ]
    assert [peer.status for peer in guests] == [201, 201, 201, 201, 409]
    assert guests[4].problem["code"] == "stage-full"
    await rig.client.close_guest(rig.url, "r1", "cid")
    eve = await Peer().connect(f"{rig.url}/whip/r1/guest", token="eve")
    assert eve.status == 201
    await close(ann, *guests[:4], eve)


async def test_while_the_host_is_gone_his_guest_stays_and_no_other_comes(rig: Rig) -> None:
    ann, bob = await host(rig), await guest(rig)
    assert await delete(rig.url, ann.location) == 200
    cid = await Peer().connect(f"{rig.url}/whip/r1/guest", token="cid")
    assert (cid.status, cid.problem["code"]) == (409, "not-live")
    watcher = await Peer().connect(f"{rig.url}/whep/r1/guest/bob", token="ann")
    assert alike(colour_of(decode(await watcher.seen(10))[-1]), BLUE)
    await close(ann, bob, watcher)


@pytest.mark.parametrize("reason", ["ended", "banned"])
async def test_with_the_broadcast_and_with_a_ban_it_is_over(rig: Rig, reason: str) -> None:
    ann, bob = await host(rig), await guest(rig)
    if reason == "ended":
        await rig.client.close_room(rig.url, "r1")
    else:
        await rig.client.close_user(rig.url, "bob")
    await until(lambda: rig.told(GuestEnded), "it is told")
    (ended,) = rig.told(GuestEnded)
    assert isinstance(ended, GuestEnded) and ended.reason == reason
    assert not [each for each in rig.worker.sessions.values() if each.user == "bob"]
    await close(ann, bob)
