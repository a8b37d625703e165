"""When a packet was captured, on the clock of whoever wrote it (abs-capture-time: 8 bytes written, 16 read as well)."""

from streaming.media.wire.reception import ntp_from_us, us_from_ntp

URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"


def value(captured_us: int) -> bytes:
    """The extension's value for a time in microseconds since the Unix epoch: NTP time, 32.32 bits."""
    return (ntp_from_us(captured_us) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")


def captured_us(value: bytes) -> int | None:
    """Microseconds since the Unix epoch on the sender's clock; None: not such a value.

    The 16-byte form says behind the time how far the capturer's clock is before the sender's.
    """
    if len(value) not in (8, 16):
        return None
    at_us = us_from_ntp(int.from_bytes(value[:8], "big"))
    return at_us - (int.from_bytes(value[8:], "big", signed=True) * 1_000_000 >> 32)
