"""A host in virtual time: RTP and RTCP straight into an `Ingest`, and what it gives to its source and back to him."""

import struct
from dataclasses import replace

from aiortc.rtp import AnyRtcpPacket, RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket

from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.ingest import Ingest
from streaming.media.offer import read_offer
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.source import Source
from streaming.media.wire import capture_time, rtp, stream_id
from streaming.media.wire.reception import ntp_from_us
from tests.streaming.media.peer import AUDIO, VIDEO, offer_text
from tests.streaming.media.rig import quick

SECOND = 1_000_000
BEGAN = 1_800_000_000 * SECOND
RID, CAPTURED = 10, 9
EXTENSIONS = f"a=extmap:{RID} {stream_id.RID_URI}\r\n"
SIMULCAST = EXTENSIONS + "a=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m;h\r\n"


def two_bytes(*elements: tuple[int, bytes]) -> bytes:
    body = b"".join(bytes([number, len(value)]) + value for number, value in elements)
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", 0x1003, len(body) // 4) + body


class Host:
    """`now_us` moves only when the test moves it. `lines` go to the offer's picture section."""

    def __init__(self, lines: str = "", *, transport_cc: bool = True, stamped: bool = False, **changes: object) -> None:
        text = offer_text("sendonly")
        if stamped:
            text = text.replace("a=setup", f"a=extmap:{CAPTURED} {capture_time.URI}\r\na=setup")
        if not transport_cc:
            text = text.replace("transport-cc", "goog-remb")
        self.offer = read_offer((text + lines).encode(), "publish")
        self.now_us = BEGAN
        self.got: list[tuple[MediaKind, SourcePacket]] = []
        self.sent: list[bytes] = []
        self.counters = Counters()
        settings = replace(quick(), **changes)  # type: ignore[arg-type]
        self.source = Source(SourceKind.CAMERA, settings, self.counters, lambda layer: None, self._listen)
        self.ingest = Ingest(self.offer, self.source, self.sent.append, lambda: self.now_us, self.counters, settings)

    def _listen(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        self.got.append((kind, packet))

    def rtp(
        self,
        sequence: int,
        timestamp: int = 0,
        *,
        ssrc: int = 1,
        kind: int = VIDEO,
        block: bytes = b"",
        payload: bytes = b"\x41picture",
    ) -> None:
        """`block` is a whole header extension, profile and length included."""
        head = struct.pack("!BBHII", 0x90 if block else 0x80, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
        self.ingest.on_rtp(head + block + payload)

    def layer(self, rid: str, sequence: int, *, ssrc: int, timestamp: int = 0) -> None:
        """A packet that says which layer it is of."""
        self.rtp(sequence, timestamp, ssrc=ssrc, block=rtp.one_extension(RID, rid.encode()))

    def report(self, ssrc: int, theirs_us: int, timestamp: int) -> None:
        """A sender report."""
        info = RtcpSenderInfo(ntp_from_us(theirs_us), timestamp & 0xFFFFFFFF, 1, 1)
        self.ingest.on_rtcp(bytes(RtcpSrPacket(ssrc=ssrc, sender_info=info)))

    def tick(self, *, after_ms: int = 50) -> list[AnyRtcpPacket]:
        """Let time pass; returns what he is told then."""
        self.now_us += after_ms * 1_000
        self.sent.clear()
        self.ingest.tick(self.now_us)
        return [packet for compound in self.sent for packet in RtcpPacket.parse(compound)]

    def packets(self, kind: MediaKind = "video", layer: int = 0) -> list[SourcePacket]:
        return [packet for each, packet in self.got if each == kind and packet.layer == layer]


def nacks(told: list[AnyRtcpPacket]) -> dict[int, list[int]]:
    """Which numbers are asked for again, by SSRC."""
    return {p.media_ssrc: p.lost for p in told if isinstance(p, RtcpRtpfbPacket) and p.fmt == 1}


def plis(compounds: list[bytes]) -> list[int]:
    """The SSRCs of which a keyframe is asked."""
    told = [packet for compound in compounds for packet in RtcpPacket.parse(compound)]
    return [packet.media_ssrc for packet in told if isinstance(packet, RtcpPsfbPacket) and packet.fmt == 1]


__all__ = ["AUDIO", "BEGAN", "SECOND", "SIMULCAST", "VIDEO", "Host", "nacks", "plis", "two_bytes"]
