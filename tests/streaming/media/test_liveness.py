"""Hosts and viewers who fall silent, with short deadlines."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from streaming.events import CameraEnded, CameraLost, CameraResumed, ProgramSwitched
from streaming.media.choice import SourceKind
from streaming.media.router import camera_state
from tests.streaming.media.peer import Peer
from tests.streaming.media.pictures import RED, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import Rig, quick, running, until


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    short = quick(
        reconnecting_ms=150, lost_ms=300, closed_ms=900, viewer_silence_ms=900, picture_stale_ms=150, handshake_ms=400
    )
    async with running(short) as rig:
        yield rig


async def publishing(rig: Rig) -> Peer:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 5), encode_tone(440, 5))
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
    return ann


async def test_a_silent_host_is_lost_then_his_session_closed_and_viewers_see_the_card(rig: Rig) -> None:
    ann = await publishing(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    await until(lambda: rig.told(CameraLost), "he is lost")
    assert (await rig.client.rooms(rig.url))[0]["camera"] == "lost"
    card = decode(await bob.seen(6))[-1]
    assert (card.width, card.height) == (360, 640)
    await until(lambda: rig.told(CameraEnded), "his session is closed")
    assert [fact.reason for fact in rig.told(CameraEnded) if isinstance(fact, CameraEnded)] == ["lost"]
    await until(lambda: not rig.worker.sessions, "the silent viewer is dropped, too")
    await until(lambda: not rig.worker.rooms, "the room is forgotten")
    await ann.close()
    await bob.close()


async def test_a_lost_host_who_is_heard_again_is_shown_again(rig: Rig) -> None:
    ann = await publishing(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CARD, "the card is shown")
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: rig.told(CameraResumed), "he is heard")
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
    await bob.seen(10)
    await until(lambda: alike(colour_of(decode(bob.heard.pictures())[-1]), RED), "his picture")
    shown = [fact.source for fact in rig.told(ProgramSwitched) if isinstance(fact, ProgramSwitched)]
    assert shown[-3:] == ["camera", "card", "camera"]  # a slow first picture has a card before it
    await ann.close()
    await bob.close()


async def test_a_camera_that_is_turned_off_is_a_card_with_the_hosts_voice(rig: Rig) -> None:
    ann = await publishing(rig)
    room = rig.worker.rooms["r1"]

    def speaks() -> bool:
        ann.say(b"\xf8\xff\xfe")
        return room.showing is SourceKind.CARD

    await until(speaks, "the card is shown")
    assert not rig.told(CameraLost)
    assert room.program.following["audio"] is room.publisher.source  # type: ignore[union-attr]
    await ann.close()


async def test_a_peer_who_never_comes_leaves_nothing_behind(rig: Rig) -> None:
    from_nowhere = Peer()
    from_nowhere._secure = _nobody  # type: ignore[method-assign]
    await from_nowhere.connect(f"{rig.url}/whip/r1", token="ann")
    assert len(rig.worker.sessions) == 1
    await until(lambda: not rig.worker.sessions, "the session is given up")
    assert not rig.worker.rooms
    async with httpx2.AsyncClient(trust_env=False) as client:
        gone = await client.delete(rig.url + from_nowhere.location)
    assert gone.status_code == 404


async def _nobody(setup: str) -> None:
    """Does not do the handshake."""


async def test_a_host_who_is_silent_for_a_moment_is_reconnecting_before_he_is_lost(rig: Rig) -> None:
    ann = await publishing(rig)
    states: list[str] = []

    def lost() -> bool:
        states.append(camera_state(rig.worker, rig.worker.rooms["r1"]))
        return states[-1] == "lost"

    await until(lost, "he is lost")
    assert list(dict.fromkeys(states)) == ["live", "reconnecting", "lost"]
    await ann.close()


async def test_a_viewer_is_kept_while_he_reports_and_dropped_when_he_is_silent(rig: Rig) -> None:
    ann, bob = await publishing(rig), await Peer().connect(f"{rig.url}/whep/r1")
    eve = await Peer().connect(f"{rig.url}/whep/r1")
    ssrc = int(bob.said(r"m=video[\s\S]*?a=ssrc:(\d+)"))

    def only_one_left() -> bool:
        ann.say(b"\xf8\xff\xfe")
        bob.ask_for_keyframe(ssrc)
        return sum(session.role == "watch" for session in rig.worker.sessions.values()) == 1

    await until(only_one_left, "the silent one is dropped")
    assert rig.worker.rooms["r1"].program.viewers == 1
    for peer in (ann, bob, eve):
        await peer.close()


async def test_a_rotated_stream_key_cuts_the_publisher_who_came_with_a_former_one_and_nobody_else(rig: Rig) -> None:
    ann = await publishing(rig)
    session = next(iter(rig.worker.sessions.values()))
    await rig.client.close_former_keys(rig.url, "ann", "new")
    assert list(rig.worker.sessions) == [session.id], "who came with a token stays"
    session.credential = "new"
    await rig.client.close_former_keys(rig.url, "ann", "new")
    assert list(rig.worker.sessions) == [session.id], "so does who came with the new key"
    session.credential = "former"
    await rig.client.close_former_keys(rig.url, "ann", "new")
    await until(lambda: ann.secure.ended, "his farewell")
    await until(lambda: rig.told(CameraEnded), "it is told")
    assert [fact.reason for fact in rig.told(CameraEnded) if isinstance(fact, CameraEnded)] == ["key-rotated"]
    await ann.close()
