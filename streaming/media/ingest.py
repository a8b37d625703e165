"""A publisher's packets on their way in, and what he is told of them: transport-cc every 50 ms, reports, NACK, PLI."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    pack_remb_fci,
)

from streaming.media.answer import uses_transport_cc
from streaming.media.compaction import Compaction
from streaming.media.counters import Counters
from streaming.media.offer import Offer
from streaming.media.packet import CLOCK_RATE, MediaKind, SourcePacket
from streaming.media.source import Source
from streaming.media.wire import h264, rtcp, rtp, transport_cc
from streaming.media.wire.reception import Reception, us_from_ntp

REPORT_EVERY_US = 1_000_000
REMB_EVERY_US = 500_000
NACKS_MAX = 64
# A sender who starts again under another SSRC: his numbers go on far above the old ones.
RESTART_STEP = 1 << 24
# A timestamp so far from the expected one is a new time line (an encoder that has been started again).
JUMP_S = 10
# How fast his clock may run away from ours without being pulled back: 200 ppm.
DRIFT_US_A_REPORT = 200
OUR_SSRC = 1


@dataclass
class _Stream:
    """One kind of media of the publisher."""

    kind: MediaKind
    ssrc: int | None = None
    restarts: int = 0
    numbers: rtp.Unwrapper = field(default_factory=lambda: rtp.Unwrapper(16))
    timestamps: rtp.Unwrapper = field(default_factory=lambda: rtp.Unwrapper(32))
    compaction: Compaction = field(default_factory=Compaction)
    reception: Reception = field(init=False)
    reference: tuple[int, int] | None = None
    """An RTP timestamp (unwrapped) and its capture time in microseconds, on the sender's clock once he reports."""
    reported: bool = False
    latest: tuple[int, int] | None = None
    """The RTP timestamp (32 bits) of the packet before, and when it came."""

    def __post_init__(self) -> None:
        self.reception = Reception(CLOCK_RATE[self.kind])

    def jumps(self, timestamp: int, now_us: int) -> bool:
        """Whether the timestamp is far from where the time since the packet before has brought it."""
        if self.latest is None:
            return False
        before, at_us = self.latest
        expected = before + (now_us - at_us) * CLOCK_RATE[self.kind] // 1_000_000
        off = (timestamp - expected + (1 << 31)) % (1 << 32) - (1 << 31)
        return abs(off) > JUMP_S * CLOCK_RATE[self.kind]

    def restart(self, ssrc: int) -> None:
        self.restarts += self.ssrc is not None
        self.ssrc = ssrc
        self.numbers, self.timestamps = rtp.Unwrapper(16), rtp.Unwrapper(32)
        self.compaction = Compaction()
        self.reception = Reception(CLOCK_RATE[self.kind])
        self.reference, self.reported, self.latest = None, False, None


