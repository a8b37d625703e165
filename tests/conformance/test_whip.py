"""RFC 9725, statement by statement: see `statements.py`."""

import itertools
import re

import httpx2
import pytest
from fastapi import Request

from foundation.clock import SystemClock
from streaming.chat.store_memory import MemoryTalk
from streaming.media_limits import SessionLimits, SessionRules
from tests.conformance.http import ANN, FRAGMENT, PUBLISH, SAME, SDP, SIMULCAST, patch, publish, section, watch
from tests.streaming.media.peer import Peer, offer_text
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import Rig, quick, running, until


async def test_get_is_2xx_without_content(client: httpx2.AsyncClient) -> None:
    location = (await publish(client)).headers["Location"]
    for path in ("/whip/r1", location):
        for method in ("GET", "HEAD"):
            answer = await client.request(method, path)
            assert answer.is_success and not answer.content


async def test_post_is_answered_with_201_an_answer_and_a_location(client: httpx2.AsyncClient) -> None:
    answer = await publish(client)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].partition(";")[0] == "application/sdp"
    assert answer.headers["Location"].startswith("/whip/r1/sessions/")
    assert re.fullmatch(r'"[^"]+"', answer.headers["ETag"])
    assert answer.text.startswith("v=0\r\n") and answer.text.count("\r\nm=") == PUBLISH.count("\r\nm=")


async def test_another_type_or_a_broken_offer_is_4xx(rig: Rig, client: httpx2.AsyncClient) -> None:
    for content, kind, status in (
        (PUBLISH, "application/json", 415),
        (PUBLISH, "", 415),
        ("", "application/sdp", 400),
        ("v=0\r\n", "application/sdp", 400),
        ("\xff\x00", "application/sdp", 400),
        (PUBLISH.replace("a=setup:actpass", "a=setup:holdconn"), "application/sdp", 400),
        (PUBLISH + "a=x\r\n" * 20_000, "application/sdp", 413),
    ):
        refused = await client.post("/whip/r1", content=content, headers={"Content-Type": kind} | ANN)
        assert refused.status_code == status
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
        assert not rig.worker.sessions and not rig.worker.rooms


@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
async def test_offers_in_a_wrong_direction_are_refused(client: httpx2.AsyncClient, direction: str) -> None:
    refused = await client.post("/whip/r1", content=offer_text(direction), headers=SDP | ANN)
    assert refused.status_code == 422


@pytest.mark.parametrize("direction", ["sendonly", "sendrecv"])
async def test_every_section_of_the_answer_is_recvonly(client: httpx2.AsyncClient, direction: str) -> None:
    answer = await client.post("/whip/r1", content=offer_text(direction), headers=SDP | ANN)
    assert answer.text.count("a=recvonly") == answer.text.count("m=") == 2
    assert not re.search(r"a=(sendonly|sendrecv|inactive)", answer.text)


async def test_after_delete_nothing_is_sent_and_no_check_is_answered(
    rig: Rig, client: httpx2.AsyncClient, live: Peer
) -> None:
    assert (await client.delete(live.location)).status_code == 200
    refused, reports = rig.worker.counters.checks_refused, len(live.raw)
    live._checked.clear()
    live.check()
    live.show(encode_colour(RED, 1)[0])
    await until(lambda: rig.worker.counters.checks_refused > refused, "the check is refused")
    assert not live._checked.is_set()
    farewell = [datagram for datagram in live.raw[reports:] if 127 < datagram[0] < 192]
    assert not farewell, "not a packet of media"


async def test_options_is_200_with_accept_post_and_cors(client: httpx2.AsyncClient) -> None:
    location = (await publish(client)).headers["Location"]
    asked = {"Origin": "https://elsewhere", "Access-Control-Request-Method": "POST"}
    for path in ("/whip/r1", location, "/whep/r1", "/whep/r1/camera"):
        answer = await client.options(path, headers=asked)
        assert answer.status_code == 200 and answer.headers["Accept-Post"] == "application/sdp"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        for method in ("POST", "PATCH", "DELETE"):
            assert method in answer.headers["Access-Control-Allow-Methods"]
        for header in ("Authorization", "Content-Type", "If-Match"):
            assert header in answer.headers["Access-Control-Allow-Headers"]


