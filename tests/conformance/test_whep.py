"""draft-ietf-wish-whep-03 where it differs from WHIP: see `statements.py`."""

import re

import httpx2
import pytest

from tests.conformance.http import PUBLISH, SAME, SDP, WATCH, patch, section, watch
from tests.streaming.media.peer import Peer, offer_text
from tests.streaming.media.pictures import RED, encode_colour
from tests.streaming.media.rig import Rig, until


async def test_get_and_head_say_that_offers_are_taken_here(client: httpx2.AsyncClient) -> None:
    for path in ("/whep/r1", "/whep/r1/camera"):
        got, head = await client.get(path), await client.head(path)
        assert got.status_code == head.status_code == 200
        assert not got.content and not head.content
        ignored = {"date"}
        assert {k: v for k, v in got.headers.items() if k not in ignored} == {
            k: v for k, v in head.headers.items() if k not in ignored
        }
        assert head.headers["Content-Type"].partition(";")[0] == "application/sdp"


async def test_an_offer_is_accepted_with_201(client: httpx2.AsyncClient, live: Peer) -> None:
    for path in ("/whep/r1", "/whep/r1/camera"):
        answer = await client.post(path, content=WATCH, headers=SDP)
        assert answer.status_code == 201
        assert answer.headers["Content-Type"].partition(";")[0] == "application/sdp"
        assert answer.headers["Location"].startswith(path + "/sessions/") and answer.headers["ETag"]
        assert answer.text.count("a=sendonly") == 2
        assert len(set(re.findall(r"a=msid:(\S+)", answer.text))) == 1
        assert answer.text.count("a=rtcp-mux-only") == 2 and "a=group:BUNDLE" in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (WATCH, "text/plain", 415),
        ("nonsense", "application/sdp", 400),
        (WATCH + "a=x\r\n" * 20_000, "application/sdp", 413),
    ],
)
async def test_another_type_or_a_broken_offer_is_4xx_here_too(
    rig: Rig, client: httpx2.AsyncClient, live: Peer, content: str, kind: str, status: int
) -> None:
    refused = await client.post("/whep/r1", content=content, headers={"Content-Type": kind})
    assert refused.status_code == status
    assert len(rig.worker.sessions) == 1  # the host


@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
async def test_watch_offers_in_a_wrong_direction_are_refused(
    client: httpx2.AsyncClient, live: Peer, direction: str
) -> None:
    refused = await client.post("/whep/r1", content=offer_text(direction), headers=SDP)
    assert refused.status_code == 422


async def test_a_sendrecv_offer_is_accepted(client: httpx2.AsyncClient, live: Peer) -> None:
    answer = await client.post("/whep/r1", content=offer_text("sendrecv"), headers=SDP)
    assert answer.status_code == 201 and answer.text.count("a=sendonly") == 2


async def test_not_live_is_409_with_retry_after(rig: Rig, client: httpx2.AsyncClient) -> None:
    refused = await watch(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "not-live")
    assert int(refused.headers["Retry-After"]) >= 1
    assert not rig.worker.sessions and not rig.worker.rooms


async def test_after_delete_a_viewer_gets_nothing(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    bob = await Peer().connect(f"{rig.url}/whep/r1")
    await live.stream(encode_colour(RED, 3))
    await bob.seen(1)
    assert (await client.delete(bob.location)).status_code == 200
    bob.raw.clear()
    packets, refused = rig.worker.counters.packets_in, rig.worker.counters.checks_refused
    bob.check()
    await live.stream(encode_colour(RED, 3))
    await until(lambda: rig.worker.counters.packets_in >= packets + 3, "the host goes on")
    await until(lambda: rig.worker.counters.checks_refused > refused, "his check is refused")
    assert not [datagram for datagram in bob.raw if 127 < datagram[0] < 192]
    await bob.close()


async def test_patches_are_as_for_publishers(client: httpx2.AsyncClient, live: Peer) -> None:
    opened = await watch(client)
    tag = opened.headers["ETag"]
    assert (await patch(client, opened, SAME, None)).status_code == 428
    assert (await patch(client, opened, SAME, '"stale"')).status_code == 412
    assert (await patch(client, opened, "{}", tag)).status_code == 400
    trickled = await patch(client, opened, SAME, tag)
    assert trickled.status_code == 204 and not trickled.content and "ETag" not in trickled.headers
    restarted = await patch(client, opened, section("audio", ufrag="fresh"), "*")
    assert restarted.status_code == 200 and restarted.headers["ETag"] != tag
    assert restarted.headers["Content-Type"] == "application/trickle-ice-sdpfrag"
    assert (await client.delete(opened.headers["Location"])).status_code == 200


async def test_the_layer_extension_is_advertised_with_a_link_of_its_own_and_takes_rids(
    rig: Rig, client: httpx2.AsyncClient, live: Peer
) -> None:
    opened = await watch(client)
    (link,) = [each for each in opened.headers.get_list("Link") if "urn:ietf:params:whep:ext" in each]
    address = f"{opened.headers['Location']}/layer"
    assert link == f'<{address}>; rel="urn:ietf:params:whep:ext:core:layer"'
    session = address.split("/")[-2].split(".")[1]
    # The draft's own example misspells the media type and has no quotes around a name; neither is meant.
    for wanted, rid in (({"mediaId": "0", "rid": "half"}, "half"), ({"mediaId": "0"}, "auto")):
        assert (await client.post(address, json=wanted)).status_code == 200
        assert rig.worker.sessions.chosen_layer(session) == rid
    refused = await client.post(address, json={"mediaId": "0", "rid": "hd"})
    assert refused.status_code == 400 and refused.headers["Content-Type"] == "application/problem+json"


async def test_a_bearer_token_is_honoured_where_one_is_needed(client: httpx2.AsyncClient, live: Peer) -> None:
    refused = await client.post("/whip/r1", content=PUBLISH, headers=SDP)
    assert refused.status_code == 401 and refused.headers["WWW-Authenticate"] == "Bearer"
    answer = await client.post("/whep/r1", content=WATCH, headers=SDP | {"Authorization": "Bearer bob"})
    assert answer.status_code == 201
