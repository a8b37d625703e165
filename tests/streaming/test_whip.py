"""WHIP as RFC 9725 and its clients want it."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from tests.streaming.media.peer import offer_text
from tests.streaming.media.rig import Rig, quick, running, until

SDP = {"Content-Type": "application/sdp"}
ANN = {"Authorization": "Bearer ann"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
TRICKLE = "a=ice-ufrag:peer\r\na=ice-pwd:" + "p" * 24 + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:audio\r\n"
OFFER = offer_text("sendonly")


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        yield client


async def test_an_offer_is_answered_with_201_location_and_etag(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].startswith("application/sdp")
    assert answer.headers["ETag"].startswith('"')
    location = answer.headers["Location"]
    assert location.startswith("/whip/r1/sessions/") and "?" not in location
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert all(name in exposed for name in ("Location", "ETag", "Link", "Retry-After"))
    assert "a=recvonly" in answer.text


async def test_delete_answers_exactly_200_and_ends_the_session(rig: Rig, client: httpx2.AsyncClient) -> None:
    location = (await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)).headers["Location"]
    assert (await client.delete(location)).status_code == 200
    assert not rig.worker.sessions
    gone = await client.delete(location)
    assert (gone.status_code, gone.json()["code"]) == (404, "session-unknown")


def another_digit(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def invented(token: str) -> str:
    return "w1.x." + "0" * 32


@pytest.mark.parametrize("spoil", [another_digit, invented, str.upper])
async def test_a_sessions_address_cannot_be_made_up(
    rig: Rig, client: httpx2.AsyncClient, spoil: Callable[[str], str]
) -> None:
    location = (await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)).headers["Location"]
    folder, token = location.rsplit("/", 1)
    forged = await client.delete(f"{folder}/{spoil(token)}")
    assert forged.status_code == 404
    assert len(rig.worker.sessions) == 1


async def test_patch_takes_candidates_and_checks_its_condition(client: httpx2.AsyncClient) -> None:
    opened = await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)
    location, etag = opened.headers["Location"], opened.headers["ETag"]

    async def patch(content: str = TRICKLE, headers: dict[str, str] = FRAGMENT, match: str | None = etag) -> int:
        condition = {} if match is None else {"If-Match": match}
        return (await client.patch(location, content=content, headers=headers | condition)).status_code

    assert await patch() == 204
    assert await patch("") == 204, "an empty fragment is legal"
    assert await patch(match=None) == 428
    assert await patch(match='"stale"') == 412
    assert await patch(match="*") == 204, "the same ICE session, whatever it is"
    assert await patch(headers=SDP) == 415
    assert await patch("{}") == 400
    assert await patch("a=candidate:x\r\n" * 2_000) == 400
    await client.delete(location)
    assert await patch() == 404


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (OFFER, SDP, 401, "unauthorised"),
        (OFFER, SDP | {"Authorization": "Bearer wrong"}, 401, "unauthorised"),
        (OFFER, ANN | {"Content-Type": "application/json"}, 415, "media-type-unsupported"),
        ("nonsense", SDP | ANN, 400, "offer-malformed"),
        ("", SDP | ANN, 400, "offer-malformed"),
        (OFFER + "a=x\r\n" * 20_000, SDP | ANN, 413, "offer-too-large"),
        (OFFER.replace("H264", "VP8"), SDP | ANN, 422, "codec-unsupported"),
        (OFFER.replace("a=sendonly", "a=recvonly"), SDP | ANN, 422, "offer-unsupported"),
    ],
)
async def test_bad_offers_get_a_typed_problem_and_leave_nothing_behind(
    rig: Rig, client: httpx2.AsyncClient, content: str, headers: dict[str, str], status: int, code: str
) -> None:
    refused = await client.post("/whip/r1", content=content, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert not rig.worker.sessions and not rig.worker.rooms


async def test_without_a_worker_try_again_later(rig: Rig, client: httpx2.AsyncClient) -> None:
    rig.door.homes["r1"] = "http://127.0.0.1:1"  # its home has died
    refused = await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)
    assert (refused.status_code, refused.json()["code"]) == (503, "no-media-worker")
    assert int(refused.headers["Retry-After"]) >= 1


async def test_a_full_worker_says_so() -> None:
    async with running(quick(max_sessions=1)) as rig, httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        assert (await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)).status_code == 201
        refused = await client.post("/whip/r2", content=OFFER, headers=SDP | ANN)
        assert (refused.status_code, refused.json()["code"]) == (503, "worker-full")
        assert "Retry-After" in refused.headers


async def test_options_get_and_head_are_answered(client: httpx2.AsyncClient) -> None:
    options = await client.options("/whip/r1")
    assert options.status_code == 200 and options.headers["Accept-Post"] == "application/sdp"
    for name in ("Authorization", "Content-Type", "If-Match"):
        assert name in options.headers["Access-Control-Allow-Headers"]
    assert "PATCH" in options.headers["Access-Control-Allow-Methods"]
    assert (await client.get("/whip/r1")).is_success
    assert (await client.head("/whip/r1")).is_success
    location = (await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)).headers["Location"]
    assert (await client.get(location)).status_code == 204


async def test_only_our_own_processes_command_the_worker(rig: Rig, client: httpx2.AsyncClient) -> None:
    for method, path in (("GET", "/internal/rooms"), ("DELETE", "/internal/users/ann"), ("POST", "/internal/sessions")):
        assert (await client.request(method, path)).status_code == 401


async def test_the_second_publisher_closes_the_first_at_once(rig: Rig, client: httpx2.AsyncClient) -> None:
    first = (await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)).headers["Location"]
    await client.post("/whip/r1", content=OFFER, headers=SDP | ANN)
    await until(lambda: len(rig.worker.sessions) == 1, "only one is left")
    assert (await client.delete(first)).status_code == 404