async def test_what_a_page_may_read_is_exposed(client: httpx2.AsyncClient) -> None:
    for answer in (await publish(client), await watch(client, "nobody")):
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert all(name in exposed for name in ("Location", "ETag", "Link", "Retry-After"))


async def test_a_patch_of_another_type_or_a_broken_fragment_is_4xx(rig: Rig, client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    for body, kind, status in (
        (SAME, "application/sdp", 415),
        (SAME, "application/json", 415),
        ("{}", "application/trickle-ice-sdpfrag", 400),
        ("a=ice-ufrag:abcd\r\n", "application/trickle-ice-sdpfrag", 400),
        ("a=ice-ufrag:a\r\na=ice-pwd:" + "p" * 24, "application/trickle-ice-sdpfrag", 400),
        ("a=ice-ufrag:abcd\r\na=ice-pwd:short", "application/trickle-ice-sdpfrag", 400),
        (section("audio", ufrag="one1") + section("video", ufrag="two2"), "application/trickle-ice-sdpfrag", 400),
        ("a=candidate:x\r\n" * 2_000, "application/trickle-ice-sdpfrag", 400),
        ("\xff", "application/trickle-ice-sdpfrag", 400),
    ):
        content = body.encode("latin-1")
        headers = {"Content-Type": kind, "If-Match": opened.headers["ETag"]}
        assert (await client.patch(opened.headers["Location"], content=content, headers=headers)).status_code == status
    assert len(rig.worker.sessions) == 1 and rig.worker.counters.ice_restarts == 0


async def test_entity_tags_are_strong_and_unique_to_an_ice_session(client: httpx2.AsyncClient) -> None:
    tags = []
    for room in ("r1", "r2"):
        opened = await publish(client, room)
        tags.append(opened.headers["ETag"])
        for ufrag in ("one1", "two2"):
            tags.append((await patch(client, opened, section("audio", ufrag=ufrag), "*")).headers["ETag"])
    assert len(set(tags)) == 6
    assert all(re.fullmatch(r'"[^"]+"', tag) for tag in tags), "no W/"


@pytest.mark.parametrize("match", ['"stale"', "*", 'W/"weak"'])
async def test_delete_ignores_entity_tags(rig: Rig, client: httpx2.AsyncClient, match: str) -> None:
    opened = await publish(client)
    assert (await client.delete(opened.headers["Location"], headers={"If-Match": match})).status_code == 200
    assert not rig.worker.sessions


async def test_the_answer_has_all_candidates(rig: Rig, client: httpx2.AsyncClient) -> None:
    answer = (await publish(client)).text
    for part in answer.split("\r\nm=")[1:]:
        assert re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host", part) == [
            ("127.0.0.1", str(rig.worker.udp_port))
        ]
        assert part.rstrip().endswith("a=end-of-candidates")


