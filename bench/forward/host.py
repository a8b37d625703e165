"""The host: plays a recording in real time, to a WHIP endpoint of ours or as plain RTP to a mountpoint of Janus."""

import asyncio
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import uvloop
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from bench.forward.child import Commands, serve
from bench.forward.recording import AUDIO_RATE, Piece, Recording
from streaming.media.packet import MediaKind
from streaming.media.wire.reception import ntp_from_us
from tests.media.live import LivePeer
from tests.streaming.media.peer import AUDIO_SSRC, VIDEO_SSRC, Peer

NUMBERS: dict[MediaKind, int] = {"video": 102, "audio": 111}
SSRCS: dict[MediaKind, int] = {"video": VIDEO_SSRC, "audio": AUDIO_SSRC}
TRANSPORT_CC = 3
REPORT_EVERY_S = 1.0


class Outlet(Protocol):
    extended: bool
    """Whether packets carry a transport-wide number."""

    def send(self, kind: MediaKind, packet: bytes) -> None: ...

    def report(self, timestamps: dict[MediaKind, int]) -> None: ...

    @property
    def asked(self) -> int:
        """Keyframe requests so far."""

    async def close(self) -> None: ...

    async def vanish(self) -> None: ...


class WhipOutlet:
    extended = True

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    @classmethod
    async def open(cls, url: str, token: str, through: int) -> "WhipOutlet":
        peer = await LivePeer(through).connect(url, token=token)
        if peer.status != 201:
            raise RuntimeError(f"WHIP: {peer.status} {peer.problem}")
        return cls(peer)

    def send(self, kind: MediaKind, packet: bytes) -> None:
        self._peer.secure.send_rtp(packet)

    def report(self, timestamps: dict[MediaKind, int]) -> None:
        now = time.time_ns() // 1000
        compound = b""
        for kind, timestamp in timestamps.items():
            sender = RtcpSenderInfo(ntp_from_us(now), timestamp & 0xFFFFFFFF, 1, 1)
            compound += bytes(RtcpSrPacket(ssrc=SSRCS[kind], sender_info=sender))
        self._peer.secure.send_rtcp(compound)
        self._peer.heard.feedback.clear()

    @property
    def asked(self) -> int:
        return self._peer.heard.keyframe_requests()

    async def close(self) -> None:
        await self._peer.close()

    async def vanish(self) -> None:
        """Go without a farewell, as a host whose network is gone."""
        self._peer.secure.vanish()
        await self._peer.close()


class PlainOutlet:
    extended = False
    asked = 0

    def __init__(self, audio_port: int, video_port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._ports: dict[MediaKind, int] = {"audio": audio_port, "video": video_port}

    def send(self, kind: MediaKind, packet: bytes) -> None:
        self._socket.sendto(packet, ("127.0.0.1", self._ports[kind]))

    def report(self, timestamps: dict[MediaKind, int]) -> None:
        pass

    async def close(self) -> None:
        self._socket.close()

    vanish = close  # plain RTP has no farewell


class Host(Commands):
    def __init__(self) -> None:
        self._outlet: Outlet | None = None
        self._playing: asyncio.Task[None] | None = None
        self._sequences: dict[MediaKind, int] = {"video": 1000, "audio": 2000}
        self._transport_sequence = 0

    async def do_publish(
        self, url: str, token: str, recording: str, when_asked: bool = False, through: int = 0
    ) -> dict[str, Any]:
        """By WHIP; ``through``: the port of a relay before the server's, 0 without.

        ``when_asked``: go on with the recording's next keyframe whenever one is asked for.
        """
        try:
            outlet = await WhipOutlet.open(url, token, through)
        except (RuntimeError, TimeoutError, OSError) as error:
            return {"failed": repr(error)}
        return await self._begin(outlet, recording, when_asked)

    async def do_plain(self, audio_port: int, video_port: int, recording: str) -> dict[str, Any]:
        return await self._begin(PlainOutlet(audio_port, video_port), recording, False)

    async def _begin(self, outlet: Outlet, recording: str, when_asked: bool) -> dict[str, Any]:
        self._outlet = outlet
        self._playing = asyncio.create_task(self._play(outlet, Recording(Path(recording)), when_asked), name="play")
        return {}

    async def do_asked(self) -> dict[str, Any]:
        if self._playing is not None and self._playing.done():
            await self._playing  # says what ended it
        return {"asked": self._outlet.asked if self._outlet is not None else 0}

    async def do_stop(self, politely: bool = True) -> dict[str, Any]:
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
        if self._outlet is not None:
            await (self._outlet.close() if politely else self._outlet.vanish())
        self._outlet = self._playing = None
        return {}

    async def _play(self, outlet: Outlet, recording: Recording, when_asked: bool) -> None:
        began, base, reported, asked = time.monotonic(), 0.0, 0.0, outlet.asked
        place, pieces = 0, recording.pieces
        while True:
            piece = pieces[place]
            if when_asked and outlet.asked > asked and piece.kind == "video":
                asked = outlet.asked
                place, skipped = _next_keyframe(pieces, place)
                base -= skipped
                piece = pieces[place]
            due = base + piece.at
            late = began + due - time.monotonic()
            if late > 0:
                await asyncio.sleep(late)
            self._send(outlet, piece, due)
            if due - reported > REPORT_EVERY_S:
                reported = due
                outlet.report({"video": round(due * 90_000), "audio": round(due * AUDIO_RATE)})
            place += 1
            if place == len(pieces):
                place, base = 0, base + recording.seconds

    def _send(self, outlet: Outlet, piece: Piece, due: float) -> None:
        timestamp = round(due * (90_000 if piece.kind == "video" else AUDIO_RATE)) & 0xFFFFFFFF
        for number, payload in enumerate(piece.payloads):
            last = piece.kind == "video" and number == len(piece.payloads) - 1
            self._sequences[piece.kind] = sequence = (self._sequences[piece.kind] + 1) & 0xFFFF
            second = NUMBERS[piece.kind] | (0x80 if last else 0)
            first = 0x90 if outlet.extended else 0x80
            head = struct.pack("!BBHII", first, second, sequence, timestamp, SSRCS[piece.kind])
            if outlet.extended:
                self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
                head += struct.pack("!HHBHx", 0xBEDE, 1, TRANSPORT_CC << 4 | 1, self._transport_sequence)
            outlet.send(piece.kind, head + payload)


def _next_keyframe(pieces: list[Piece], place: int) -> tuple[int, float]:
    """Where the next keyframe is, and how many seconds are left out by going there (negative: it is behind us)."""
    at = next((n for n in range(place, len(pieces)) if pieces[n].keyframe), None)
    if at is None:
        at = next(n for n, piece in enumerate(pieces) if piece.keyframe)
    return at, pieces[at].at - pieces[place].at


async def main() -> None:
    await serve(Host())


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
