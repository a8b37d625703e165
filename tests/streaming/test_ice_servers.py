"""ICE servers as Link headers: credentials by the book, one server a header, on the answers that the RFC names."""

import base64
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from foundation import problem
from foundation.clock import SystemClock
from server.ice_links import ice_links
from server.settings import Settings
from streaming import whep_router, whip_router
from streaming.ice_servers import IceServers, turn_credential
from streaming.media_http import MediaEndpoint
from streaming.media_limits import SessionLimits
from tests.streaming.media.peer import offer_text
from tests.streaming.media.rig import running

SDP = {"Content-Type": "application/sdp"}
ANN = {"Authorization": "Bearer ann"}
URLS = ("stun:stun.example:3478", "turn:turn.example:3478?transport=udp", "turns:turn.example:5349?transport=tcp")


def test_a_credential_is_hmac_sha1_in_base64() -> None:
    # RFC 2202, section 3, test case 2.
    expected = base64.b64encode(bytes.fromhex("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")).decode()
    assert turn_credential("Jefe", "what do ya want for nothing?") == expected


def test_a_credential_is_what_openssl_makes_of_the_same_words() -> None:
    # printf '1893456000:ann' | openssl dgst -sha1 -hmac north -binary | base64
    assert turn_credential("north", "1893456000:ann") == "JIagwY65BbxnoeLULbPhgspXzeU="


def test_the_user_name_says_until_when_and_whose() -> None:
    stun, turn, turns = IceServers(URLS, "north", life_s=3600).links("ann", 1893456000 - 3600)
    assert stun == '<stun:stun.example:3478>; rel="ice-server"'
    login = 'username="1893456000:ann"; credential="JIagwY65BbxnoeLULbPhgspXzeU="; credential-type="password"'
    assert turn == f'<turn:turn.example:3478?transport=udp>; rel="ice-server"; {login}'
    assert turns == f'<turns:turn.example:5349?transport=tcp>; rel="ice-server"; {login}'


def test_nothing_breaks_out_of_a_header() -> None:
    assert all("," not in link for link in IceServers(URLS, "north").links("ann", 1)), "OBS splits at commas"
    with pytest.raises(ValueError, match="does not fit"):
        IceServers(URLS, "north").links('ann"\r\nX: y', 1)
    with pytest.raises(ValueError, match="not the URL"):
        IceServers(("stun:x>; y",))
    with pytest.raises(ValueError, match="needs a secret"):
        IceServers(("turn:x",))


def test_the_secret_does_not_show() -> None:
    assert "north" not in repr(IceServers(URLS, "north"))


def test_guests_have_names_of_their_own_and_users_theirs() -> None:
    settings = Settings(_env_file=None, ice_servers=URLS, turn_secret="north", turn_ttl_s=600)
    clock = SystemClock()
    links = ice_links(settings, clock)

    def name(link: str) -> tuple[int, str]:
        expiry, _, user = link.partition('username="')[2].partition('"')[0].partition(":")
        return int(expiry), user

    expiry, user = name(links("ann")[1])
    assert user == "ann" and abs(expiry - clock.now_ms() // 1000 - 600) <= 2
    first, second = name(links("")[1])[1], name(links("")[1])[1]
    assert first != second and first.startswith("guest-")


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with running() as rig:
        app = FastAPI()
        problem.install(app)
        servers = IceServers(URLS, "north")
        limits = SessionLimits(rig.talk, SystemClock(), rig.limits)
        endpoint = MediaEndpoint(rig.client, rig.nodes, "secret", limits, lambda user: servers.links(user, 1))
        app.include_router(whip_router.router(rig.door, endpoint))
        app.include_router(whep_router.router(rig.door, endpoint))
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://here") as client:
            yield client


def servers_in(answer: httpx2.Response) -> list[str]:
    links = answer.headers.get_list("Link")
    return [link.partition(">")[0][1:] for link in links if 'rel="ice-server"' in link]


async def test_publishers_and_viewers_get_the_servers_with_their_answer(client: httpx2.AsyncClient) -> None:
    published = await client.post("/whip/r1", content=offer_text("sendonly"), headers=SDP | ANN)
    assert published.status_code == 201 and servers_in(published) == list(URLS)
    assert ':ann"' in published.headers.get_list("Link")[1]
    watched = await client.post("/whep/r1", content=offer_text("recvonly"), headers=SDP)
    assert watched.status_code == 201 and servers_in(watched) == list(URLS)
    for answer in (published, watched):
        assert "Link" in answer.headers["Access-Control-Expose-Headers"]
        await client.delete(answer.headers["Location"])


async def test_who_cannot_wait_asks_by_options_but_a_preflight_gets_no_credentials(client: httpx2.AsyncClient) -> None:
    assert servers_in(await client.options("/whip/r1")) == list(URLS)
    preflight = await client.options("/whip/r1", headers={"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 200 and servers_in(preflight) == []


async def test_a_refusal_names_no_servers(client: httpx2.AsyncClient) -> None:
    refused = await client.post("/whip/r1", content=offer_text("sendonly"), headers=SDP)
    assert refused.status_code == 401 and servers_in(refused) == []
