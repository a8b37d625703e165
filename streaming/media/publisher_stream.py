"""One RTP stream of a publisher: its numbers and timestamps unwrapped, its restarts, its capture times on our clock."""

from streaming.media.compaction import Compaction
from streaming.media.offer import OfferedTrack
from streaming.media.packet import CLOCK_RATE, SourcePacket
from streaming.media.sender_clock import SenderClock
from streaming.media.wire import capture_time, h264, rtp
from streaming.media.wire.reception import Reception, us_from_ntp

# A sender who starts again under another SSRC: his numbers go on far above the old ones.
RESTART_STEP = 1 << 24
# A timestamp so far from the expected one is a new time line (an encoder that has been started again).
JUMP_S = 10
# RFC 3550, A.1: a number so far off is an accident, unless the next packet follows it.
DROPOUT_MAX = 3_000
# What comes so late of an SSRC that has been given up is thrown away, and does not bring it back.
FORMER_US = 1_000_000
# A capture time so far from the time of arrival is nonsense.
SANE_US = 10_000_000


class PublisherStream:
    """`layer` is the place of a simulcast encoding in the offer; 0 for everything else."""

    def __init__(self, track: OfferedTrack, layer: int, clock: SenderClock) -> None:
        self.kind = track.kind
        self.layer = layer
        self.payload_type = track.payload_type
        self.answers_nack = "nack" in track.feedback
        self.ssrc: int | None = None
        self._clock = clock
        self._clock_rate = CLOCK_RATE[track.kind]
        self._capture_time = track.extension(capture_time.URI)
        self._restarts = 0
        self._former: tuple[int, int] | None = None
        """The SSRC before, and when it was given up."""
        self._begin()

    def _begin(self) -> None:
        self.reception = Reception(self._clock_rate)
        self._numbers, self._timestamps = rtp.Unwrapper(16), rtp.Unwrapper(32)
        self._compaction = Compaction()
        self._reference: tuple[int, int] | None = None
        """An RTP timestamp (unwrapped) and its capture time in microseconds."""
        self._reported = self._stamped = False
        """Whether the reference is on the sender's clock; whether by his own word of a packet."""
        self._latest: tuple[int, int] | None = None
        """The RTP timestamp (32 bits) of the packet before, and when it came."""
        self._suspect: int | None = None
        """The sequence number behind one that was far off."""

    def is_former(self, ssrc: int, now_us: int) -> bool:
        return self._former is not None and self._former[0] == ssrc and now_us - self._former[1] < FORMER_US

    def follow(self, view: rtp.RtpView, now_us: int) -> bool:
        """Make this packet's SSRC, time line and numbers ours. True: something was there before, and is over now."""
        if self.ssrc == view.ssrc and not self._jumps(view, now_us):
            return False
        before = self.ssrc
        if before is not None:
            self._restarts += 1
            if before != view.ssrc:
                self._former = before, now_us
        self.ssrc = view.ssrc
        self._begin()
        return before is not None

    def _jumps(self, view: rtp.RtpView, now_us: int) -> bool:
        """Whether the timestamp is far from where the time since the packet before has brought it, or two numbers in
        a row are far from those before."""
        if self._latest is None:
            return False
        before, at_us = self._latest
        expected = before + (now_us - at_us) * self._clock_rate // 1_000_000
        off = (view.timestamp - expected + (1 << 31)) % (1 << 32) - (1 << 31)
        return abs(off) > JUMP_S * self._clock_rate or view.sequence == self._suspect

    def packet(self, view: rtp.RtpView, now_us: int) -> SourcePacket | None:
        """The packet as it goes on; None: it is an uplink probe, or its number cannot be believed."""
        if self._latest is not None and abs(self._numbers.near(view.sequence) - self._numbers.latest) > DROPOUT_MAX:
            self._suspect = (view.sequence + 1) & 0xFFFF
            return None
        self._suspect = None
        number = self._numbers.unwrap(view.sequence)
        timestamp = self._timestamps.unwrap(view.timestamp)
        self._latest = view.timestamp, now_us
        self.reception.packet(number, timestamp, now_us)
        onward = self._compaction.media(number) if view.payload else self._compaction.probe(number)
        if self._capture_time is not None and view.extensions:
            self._stamp(view.extensions, timestamp, now_us)
        if onward is None:
            return None
        return SourcePacket(
            number=onward + self._restarts * RESTART_STEP,
            timestamp=timestamp + self._restarts * (RESTART_STEP << 16),
            marker=view.marker,
            keyframe=self.kind == "video" and h264.starts_keyframe(view.payload),
            payload=view.payload,
            captured_us=self._captured_us(timestamp, now_us),
            arrived_us=now_us,
            layer=self.layer,
        )

    def _stamp(self, extensions: bytes, timestamp: int, now_us: int) -> None:
        assert self._capture_time is not None
        value = rtp.extension(extensions, self._capture_time)
        theirs_us = None if value is None else capture_time.captured_us(value)
        if theirs_us is not None:
            self._clock.heard(theirs_us, now_us)
            self._reference, self._reported, self._stamped = (timestamp, theirs_us), True, True

    def sender_report(self, ntp: int, timestamp: int, now_us: int) -> None:
        """RFC 3550, section 6.4.1: what his clock says at a timestamp."""
        if self._latest is None:
            return
        theirs_us = us_from_ntp(ntp)
        self.reception.sender_report(ntp, now_us)
        self._clock.heard(theirs_us, now_us)
        if not self._stamped:
            self._reference, self._reported = (self._timestamps.near(timestamp), theirs_us), True

    def _captured_us(self, timestamp: int, now_us: int) -> int:
        if self._reference is None:
            self._reference = (timestamp, now_us)
        reference, at_us = self._reference
        captured: int | None = at_us + (timestamp - reference) * 1_000_000 // self._clock_rate
        if self._reported and captured is not None:
            captured = self._clock.ours(captured)
        if captured is None or abs(captured - now_us) > SANE_US:
            return now_us
        return captured
