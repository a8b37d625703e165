"""PURE. Which packets tell viewers when they were captured: one a second, and whenever the time line breaks.

Receivers interpolate between two stamps by the RTP timestamps (abs-capture-time's definition, at webrtc.org).
"""

from streaming.media.packet import CLOCK_RATE, MediaKind, ProgramPacket

EVERY_US = 1_000_000
OFF_US = 5_000


class CaptureStamps:
    """One RTP space's; `mark` each packet once, before it is first sent."""

    def __init__(self, kind: MediaKind) -> None:
        self._rate = CLOCK_RATE[kind]
        self._latest: tuple[int, int] | None = None
        """Timestamp and capture time of the latest stamp."""

    def mark(self, packet: ProgramPacket) -> None:
        if self._latest is not None:
            timestamp, captured_us = self._latest
            since_us = packet.captured_us - captured_us
            expected_us = (packet.timestamp - timestamp) * 1_000_000 // self._rate
            if since_us < EVERY_US and abs(since_us - expected_us) <= OFF_US:
                return
        packet.stamped = True
        self._latest = (packet.timestamp, packet.captured_us)
