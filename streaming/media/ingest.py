"""A publisher's packets on their way in: within his allowance, told apart by stream, pushed into his source."""

from collections.abc import Callable

from streaming.media.allowance import Allowance
from streaming.media.counters import Counters
from streaming.media.feedback import Feedback
from streaming.media.offer import Offer, OfferedTrack
from streaming.media.publisher_stream import PublisherStream
from streaming.media.sender_clock import SenderClock
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.wire import rtcp, rtp, stream_id


class Ingest:
    """Taps of a publisher's transport; pushes what comes into `source`. `send` protects and sends RTCP.

    An ordinary publisher's streams are told apart by payload type. A simulcast publisher's layers share one; their
    first packets name the layer in a header extension, and later ones are known by SSRC (RFC 8852, section 3).
    """

    def __init__(
        self,
        offer: Offer,
        source: Source,
        send: Callable[[bytes], None],
        now_us: Callable[[], int],
        counters: Counters,
        settings: MediaSettings,
    ) -> None:
        self._source = source
        self._now_us = now_us
        self._counters = counters
        self._allowance = Allowance(settings.ingest_bitrate_max, settings.ingest_packets_max)
        clock = SenderClock()
        self._plain = {each.payload_type: PublisherStream(each, 0, clock) for each in offer.tracks if not each.rids}
        self._layered = next((each for each in offer.tracks if each.rids), None)
        self._rid = None if self._layered is None else self._layered.extension(stream_id.RID_URI)
        self._layers = _layers(self._layered, clock)
        self._by_ssrc: dict[int, PublisherStream] = {}
        streams = [*self._plain.values(), *self._layers.values()]
        self._pictures = {stream.layer: stream for stream in streams if stream.kind == "video"}
        self._feedback = Feedback(offer, streams, send, settings.ingest_bitrate)

    def on_rtp(self, packet: bytes) -> None:
        now_us = self._now_us()
        if not self._allowance.takes(len(packet), now_us):
            self._counters.packets_excess += 1
            self._feedback.excess(now_us)
            return
        try:
            view = rtp.parse(packet)
        except ValueError:
            self._counters.packets_malformed += 1
            return
        numbered = self._feedback.transport_cc
        self._feedback.arrived(
            None if numbered is None else rtp.extension(view.extensions, numbered), len(packet), now_us
        )
        stream = self._stream(view)
        if stream is None:
            self._counters.packets_malformed += 1
            return
        self._counters.packets_in += 1
        if stream.is_former(view.ssrc, now_us):
            self._counters.packets_late += 1
            return
        before = stream.ssrc
        if stream.follow(view, now_us) and stream.kind == "video":
            self._source.forget_gop(stream.layer)
        if before != view.ssrc:
            if before is not None:
                self._by_ssrc.pop(before, None)
            self._by_ssrc[view.ssrc] = stream
        onward = stream.packet(view, now_us)
        if onward is not None:
            self._source.push(stream.kind, onward)

    def _stream(self, view: rtp.RtpView) -> PublisherStream | None:
        known = self._by_ssrc.get(view.ssrc)
        if known is not None and known.payload_type == view.payload_type:
            return known
        if self._layered is None or self._rid is None or view.payload_type != self._layered.payload_type:
            return self._plain.get(view.payload_type)
        rid = rtp.extension(view.extensions, self._rid)
        return None if rid is None else self._layers.get(rid)

    def on_rtcp(self, compound: bytes) -> None:
        now_us = self._now_us()
        if not self._allowance.takes(len(compound), now_us):
            self._counters.packets_excess += 1
            return
        try:
            messages = rtcp.read(compound)
        except rtcp.RtcpMalformed:
            self._counters.packets_malformed += 1
            return
        for message in messages:
            stream = self._by_ssrc.get(message.ssrc) if isinstance(message, rtcp.SenderReport) else None
            if stream is not None and isinstance(message, rtcp.SenderReport):
                stream.sender_report(message.ntp, message.timestamp, now_us)

    def request_keyframe(self, layer: int = 0) -> None:
        stream = self._pictures.get(layer)
        if stream is not None and stream.ssrc is not None:
            self._feedback.request_keyframe(stream.ssrc)

    def tick(self, now_us: int) -> None:
        """Every 50 ms."""
        self._feedback.tick(now_us)


def _layers(track: OfferedTrack | None, clock: SenderClock) -> dict[bytes, PublisherStream]:
    if track is None:
        return {}
    return {rid.encode(): PublisherStream(track, place, clock) for place, rid in enumerate(track.rids)}
