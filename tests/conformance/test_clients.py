"""Clients as they are: OBS, FFmpeg, Firefox and Safari, by their recorded habits.

Their offers are recorded ones with our peer's credentials in place of theirs, so that ICE and DTLS really happen.
FFmpeg itself publishes in `tests/streaming/media/test_ffmpeg.py`.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.conformance.http import ANN, SDP
from tests.streaming.media.peer import CERTIFICATE, Peer
from tests.streaming.media.rig import Rig, until

RECORDED = Path(__file__).parents[1] / "streaming" / "media" / "offers"
HERE = Path(__file__).parent / "offers"


def recorded(path: Path) -> str:
    text = "\r\n".join(path.read_text().splitlines()) + "\r\n"
    text = re.sub(r"a=fingerprint:\S+ \S+", f"a=fingerprint:sha-256 {CERTIFICATE.sha256}", text)
    text = re.sub(r"a=ice-ufrag:\S+", "a=ice-ufrag:peer", text)
    return re.sub(r"a=ice-pwd:\S+", "a=ice-pwd:" + "p" * 24, text)


class Client(Peer):
    """A peer that offers what somebody else has offered."""

    async def offers(self, client: httpx2.AsyncClient, path: str, offer: str, headers: dict[str, str]) -> "Client":
        response = await client.post(path, content=offer, headers=SDP | headers)
        assert response.status_code == 201, response.text
        self.answer, self.location = response.text, response.headers["Location"]
        setup = re.search(r"a=setup:(\S+)", offer)
        assert setup is not None
        await self._secure(setup[1])
        return self


async def connected(rig: Rig) -> None:
    await until(lambda: all(session.connected for session in rig.worker.sessions.values()), "DTLS is done")


async def test_obs(rig: Rig, client: httpx2.AsyncClient) -> None:
    """201 with a body, a relative Location without a query, no PATCH, no If-Match, DELETE must be 200."""
    offer = recorded(RECORDED / "obs_31_publishes.sdp")
    assert "a=candidate" not in offer
    habits = ANN | {"Accept": "*/*", "User-Agent": "Mozilla/5.0 (OBS-Studio/31.0; Linux x86_64; en-US)"}
    obs = await Client().offers(client, "/whip/r1", offer, habits)
    assert len(obs.answer) > 0
    place = urlsplit(obs.location)
    assert not place.netloc and not place.query and place.path.startswith("/")
    await connected(rig)
    ended = await client.delete(place.path, headers=ANN)
    assert ended.status_code == 200
    assert not rig.worker.sessions
    await obs.close()


async def test_obs_reads_one_server_from_each_link(rig: Rig, client: httpx2.AsyncClient) -> None:
    """It splits at commas and knows stun: and turn: only; what it does not know it skips."""
    rig.ice_servers = (
        '<stun:s.example:3478>; rel="ice-server"',
        '<turn:t.example:3478>; rel="ice-server"; username="1:u"',
    )
    offer = recorded(RECORDED / "obs_31_publishes.sdp")
    links = (await client.post("/whip/r1", content=offer, headers=SDP | ANN)).headers.get_list("Link")
    assert len(links) == 2 and not any("," in link for link in links)


async def test_ffmpeg_insists_on_being_the_dtls_server(rig: Rig, client: httpx2.AsyncClient) -> None:
    """We are the DTLS client then, and say nothing before his first check has told us where he is."""
    # The level is its encoder's; at 720p it says 42001f: baseline, not constrained.
    offer = recorded(RECORDED / "ffmpeg_9_publishes.sdp").replace("42000c", "42001f")
    assert "a=setup:passive" in offer and "profile-level-id=42001f" in offer
    ffmpeg = await Client().offers(client, "/whip/r1", offer, ANN)
    assert "a=setup:active" in ffmpeg.answer
    assert "profile-level-id=42001f" in ffmpeg.answer
    await connected(rig)
    await ffmpeg.close()


@pytest.mark.parametrize("name", ["firefox_publishes", "safari_publishes"])
async def test_browsers_publish(rig: Rig, client: httpx2.AsyncClient, name: str) -> None:
    browser = await Client().offers(client, "/whip/r1", recorded(HERE / f"{name}.sdp"), ANN)
    assert re.findall(r"profile-level-id=(\w+)", browser.answer) == ["42e01f"], (
        "never high, though Safari names it first"
    )
    assert "packetization-mode=1" in browser.answer
    await connected(rig)
    await browser.close()


async def test_firefox_watches(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    """Session-level fingerprint and options, extensions with a direction, msid-semantic of its own."""
    offer = recorded(RECORDED / "firefox_145_watches.sdp")
    browser = await Client().offers(client, "/whep/r1", offer, {})
    assert "packetization-mode=1" in browser.answer
    await connected(rig)
    await browser.close()


async def test_safari_watches(rig: Rig, client: httpx2.AsyncClient, live: Peer) -> None:
    offer = recorded(HERE / "safari_publishes.sdp").replace("a=sendonly", "a=recvonly")
    browser = await Client().offers(client, "/whep/r1", offer, {})
    assert re.findall(r"profile-level-id=(\w+)", browser.answer) == ["42e01f"]
    await connected(rig)
    await browser.close()


@pytest.mark.parametrize("ufrag", ["//pY", "MdES", "157422a5909f3050"])
async def test_browsers_user_fragments_come_through_a_restart(client: httpx2.AsyncClient, ufrag: str) -> None:
    """ice-char has + and /, and Safari makes use of them."""
    offer = recorded(HERE / "safari_publishes.sdp")
    opened = await client.post("/whip/r1", content=offer, headers=SDP | ANN)
    body = f"a=ice-options:trickle\r\na=ice-ufrag:{ufrag}\r\na=ice-pwd:svCwcEunmp3xe5js1YGHMWI8\r\n"
    headers = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
    answer = await client.patch(opened.headers["Location"], content=body, headers=headers)
    assert answer.status_code == 200
