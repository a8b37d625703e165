"""How a viewer of the load meets a server: WHEP (ours and stock aiortc's), or the API of Janus' streaming plugin."""

import asyncio
import contextlib
import itertools
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

import websockets

from bench.forward.http import ask
from bench.forward.janus import own_address

VIDEO, AUDIO = 102, 111
PATIENCE_S = 20.0
_PROFILE = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"


class Refused(Exception):
    """The server would not have this viewer."""


@dataclass(frozen=True)
class Local:
    """What a viewer says of itself."""

    ufrag: str
    password: str
    fingerprint: str
    address: tuple[str, int]


@dataclass(frozen=True)
class Remote:
    """What he needs to know of the server."""

    ufrag: str
    password: str
    fingerprint: str
    active: bool
    """The server is the DTLS client."""
    address: tuple[str, int]


class Signalling(Protocol):
    host: str
    """The local address by which the server is reached."""

    async def meet(self, local: Local) -> Remote: ...

    async def leave(self) -> None: ...


def remote_of(sdp: str) -> Remote:
    def said(pattern: str) -> str:
        found = re.search(pattern, sdp)
        if found is None:
            raise Refused(f"no {pattern} in {sdp}")
        return found[1]

    candidates = re.findall(r"a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host", sdp, re.IGNORECASE)
    if not candidates:
        raise Refused(f"no candidate in {sdp}")
    return Remote(
        said(r"a=ice-ufrag:(\S+)"),
        said(r"a=ice-pwd:(\S+)"),
        said(r"a=fingerprint:sha-256 (\S+)"),
        said(r"a=setup:(\S+)") == "active",
        (candidates[0][0], int(candidates[0][1])),
    )


def description(local: Local, setup: str, mids: tuple[str, str] = ("audio", "video")) -> str:
    """An offer (``setup`` actpass) or an answer of a viewer who takes H.264 and Opus only."""
    host, port = local.address
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", f"a=group:BUNDLE {' '.join(mids)}"]
    for kind, mid in zip(("audio", "video"), mids, strict=True):
        number, codec = (VIDEO, "H264/90000") if kind == "video" else (AUDIO, "opus/48000/2")
        lines += [
            f"m={kind} {port} UDP/TLS/RTP/SAVPF {number}",
            f"c=IN IP4 {host}",
            f"a=mid:{mid}",
            "a=recvonly",
            "a=rtcp-mux",
            f"a=ice-ufrag:{local.ufrag}",
            f"a=ice-pwd:{local.password}",
            f"a=fingerprint:sha-256 {local.fingerprint}",
            f"a=setup:{setup}",
            f"a=rtpmap:{number} {codec}",
            *([f"a=fmtp:{number} {_PROFILE}"] if kind == "video" else []),
            *([f"a=rtcp-fb:{number} nack", f"a=rtcp-fb:{number} nack pli"] if kind == "video" else []),
            f"a=candidate:1 1 udp 2130706431 {host} {port} typ host",
            "a=end-of-candidates",
        ]
    return "\r\n".join(lines) + "\r\n"


class Whep:
    """draft-ietf-wish-whep: POST an offer, DELETE the session."""

    host = "127.0.0.1"

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = ""

    async def meet(self, local: Local) -> Remote:
        offer = description(local, "actpass").encode()
        status, headers, body = await ask("POST", self._url, offer, {"Content-Type": "application/sdp"})
        if status != 201:
            raise Refused(f"{status} {body.decode()[:300]}")
        self._session = urljoin(self._url, headers["location"])
        return remote_of(body.decode())

    async def leave(self) -> None:
        if self._session:
            await ask("DELETE", self._session)


class JanusConnection:
    """One WebSocket and one session of Janus' API; a plugin handle each viewer."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count(1)
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._offers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session = 0

    async def open(self) -> None:
        self._socket = await websockets.connect(self._url, subprotocols=["janus-protocol"])  # type: ignore[list-item]
        self._reading = asyncio.create_task(self._read(), name="janus")
        self._session = (await self.say({"janus": "create"}))["data"]["id"]

    async def close(self) -> None:
        await self._socket.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in self._socket:
                said = json.loads(text)
                transaction = said.get("transaction")
                if "jsep" in said and (waiting := self._offers.get(said["sender"])) and not waiting.done():
                    waiting.set_result(said)
                elif transaction in self._answers and not self._answers[transaction].done():
                    self._answers[transaction].set_result(said)

    async def say(self, message: dict[str, Any]) -> dict[str, Any]:
        transaction = str(next(self._numbers))
        waiting = self._answers[transaction] = asyncio.get_running_loop().create_future()
        if self._session:
            message["session_id"] = self._session
        await self._socket.send(json.dumps({**message, "transaction": transaction}))
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer: dict[str, Any] = await waiting
        finally:
            del self._answers[transaction]
        if answer["janus"] == "error":
            raise Refused(str(answer["error"]))
        return answer

    async def attach(self) -> int:
        answer = await self.say({"janus": "attach", "plugin": "janus.plugin.streaming"})
        handle = int(answer["data"]["id"])
        self._offers[handle] = asyncio.get_running_loop().create_future()
        return handle

    async def offer(self, handle: int) -> str:
        async with asyncio.timeout(PATIENCE_S):
            said = await self._offers[handle]
        del self._offers[handle]
        sdp: str = said["jsep"]["sdp"]
        return sdp


class JanusStream:
    """A viewer of mountpoint 1: Janus offers, the viewer answers."""

    def __init__(self, connection: JanusConnection) -> None:
        self._connection = connection
        self._handle = 0
        self.host = own_address()

    async def meet(self, local: Local) -> Remote:
        self._handle = await self._connection.attach()
        watch = {"janus": "message", "handle_id": self._handle, "body": {"request": "watch", "id": 1}}
        await self._connection.say(watch)
        offer = await self._connection.offer(self._handle)
        kinds = re.findall(r"m=(\w+) ", offer)
        mids = dict(zip(kinds, re.findall(r"a=mid:(\S+)", offer), strict=True))
        answer = description(local, "active", (mids["audio"], mids["video"]))
        await self._connection.say(
            {
                "janus": "message",
                "handle_id": self._handle,
                "body": {"request": "start"},
                "jsep": {"type": "answer", "sdp": answer},
            }
        )
        return remote_of(offer)

    async def leave(self) -> None:
        if self._handle:
            await self._connection.say({"janus": "detach", "handle_id": self._handle})
