"""What a publisher is told: transport-cc every tick (or REMB), reports, losses to send again, wishes for keyframes."""

from collections.abc import Callable, Sequence

from aiortc.rtp import RTCP_PSFB_APP, RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpRrPacket, pack_remb_fci

from streaming.media.answer import uses_transport_cc
from streaming.media.loss_estimate import LossEstimate
from streaming.media.offer import Offer
from streaming.media.publisher_stream import PublisherStream
from streaming.media.wire import rtcp, transport_cc

REPORT_EVERY_US = 1_000_000
REMB_EVERY_US = 500_000
NACKS_MAX = 64
# After his excess has been thrown away nothing is asked for again for so long: it would be thrown away again.
NO_NACK_US = 500_000
OUR_SSRC = 1


class Feedback:
    """`send` protects and sends RTCP; `ceiling_bps` is the most that a publisher without transport-cc is told."""

    def __init__(
        self, offer: Offer, streams: Sequence[PublisherStream], send: Callable[[bytes], None], ceiling_bps: int
    ) -> None:
        self._streams = streams
        self._send = send
        self.transport_cc = offer.extension(transport_cc.URI) if any(map(uses_transport_cc, offer.tracks)) else None
        """The id of the header extension that numbers the publisher's packets."""
        remb = self.transport_cc is None and any("goog-remb" in track.feedback for track in offer.tracks)
        self._estimate = LossEstimate(ceiling_bps) if remb else None
        self._arrivals = transport_cc.Arrivals()
        self._octets = 0
        self._reported_us: int | None = None
        self._remb_us = 0
        self._no_nack_until_us = 0

    def arrived(self, transport_sequence: bytes | None, size: int, now_us: int) -> None:
        self._octets += size
        if transport_sequence is not None and len(transport_sequence) == 2:
            self._arrivals.record(int.from_bytes(transport_sequence, "big"), now_us)

    def excess(self, now_us: int) -> None:
        """A packet beyond his allowance has been thrown away. He learns of it as of any loss."""
        self._no_nack_until_us = now_us + NO_NACK_US

    def request_keyframe(self, ssrc: int) -> None:
        self._send(_compound(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=OUR_SSRC, media_ssrc=ssrc))))

    def tick(self, now_us: int) -> None:
        """Every 50 ms: what he needs to know by now."""
        known = [(stream, stream.ssrc) for stream in self._streams if stream.ssrc is not None]
        if not known:
            return
        feedback = self._arrivals.report(OUR_SSRC, known[0][1])
        if feedback is not None:
            self._send(bytes(RtcpRrPacket(ssrc=OUR_SSRC)) + feedback)
        for stream, ssrc in known:
            missing = stream.reception.to_ask_for(now_us) if stream.answers_nack else []
            if missing and now_us >= self._no_nack_until_us:
                self._send(_compound(rtcp.nack(OUR_SSRC, ssrc, missing[:NACKS_MAX])))
        if self._reported_us is None or now_us - self._reported_us >= REPORT_EVERY_US:
            self._report(known, now_us)
        if self._estimate is not None and now_us - self._remb_us >= REMB_EVERY_US:
            self._remb_us = now_us
            fci = pack_remb_fci(self._estimate.bitrate, [ssrc for _, ssrc in known])
            self._send(_compound(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=OUR_SSRC, media_ssrc=0, fci=fci))))

    def _report(self, known: Sequence[tuple[PublisherStream, int]], now_us: int) -> None:
        reports = [report for stream, ssrc in known if (report := stream.reception.report(ssrc, now_us))]
        self._send(bytes(RtcpRrPacket(ssrc=OUR_SSRC, reports=reports)))
        if self._estimate is not None and self._reported_us is not None:
            expected = sum(stream.reception.expected_now for stream, _ in known)
            lost = sum(stream.reception.lost_now for stream, _ in known)
            received_bps = self._octets * 8_000_000 // (now_us - self._reported_us)
            self._estimate.second(expected, lost, received_bps)
        self._octets = 0
        self._reported_us = now_us


def _compound(packet: bytes) -> bytes:
    """RFC 3550, section 6.1: a compound begins with a report, be it an empty one."""
    return bytes(RtcpRrPacket(ssrc=OUR_SSRC)) + packet
