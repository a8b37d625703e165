"""Packets for tests of the pure modules."""

from streaming.media.packet import SourcePacket


def packet(
    number: int,
    *,
    frame: int | None = None,
    keyframe: bool = False,
    marker: bool = True,
    size: int = 20,
    at_us: int = 0,
) -> SourcePacket:
    """`frame` counts frames of 3000 ticks; a keyframe's packet holds parameter sets; the payload names the number, so
    that a changed byte shows."""
    stamp = (number if frame is None else frame) * 3_000
    payload = bytes([0x67 if keyframe else 0x41]) + number.to_bytes(8, "big", signed=True) + bytes(max(0, size - 9))
    return SourcePacket(number, stamp, marker, keyframe, payload, at_us, at_us)
