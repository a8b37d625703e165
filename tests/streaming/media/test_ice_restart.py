"""ICE restart by PATCH (RFC 9725, section 4.3.3): another way through the network for the same session."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from streaming.events import CameraEnded, CameraStarted
from tests.streaming.media.peer import VIDEO, Peer
from tests.streaming.media.pictures import GREEN, RED, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import Rig, running, until

FRAGMENT = "application/trickle-ice-sdpfrag"
PASSWORD = "q" * 24


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def patched(rig: Rig, peer: Peer, ufrag: str, match: str = "*") -> httpx2.Response:
    body = f"a=group:BUNDLE audio video\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:{PASSWORD}\r\n"
    headers = {"Content-Type": FRAGMENT} | ({"If-Match": match} if match else {})
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.patch(rig.url + peer.location, content=body, headers=headers)


async def restarted(rig: Rig, peer: Peer, ufrag: str = "fresh") -> Peer:
    """`peer` has new credentials of both sides; he has not used them yet."""
    answer = await patched(rig, peer, ufrag)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, FRAGMENT)
    peer.etag = answer.headers["ETag"]
    peer.answer = answer.text + peer.answer
    peer.passwords[ufrag] = PASSWORD
    return peer


async def live(rig: Rig) -> Peer:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 5), encode_tone(440, 5))
    await until(lambda: rig.told(CameraStarted), "live")
    return ann


async def test_a_publisher_goes_on_from_another_address_in_the_same_session(rig: Rig) -> None:
    ann = await live(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    old_credentials = ann.answer
    await restarted(rig, ann)
    await ann.stream(encode_colour(RED, 5))  # the old way still works
    await bob.seen(5)
    await ann.move()
    shown = len(bob.heard.pictures())
    await ann.stream(encode_colour(GREEN, 10))
    await until(lambda: alike(colour_of(decode(bob.heard.pictures())[-1]), GREEN), "his picture, by the new way")
    assert len(bob.heard.pictures()) > shown
    assert not rig.told(CameraEnded) and len(rig.told(CameraStarted)) == 1
    assert rig.worker.counters.ice_restarts == 1

    refused = rig.worker.counters.checks_refused
    ann.answer = old_credentials
    ann.check()
    await until(lambda: rig.worker.counters.checks_refused == refused + 1, "the old credentials are worth nothing now")
    await ann.close()
    await bob.close()


async def test_a_viewers_media_never_stop_and_follow_him(rig: Rig) -> None:
    ann = await live(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    await bob.seen(1)
    await restarted(rig, bob)
    before = len(bob.heard.pictures())
    await ann.stream(encode_colour(RED, 5))
    await bob.seen(before + 4)  # the last one may wait for the next one's first packet
    await bob.move()
    before = len(bob.heard.pictures())
    await ann.stream(encode_colour(GREEN, 5))
    await bob.seen(before + 4)
    views = bob.heard.of(VIDEO)
    places = {(view.sequence - views[0].sequence + 0x8000) % 0x10000 for view in views}
    assert len(places) == max(places) - min(places) + 1, "not a packet is missing"
    await ann.close()
    await bob.close()


async def test_a_restart_that_was_never_used_is_forgotten_by_the_next(rig: Rig) -> None:
    ann = await live(rig)
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    for ufrag in ("one1", "two2", "three"):
        await restarted(rig, bob, ufrag)
    await bob.move()
    shown = len(bob.heard.pictures())
    await ann.stream(encode_colour(RED, 5))
    await bob.seen(shown + 3)
    assert len(rig.worker.sessions) == 2
    await ann.close()
    await bob.close()


async def test_the_entity_tag_names_one_ice_session(rig: Rig) -> None:
    ann = await live(rig)
    first = ann.etag
    assert (await patched(rig, ann, "peer", first)).status_code == 204
    stale = await patched(rig, ann, "other", '"nonsense"')
    assert (stale.status_code, stale.json()["code"]) == (412, "etag-stale")
    assert (await patched(rig, ann, "other", "")).status_code == 428
    assert rig.worker.counters.ice_restarts == 0

    second = (await patched(rig, ann, "other", first)).headers["ETag"]
    assert second != first
    assert (await patched(rig, ann, "other", first)).status_code == 412
    trickled = await patched(rig, ann, "other", second)
    assert trickled.status_code == 204 and "ETag" not in trickled.headers
    third = (await patched(rig, ann, "third", '"*"')).headers["ETag"]  # quoted, as in the RFC's example
    assert third not in (first, second)
    assert rig.worker.counters.ice_restarts == 2
    await ann.close()


async def test_a_closed_session_leaves_no_credentials_behind(rig: Rig) -> None:
    ann = await live(rig)
    await restarted(rig, ann)
    session = rig.worker.sessions[ann.location.split(".")[-2]]
    port = session._port
    await rig.worker.sessions.close(session.id, "left")
    assert port.endpoints == 0 and not port._by_ufrag
    gone = await patched(rig, ann, "after")
    assert (gone.status_code, gone.json()["code"], gone.json()["reason"]) == (404, "session-unknown", "left")
    await ann.close()