class Ingest:
    """Taps of a publisher's transport; pushes what comes into `source`. `send` protects and sends RTCP."""

    def __init__(
        self,
        offer: Offer,
        source: Source,
        send: Callable[[bytes], None],
        now_us: Callable[[], int],
        counters: Counters,
        bitrate: int,
    ) -> None:
        self._source = source
        self._send = send
        self._now_us = now_us
        self._counters = counters
        self._bitrate = bitrate
        self._streams = {track.payload_type: _Stream(track.kind) for track in offer.tracks}
        self._transport_cc = offer.extension(transport_cc.URI) if any(map(uses_transport_cc, offer.tracks)) else None
        self._wants_remb = self._transport_cc is None and any("goog-remb" in t.feedback for t in offer.tracks)
        self._arrivals = transport_cc.Arrivals()
        self._sender_offset_us: int | None = None
        """Our clock minus the sender's, the smallest seen: transit time is never negative."""
        self._reported_us = 0
        self._remb_us = 0

    def on_rtp(self, packet: bytes) -> None:
        try:
            view = rtp.parse(packet)
        except ValueError:
            self._counters.packets_malformed += 1
            return
        now_us = self._now_us()
        if self._transport_cc is not None:
            value = rtp.extension(view.extensions, self._transport_cc)
            if value is not None and len(value) == 2:
                self._arrivals.record(int.from_bytes(value, "big"), now_us)
        stream = self._streams.get(view.payload_type)
        if stream is None:
            self._counters.packets_malformed += 1
            return
        self._counters.packets_in += 1
        if stream.ssrc != view.ssrc or stream.jumps(view.timestamp, now_us):
            stream.restart(view.ssrc)
            if stream.kind == "video":
                self._source.forget_gop()
        number = stream.numbers.unwrap(view.sequence)
        timestamp = stream.timestamps.unwrap(view.timestamp)
        stream.latest = (view.timestamp, now_us)
        stream.reception.packet(number, timestamp, now_us)
        onward = stream.compaction.media(number) if view.payload else stream.compaction.probe(number)
        if onward is None:
            return
        self._source.push(
            stream.kind,
            SourcePacket(
                number=onward + stream.restarts * RESTART_STEP,
                timestamp=timestamp + stream.restarts * (RESTART_STEP << 16),
                marker=view.marker,
                keyframe=stream.kind == "video" and h264.starts_keyframe(view.payload),
                payload=view.payload,
                captured_us=self._captured_us(stream, timestamp, now_us),
                arrived_us=now_us,
            ),
        )

    def _captured_us(self, stream: _Stream, timestamp: int, now_us: int) -> int:
        if stream.reference is None:
            stream.reference = (timestamp, now_us)
        reference, at_us = stream.reference
        captured = at_us + (timestamp - reference) * 1_000_000 // CLOCK_RATE[stream.kind]
        if stream.reported and self._sender_offset_us is not None:
            captured += self._sender_offset_us
        return captured

    def on_rtcp(self, compound: bytes) -> None:
        try:
            messages = rtcp.read(compound)
        except rtcp.RtcpMalformed:
            self._counters.packets_malformed += 1
            return
        now_us = self._now_us()
        for message in messages:
            if isinstance(message, rtcp.SenderReport):
                self._sender_report(message, now_us)

    def _sender_report(self, packet: rtcp.SenderReport, now_us: int) -> None:
        stream = next((each for each in self._streams.values() if each.ssrc == packet.ssrc), None)
        if stream is None:
            return
        sent_us = us_from_ntp(packet.ntp)
        stream.reception.sender_report(packet.ntp, now_us)
        # Unwrapping moves a counter on, which a report about the present may do.
        stream.reference = (stream.timestamps.unwrap(packet.timestamp), sent_us)
        stream.reported = True
        offset = now_us - sent_us
        if self._sender_offset_us is None:
            self._sender_offset_us = offset
        else:
            self._sender_offset_us = min(self._sender_offset_us + DRIFT_US_A_REPORT, offset)

    def request_keyframe(self, layer: int = 0) -> None:
        for stream in self._streams.values():
            if stream.kind == "video" and stream.ssrc is not None:
                self._send(_compound(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=OUR_SSRC, media_ssrc=stream.ssrc)))

    def tick(self, now_us: int) -> None:
        """Every 50 ms: what he needs to know by now."""
        known = [(stream, stream.ssrc) for stream in self._streams.values() if stream.ssrc is not None]
        if not known:
            return
        feedback = self._arrivals.report(OUR_SSRC, known[0][1])
        if feedback is not None:
            self._send(bytes(RtcpRrPacket(ssrc=OUR_SSRC)) + feedback)
        for stream, ssrc in known:
            missing = [number & 0xFFFF for number in stream.reception.to_ask_for(now_us)[:NACKS_MAX]]
            if missing:
                self._send(
                    _compound(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=OUR_SSRC, media_ssrc=ssrc, lost=missing))
                )
        if now_us - self._reported_us >= REPORT_EVERY_US:
            self._reported_us = now_us
            reports = [report for stream, ssrc in known if (report := stream.reception.report(ssrc, now_us))]
            self._send(bytes(RtcpRrPacket(ssrc=OUR_SSRC, reports=reports)))
        if self._wants_remb and now_us - self._remb_us >= REMB_EVERY_US:
            self._remb_us = now_us
            ceiling = pack_remb_fci(self._bitrate, [ssrc for _, ssrc in known])
            self._send(_compound(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=OUR_SSRC, media_ssrc=0, fci=ceiling)))


def _compound(packet: RtcpPsfbPacket | RtcpRtpfbPacket) -> bytes:
    """RFC 3550, section 6.1: a compound begins with a report, be it an empty one."""
    return bytes(RtcpRrPacket(ssrc=OUR_SSRC)) + bytes(packet)
