"""A room's home may be on another node: 307 there with a grant, and everything afterwards happens there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from streaming.media.errors import GrantInvalid
from streaming.media_handover import LIFE_MS, hand_over, take_over
from tests.streaming.media.browser import chromium, open_page, shows
from tests.streaming.media.pages import state, watch
from tests.streaming.media.peer import Peer, offer_text
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import Rig, quick, running, until

SDP = {"Content-Type": "application/sdp"}
ANN = {"Authorization": "Bearer ann"}
NAMED = {"role": "publish", "room": "r1", "track": "program", "home": "https://two"}


@dataclass
class Nodes:
    """Two nodes of one platform; every room has its home on the second."""

    first: Rig
    second: Rig


@pytest.fixture
async def nodes() -> AsyncIterator[Nodes]:
    async with running(quick(worker_id="media-0@first"), public=True) as first:
        async with running(quick(worker_id="media-0@second"), first, public=True) as second:
            first.door.homes["r1"] = second.url
            yield Nodes(first, second)


async def sent_on(nodes: Nodes, path: str = "/whip/r1", role: str = "sendonly", **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(nodes.first.url + path, content=offer_text(role), headers=SDP | headers)


async def post(address: str, role: str = "sendonly") -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.post(address, content=offer_text(role), headers=SDP)


async def test_a_publisher_is_sent_to_the_rooms_home_and_needs_no_token_there(nodes: Nodes) -> None:
    answer = await sent_on(nodes, **ANN)
    assert answer.status_code == 307
    location = answer.headers["Location"]
    assert location.startswith(f"{nodes.second.url}/whip/r1?grant=")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    opened = await post(location)
    assert opened.status_code == 201
    assert opened.headers["Location"].startswith("/whip/r1/sessions/") and "?" not in opened.headers["Location"]
    assert [session.user for session in nodes.second.worker.sessions.values()] == ["ann"]
    assert not nodes.first.worker.sessions
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.delete(nodes.second.url + opened.headers["Location"])).status_code == 200


async def test_a_grant_is_good_once(nodes: Nodes) -> None:
    location = (await sent_on(nodes, **ANN)).headers["Location"]
    assert (await post(location)).status_code == 201
    again = await post(location)
    assert (again.status_code, again.json()["code"]) == (401, "grant-invalid")


async def test_a_guest_is_sent_to_the_rooms_home_and_cannot_take_the_hosts_place_with_his_grant(nodes: Nodes) -> None:
    ann = await Peer().connect(f"{nodes.second.url}/whip/r1", token="ann")
    headers = {"Authorization": "Bearer bob"}
    location = (await sent_on(nodes, "/whip/r1/guest", **headers)).headers["Location"]
    assert location.startswith(f"{nodes.second.url}/whip/r1/guest?grant=")
    wrong = await post(location.replace("/whip/r1/guest?", "/whip/r1?"))
    assert (wrong.status_code, wrong.json()["code"]) == (401, "grant-invalid")
    opened = await post(location)
    assert opened.status_code == 201
    assert opened.headers["Location"].startswith("/whip/r1/guest/sessions/")
    assert sorted((session.user, session.track) for session in nodes.second.worker.sessions.values()) == [
        ("ann", "program"),
        ("bob", "guest:bob"),
    ]
    assert not nodes.first.worker.sessions
    await ann.close()


@pytest.mark.parametrize("spoil", ["/whip/r2?", "/whep/r1?", "grant=e30."])
async def test_a_grant_opens_nothing_else(nodes: Nodes, spoil: str) -> None:
    location = (await sent_on(nodes, **ANN)).headers["Location"]
    wrong = location.replace("/whip/r1?" if spoil.startswith("/") else "grant=", spoil)
    refused = await post(wrong, "recvonly" if "whep" in spoil else "sendonly")
    assert (refused.status_code, refused.json()["code"]) == (401, "grant-invalid")


async def test_without_a_token_nobody_is_sent_on(nodes: Nodes) -> None:
    assert (await sent_on(nodes)).status_code == 401


async def test_who_was_sent_on_is_served_even_if_the_home_has_moved_on(nodes: Nodes) -> None:
    location = (await sent_on(nodes, **ANN)).headers["Location"]
    nodes.second.door.homes["r1"] = nodes.first.url
    assert (await post(location)).status_code == 201  # no going round in circles
    assert len(nodes.first.worker.sessions) == 1


async def test_the_home_itself_sends_nobody_on(nodes: Nodes) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(nodes.second.url + "/whip/r1", content=offer_text("sendonly"), headers=SDP | ANN)
    assert answer.status_code == 201


async def test_a_page_follows_to_another_origin_and_ends_its_session_there(nodes: Nodes) -> None:
    ann = await Peer().connect(f"{nodes.second.url}/whip/r1", token="ann")
    await ann.stream(encode_colour(RED, 5))
    async with chromium() as browser:
        viewer = await open_page(browser, nodes.first.url)
        await watch(viewer, "/whep/r1")
        await ann.stream(encode_colour(RED, 5))
        await shows(viewer, RED)
        address: str = await viewer.evaluate("link.session.address")
        assert address.startswith(f"{nodes.second.url}/whep/r1/sessions/")
        await viewer.evaluate("link.repair()")  # the PATCH goes to the other origin, too
        await until(lambda: nodes.second.worker.counters.ice_restarts == 1, "ICE is restarted there")
        await viewer.evaluate("link.stop()")
        await state(viewer, "stopped")
        await until(lambda: len(nodes.second.worker.sessions) == 1, "the viewer has left")
    await ann.close()


def test_a_handover_says_who_and_what_until_it_is_too_old() -> None:
    token = hand_over("secret", **NAMED, user="ann", credential="k", now_ms=1_000)
    found = take_over("secret", token, **NAMED, now_ms=1_000 + LIFE_MS - 1)
    assert (found.user, found.credential, found.until_ms) == ("ann", "k", 1_000 + LIFE_MS)
    with pytest.raises(GrantInvalid):
        take_over("secret", token, **NAMED, now_ms=1_000 + LIFE_MS)


@pytest.mark.parametrize("change", [{"role": "watch"}, {"room": "r2"}, {"track": "camera"}, {"home": "https://three"}])
def test_a_handover_is_for_one_thing_and_one_node(change: dict[str, str]) -> None:
    token = hand_over("secret", **NAMED, user="ann", credential="", now_ms=0)
    with pytest.raises(GrantInvalid):
        take_over("secret", token, **(NAMED | change), now_ms=0)


@pytest.mark.parametrize("token", ["", ".", "e30.", "x" * 5_000, "Ä.Ä", "e30." + "0" * 32])
def test_what_we_did_not_sign_is_no_handover(token: str) -> None:
    with pytest.raises(GrantInvalid):
        take_over("secret", token, **NAMED, now_ms=0)
    with pytest.raises(GrantInvalid):
        take_over("other", hand_over("secret", **NAMED, user="a", credential="", now_ms=0), **NAMED, now_ms=0)
