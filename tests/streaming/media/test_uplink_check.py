"""A host tries his uplink before he goes live: he learns what it bears, and nobody sees anything of it."""

from collections.abc import AsyncIterator
from urllib.parse import urljoin

import httpx2
import pytest
from aiortc.rtp import RtcpRrPacket

from streaming.errors import NotYourRoom
from streaming.media.choice import SourceKind
from streaming.whip_router import PublishGrant
from tests.media.relay import Conditions, relay
from tests.streaming.media.browser import chromium
from tests.streaming.media.peer import Peer, delete, offer_text
from tests.streaming.media.pictures import BLUE, RED, alike, colour_of, decode, encode_colour, encode_tone
from tests.streaming.media.rig import Door, Rig, quick, running, until
from tests.streaming.media.studio import studio

SDP = {"Content-Type": "application/sdp"}
ANN = {"Authorization": "Bearer ann"}
OFFER = offer_text("sendonly")
CHECK = """async () => {
  const { checkUplink } = await import('/web/client/media/uplink_check.js');
  const { advice } = await import('/web/studio/uplink_advice.js');
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 360}});
  const { signal } = new AbortController();
  const sent = await checkUplink({endpoint: '/whip/r1/check', token: () => 'ann', stream, signal});
  return {...sent, advice: advice(sent)};
}"""


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def why_gone(rig: Rig, location: str) -> tuple[int, str | None]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(urljoin(rig.url, location))
    return answer.status_code, answer.json().get("reason") if answer.status_code == 404 else None


async def trying(rig: Rig) -> Peer:
    peer = await Peer().connect(f"{rig.url}/whip/r1/check", token="ann")
    assert peer.status == 201, peer.problem
    return peer


def reports(peer: Peer) -> list[RtcpRrPacket]:
    return [packet for packet in peer.heard.rtcp if isinstance(packet, RtcpRrPacket) and packet.reports]


async def test_who_tries_is_told_what_has_come_and_no_broadcast_starts(rig: Rig) -> None:
    ann = await trying(rig)
    await ann.stream(encode_colour(RED, 10), encode_tone(440, 10))
    await until(lambda: ann.heard.feedback and reports(ann), "arrivals and losses are reported")
    assert rig.worker.rooms == {} and rig.facts == []
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    assert (bob.status, bob.problem["code"]) == (409, "not-live")
    assert await delete(rig.url, ann.location) == 200
    await until(lambda: not rig.worker.sessions, "it is over")
    assert rig.worker.rooms == {} and rig.facts == []
    await ann.close()


async def test_a_broadcast_that_is_on_does_not_notice(rig: Rig) -> None:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 10))
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CAMERA, "the camera is shown")
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    again = await trying(rig)
    await again.stream(encode_colour(BLUE, 10))
    await ann.stream(encode_colour(RED, 10))
    assert all(alike(colour_of(frame), RED) for frame in decode(await bob.seen(20)))
    assert await delete(rig.url, again.location) == 200
    assert sorted(each.track for each in rig.worker.sessions.values()) == ["program", "program"]
    for peer in (ann, bob, again):
        await peer.close()


async def test_it_ends_by_itself_whether_it_has_connected_or_not() -> None:
    async with running(quick(check_ms=400)) as rig, httpx2.AsyncClient(trust_env=False) as http:
        ann = await trying(rig)
        opened = await http.post(
            f"{rig.url}/whip/r2/check", content=OFFER, headers=SDP | {"Authorization": "Bearer cid"}
        )
        await until(lambda: not rig.worker.sessions, "both are over")
        for location in (ann.location, opened.headers["Location"]):
            assert await why_gone(rig, location) == (404, "ended")
        await ann.close()


async def test_a_user_tries_once_at_a_time(rig: Rig) -> None:
    first, second = await trying(rig), await trying(rig)
    assert len(rig.worker.sessions) == 1
    assert await why_gone(rig, first.location) == (404, "replaced")
    assert await why_gone(rig, second.location) == (204, None)
    await second.stream(encode_colour(RED, 10))
    await until(lambda: reports(second), "the second one is served")
    for peer in (first, second):
        await peer.close()


async def test_so_many_times_and_no_more(rig: Rig) -> None:
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as http:
        answers = [await http.post("/whip/r1/check", content=OFFER, headers=SDP | ANN) for _ in range(7)]
        assert [each.status_code for each in answers] == [201] * 6 + [429]
        assert answers[-1].json()["code"] == "too-many-sessions" and answers[-1].headers["Retry-After"] == "10"
        live = await http.post("/whip/r1", content=OFFER, headers=SDP | ANN)
        assert live.status_code == 201, "who may try no more may still go live"


class OwnDoor(Door):
    """The rooms are ann's."""

    async def publish(self, token: str | None, room: str) -> PublishGrant:
        grant = await super().publish(token, room)
        if grant.user != "ann":
            raise NotYourRoom
        return grant


async def test_strangers_are_refused_as_they_would_be_going_live(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    monkeypatch.setattr(rig.door, "publish", OwnDoor(rig.nodes).publish)
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as http:
        for token, refusal in (("", (401, "unauthorised")), ("bob", (403, "not-your-room"))):
            headers = SDP | ({"Authorization": f"Bearer {token}"} if token else {})
            refused = await http.post("/whip/r1/check", content=OFFER, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == refusal
    assert not rig.worker.sessions


async def test_a_page_measures_what_its_uplink_bears(rig: Rig) -> None:
    async with chromium() as browser, relay(rig.worker.udp_port) as link:
        page = await studio(browser, rig.url, through=link.port)
        found = await page.evaluate(CHECK)
        assert found["availableBps"] is not None, found
        assert found["availableBps"] > 600_000 and found["loss"] < 0.1 and found["rttMs"] is not None
        await until(lambda: not rig.worker.sessions, "the page has ended it")
        link.up.conditions = Conditions(rate_bps=300_000)
        found = await page.evaluate(CHECK)
        assert found["availableBps"] < 600_000 and found["advice"] == "slow"
        assert rig.worker.rooms == {} and rig.facts == []
