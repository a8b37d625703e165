"""WHEP as its draft and its clients want it."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from streaming.events import CameraStarted
from streaming.media.choice import SourceKind
from streaming.workers import seen
from tests.streaming.media.peer import Peer, offer_text
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import Rig, running, until

SDP = {"Content-Type": "application/sdp"}
OFFER = offer_text("recvonly")


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        yield client


@pytest.fixture
async def live(rig: Rig) -> AsyncIterator[Peer]:
    ann = await Peer().connect(f"{rig.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 3))
    await until(lambda: rig.told(CameraStarted), "live")
    yield ann
    await ann.close()


async def test_a_room_that_is_not_live_is_409_with_retry_after(rig: Rig, client: httpx2.AsyncClient) -> None:
    for path in ("/whep/r1", "/whep/r1/camera"):
        refused = await client.post(path, content=OFFER, headers=SDP)
        assert (refused.status_code, refused.json()["code"]) == (409, "not-live")
        assert int(refused.headers["Retry-After"]) >= 1
    assert not rig.worker.sessions and not rig.worker.rooms


@pytest.mark.parametrize("path", ["/whep/r1", "/whep/r1/camera"])
async def test_a_live_room_is_201_and_delete_200(rig: Rig, client: httpx2.AsyncClient, live: Peer, path: str) -> None:
    answer = await client.post(path, content=OFFER, headers=SDP)
    assert answer.status_code == 201
    assert "a=sendonly" in answer.text and "transport-cc" not in answer.text
    location = answer.headers["Location"]
    assert location.startswith(path + "/sessions/")
    headers = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": answer.headers["ETag"]}
    assert (await client.patch(location, content="a=end-of-candidates\r\n", headers=headers)).status_code == 204
    assert (await client.delete(location)).status_code == 200
    assert len(rig.worker.sessions) == 1  # the host


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (OFFER.replace("a=recvonly", "a=sendonly"), 422, "offer-unsupported"),
        (OFFER.replace("packetization-mode=1", "packetization-mode=0"), 422, "codec-unsupported"),
        ("v=0", 400, "offer-malformed"),
        (OFFER + "a=x\r\n" * 20_000, 413, "offer-too-large"),
    ],
)
async def test_bad_offers_are_refused(
    rig: Rig, client: httpx2.AsyncClient, live: Peer, content: str, status: int, code: str
) -> None:
    refused = await client.post("/whep/r1", content=content, headers=SDP)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert len(rig.worker.sessions) == 1  # the host


async def test_a_viewer_chooses_his_layer_at_the_address_that_the_answer_links_to(
    rig: Rig, client: httpx2.AsyncClient, live: Peer
) -> None:
    answer = await client.post("/whep/r1", content=OFFER, headers=SDP)
    layer = answer.headers["Location"] + "/layer"
    assert f'<{layer}>; rel="urn:ietf:params:whep:ext:core:layer"' in answer.headers.get_list("Link")
    session = layer.split("/")[-2].split(".")[1]
    for body, chosen in (('{"rid": "half", "mediaId": "1"}', "half"), ('{"rid":"sound"}', "sound"), ("{}", "auto")):
        heeded = await client.post(layer, content=body, headers={"Content-Type": "application/json"})
        assert (heeded.status_code, heeded.content) == (200, b"")
        assert heeded.headers["Access-Control-Allow-Origin"] == "*"
        assert rig.worker.sessions.chosen_layer(session) == chosen
    asked = await client.options(layer, headers={"Access-Control-Request-Method": "POST"})
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in asked.headers["Access-Control-Allow-Headers"]
    refused = await client.get(layer)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize(
    ("body", "media_type", "status", "code"),
    [
        ('{"rid": "huge"}', "application/json", 400, "layer-malformed"),
        ('{"temporalLayerId": 1}', "application/json", 400, "layer-malformed"),
        ("half", "application/json", 400, "layer-malformed"),
        ('{"rid": "half"}' + " " * 1_024, "application/json", 400, "layer-malformed"),
        ('{"rid": "half"}', "text/plain", 415, "media-type-unsupported"),
    ],
)
async def test_what_names_no_layer_is_refused_and_changes_nothing(
    rig: Rig, client: httpx2.AsyncClient, live: Peer, body: str, media_type: str, status: int, code: str
) -> None:
    location = (await client.post("/whep/r1", content=OFFER, headers=SDP)).headers["Location"]
    refused = await client.post(f"{location}/layer", content=body, headers={"Content-Type": media_type})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert rig.worker.sessions.chosen_layer(location.split("/")[-1].split(".")[1]) == "auto"


async def test_only_who_watches_a_picture_can_choose_one(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    sound_only = await client.post("/whep/r1", content=offer_text("recvonly", kinds="audio"), headers=SDP)
    assert not any("ext:core:layer" in link for link in sound_only.headers.get_list("Link"))
    publishing = live.location.replace("/whip/", "/whep/")
    assert "ext:core:layer" not in live.links
    for session in (sound_only.headers["Location"], publishing):
        refused = await client.post(f"{session}/layer", json={"rid": "half"})
        assert (refused.status_code, refused.json()["code"]) == (409, "no-picture")
    await client.delete(sound_only.headers["Location"])
    for gone in (sound_only.headers["Location"], "/whep/r1/sessions/made.up." + "0" * 32):
        refused = await client.post(f"{gone}/layer", json={"rid": "half"})
        assert (refused.status_code, refused.json()["code"]) == (404, "session-unknown")


async def test_the_address_can_be_discovered(client: httpx2.AsyncClient) -> None:
    found = await client.head("/whep/r1")
    assert found.status_code == 200 and found.headers["Content-Type"].startswith("application/sdp")
    assert (await client.options("/whep/r1")).headers["Accept-Post"] == "application/sdp"


async def test_keepers_see_rooms_and_set_their_source(rig: Rig, live: Peer) -> None:
    await until(lambda: rig.worker.rooms["r1"].showing is not None, "the program shows the camera")
    room = seen((await rig.client.rooms(rig.url))[0])
    assert (room.room, room.user, room.alive, room.wanted, room.effective) == ("r1", "ann", True, "camera", "camera")
    await rig.client.set_source(rig.url, "r1", "card")
    await until(lambda: rig.worker.rooms["r1"].showing is SourceKind.CARD, "the program shows the card")
    await rig.client.close_room(rig.url, "r1", "banned")
    assert not await rig.client.rooms(rig.url)
    await rig.client.close_room(rig.url, "r1", "ended")  # idempotent
    await rig.client.close_user(rig.url, "ann")
