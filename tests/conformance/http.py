"""Requests as WHIP and WHEP clients make them."""

import httpx2

from streaming.media.wire import stream_id
from tests.streaming.media.peer import offer_text

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
ANN = {"Authorization": "Bearer ann"}
PUBLISH, WATCH = offer_text("sendonly"), offer_text("recvonly")
SIMULCAST = (
    PUBLISH
    + f"a=extmap:4 {stream_id.MID_URI}\r\na=extmap:10 {stream_id.RID_URI}\r\n"
    + "a=rid:l send\r\na=rid:h send\r\na=simulcast:send l;h\r\n"
)
PASSWORD = "q" * 24


def section(kind: str, *lines: str, ufrag: str, password: str = PASSWORD) -> str:
    """A fragment with one section, as RFC 9725 shows it."""
    said = [
        "a=ice-options:trickle ice2",
        "a=group:BUNDLE audio video",
        f"m={kind} 9 UDP/TLS/RTP/SAVPF 111",
        f"a=mid:{kind}",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{password}",
        *lines,
    ]
    return "\r\n".join(said) + "\r\n"


SAME = section("audio", "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host", ufrag="peer", password="p" * 24)


async def publish(client: httpx2.AsyncClient, room: str = "r1") -> httpx2.Response:
    return await client.post(f"/whip/{room}", content=PUBLISH, headers=SDP | ANN)


async def watch(client: httpx2.AsyncClient, room: str = "r1") -> httpx2.Response:
    return await client.post(f"/whep/{room}", content=WATCH, headers=SDP)


async def patch(client: httpx2.AsyncClient, opened: httpx2.Response, body: str, match: str | None) -> httpx2.Response:
    condition = {} if match is None else {"If-Match": match}
    return await client.patch(opened.headers["Location"], content=body, headers=FRAGMENT | condition)