async def test_a_fragment_of_the_rfc_is_understood(client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    for body in (SAME, SAME.replace("\r\n", "\n"), SAME + "a=end-of-candidates\r\n", "a=end-of-candidates\r\n", ""):
        assert (await patch(client, opened, body, opened.headers["ETag"])).status_code == 204


async def test_a_condition_is_needed_and_checked(client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    tag = opened.headers["ETag"]
    assert (await patch(client, opened, SAME, None)).status_code == 428
    for wrong in ('"stale"', f"W/{tag}", tag.strip('"')):
        assert (await patch(client, opened, SAME, wrong)).status_code == 412
    for right in (tag, f'"stale", {tag}', "*"):
        assert (await patch(client, opened, SAME, right)).status_code == 204


async def test_trickled_candidates_are_204_without_body_and_etag(client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    answer = await patch(client, opened, SAME, opened.headers["ETag"])
    assert answer.status_code == 204
    assert not answer.content and "ETag" not in answer.headers


async def test_candidates_that_cannot_be_used_are_dropped_silently(client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    strange = (
        "a=candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "a=candidate:2 1 udp 1 b7a3.local 4000 typ host",
        "a=candidate:3 1 quic 1 nowhere.invalid 4000 typ moon",
        "a=candidate:",
    )
    body = section("audio", *strange, ufrag="peer", password="p" * 24)
    assert (await patch(client, opened, body, opened.headers["ETag"])).status_code == 204


async def test_new_credentials_are_a_restart_under_any_true_condition(rig: Rig, client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    tag = opened.headers["ETag"]
    for place, match in enumerate((tag, "*", '"*"')):  # the RFC's example has quotes
        assert (await patch(client, opened, section("audio", ufrag=f"new{place}"), match)).status_code == 200
    assert rig.worker.counters.ice_restarts == 3


async def test_a_restart_is_answered_with_a_fragment_and_a_new_etag(client: httpx2.AsyncClient) -> None:
    opened = await publish(client)
    answer = await patch(client, opened, section("audio", ufrag="fresh"), "*")
    assert answer.status_code == 200 and answer.headers["Content-Type"] == FRAGMENT["Content-Type"]
    assert answer.headers["ETag"] != opened.headers["ETag"]
    for name in ("ufrag", "pwd"):
        old, new = (re.search(rf"a=ice-{name}:(\S+)", text) for text in (opened.text, answer.text))
        assert old is not None and new is not None and old[1] != new[1]
    ice = r"a=(?:ice-lite|ice-options.*|ice-pacing.*)"
    assert re.findall(ice, answer.text) == re.findall(ice, opened.text) == ["a=ice-lite"]
    assert re.findall(r"a=candidate:.*", answer.text)[0] == re.findall(r"a=candidate:.*", opened.text)[0]
    assert answer.text.count("m=") == 1 and "a=mid:audio" in answer.text and "a=group:BUNDLE audio video" in answer.text


async def test_a_refused_restart_leaves_the_session_alone(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    headers = FRAGMENT | {"If-Match": '"stale"'}
    refused = await client.patch(live.location, content=section("audio", ufrag="fresh"), headers=headers)
    assert refused.status_code == 412
    live._checked.clear()
    live.check()  # with the credentials that it has always had
    await until(live._checked.is_set, "the check is answered")
    assert len(rig.worker.sessions) == 1


async def test_media_are_bundled_and_multiplexed(client: httpx2.AsyncClient) -> None:
    answer = (await publish(client)).text
    assert "a=group:BUNDLE audio video" in answer
    parts = answer.split("\r\nm=")[1:]
    assert all("a=rtcp-mux\r\n" in part and "a=rtcp-mux-only\r\n" in part for part in parts)
    assert len({part.split()[1] for part in parts}) == 1, "one port"


async def test_two_tracks_of_a_kind_are_422(rig: Rig, client: httpx2.AsyncClient) -> None:
    twice = offer_text("sendonly", kinds="video")
    part = twice[twice.index("m=video") :].replace("a=mid:video", "a=mid:other")
    refused = await client.post("/whip/r1", content=twice + part, headers=SDP | ANN)
    assert (refused.status_code, refused.json()["code"]) == (422, "offer-unsupported")
    assert not rig.worker.sessions


async def test_redirects_are_307(rig: Rig) -> None:
    async with running(quick(worker_id="media-0@other"), rig, public=True) as other:
        rig.door.homes["r1"] = other.url
        async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
            for sent in (await publish(client), await watch(client)):
                assert sent.status_code == 307
                assert sent.headers["Location"].startswith(other.url)
                assert sent.headers["Access-Control-Allow-Origin"] == "*"


async def test_bearer_tokens_are_asked_for_and_honoured(client: httpx2.AsyncClient) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YW5uOmFubg=="}):
        refused = await client.post("/whip/r1", content=PUBLISH, headers=SDP | headers)
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    for scheme in ("Bearer", "bearer"):
        answer = await client.post("/whip/r1", content=PUBLISH, headers=SDP | {"Authorization": f"{scheme} ann"})
        assert answer.status_code == 201


async def test_simulcast_is_answered(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/whip/r1", content=SIMULCAST, headers=SDP | ANN)
    assert answer.status_code == 201 and re.search(r"a=simulcast:recv \S+", answer.text)


async def test_no_extension_is_advertised_or_required(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    rig.ice_servers = ()
    for opened in (await publish(client, "r2"), await watch(client)):
        assert opened.status_code == 201
        assert not any("urn:ietf:params:whip:ext" in link for link in opened.headers.get_list("Link"))
        assert not any("server-sent-events" in link for link in opened.headers.get_list("Link"))


# --- what is recommended, or left open


async def test_ice_servers_are_links_in_the_201_and_in_no_preflight() -> None:
    async with running() as rig:
        rig.ice_servers = (
            '<stun:s.example:3478>; rel="ice-server"',
            '<turn:t.example>; rel="ice-server"; username="u"',
        )
        async with httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
            assert tuple((await publish(client)).headers.get_list("Link")) == rig.ice_servers
            preflight = {"Origin": "https://elsewhere", "Access-Control-Request-Method": "POST"}
            assert "Link" not in (await client.options("/whip/r1", headers=preflight)).headers


async def test_an_endpoint_names_its_methods(client: httpx2.AsyncClient) -> None:
    paths, methods = ("/whip/r1", "/whep/r1", "/whep/r1/camera"), ("PUT", "PATCH", "DELETE")
    for path, method in itertools.product(paths, methods):
        refused = await client.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (405, "method-not-allowed")
        assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_session_names_its_methods(client: httpx2.AsyncClient, method: str) -> None:
    refused = await client.request(method, (await publish(client)).headers["Location"])
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


async def test_who_cannot_take_sdp_is_told_so(client: httpx2.AsyncClient) -> None:
    for accept, status in (
        ("application/sdp", 201),
        ("*/*", 201),
        ("text/html, application/*;q=0.5", 201),
        ("application/json", 406),
        ("text/html, application/sdp;q=0", 406),
    ):
        answer = await client.post("/whip/r1", content=PUBLISH, headers=SDP | ANN | {"Accept": accept})
        assert answer.status_code == status


async def test_overload_is_503_with_retry_after() -> None:
    async with running(quick(max_sessions=1)) as rig, httpx2.AsyncClient(base_url=rig.url, trust_env=False) as client:
        await publish(client)
        refused = await publish(client, "r2")
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) >= 1


async def test_a_users_flood_is_429_with_retry_after(client: httpx2.AsyncClient) -> None:
    answers = [await publish(client) for _ in range(SessionRules().per_user + 10)]
    assert all(answer.status_code == 201 for answer in answers[: SessionRules().per_user])
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-sessions")
    assert int(refused.headers["Retry-After"]) >= 1 and refused.headers["Access-Control-Allow-Origin"] == "*"


async def test_an_addresss_flood_is_429(rig: Rig, client: httpx2.AsyncClient) -> None:
    """RFC 9725, section 5."""
    burst, now_ms = SessionRules().per_address, SystemClock().now_ms() + 60_000  # nothing grows back meanwhile
    session = "/whep/r1/sessions/x"
    for method, path, act in (
        ("POST", "/whep/r1", "open"),
        ("PATCH", session, "change"),
        ("DELETE", session, "change"),
        ("POST", "/whep/r1/sessions/x/layer", "change"),
    ):
        while await rig.talk.take_token("media", f"{act}:127.0.0.1", 0.001, burst, now_ms):
            pass
        refused = await client.request(method, path)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) >= 1


async def test_two_hundred_viewers_behind_one_address_join_at_once() -> None:
    limits = SessionLimits(MemoryTalk(), SystemClock())
    request = Request({"type": "http", "headers": [], "client": ("192.0.2.1", 5000)})
    for _ in range(200):
        await limits.check_address(request, "open")
