"""When a packet's sample was captured, on the clock of whoever wrote it (abs-capture-time, 8-byte form)."""

from streaming.media.wire.reception import ntp_from_us

URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"


def value(captured_us: int) -> bytes:
    """The extension's value for a time in microseconds since the Unix epoch: NTP time, 32.32 bits."""
    return (ntp_from_us(captured_us) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
