"""RTP as we need it on the way through: a view of one packet, unwrapped counters (RFC 3550, RFC 8285)."""

import struct
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
HEADER_LENGTH = 12
ONE_BYTE_PROFILE = 0xBEDE


class RtpView(NamedTuple):
    """One packet. `payload` is without padding; `extensions` is the raw one-byte-header block, or empty."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    extensions: bytes


def parse(packet: bytes) -> RtpView:
    """The view of an RTP packet; ValueError when it is not one."""
    if len(packet) < HEADER_LENGTH:
        raise ValueError("RTP packet shorter than its header")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(packet)
    if first >> 6 != 2:
        raise ValueError("not RTP version 2")
    start, end, extensions = HEADER_LENGTH + 4 * (first & 0x0F), len(packet), b""
    if first & 0x10:
        if end < start + 4:
            raise ValueError("RTP extension header truncated")
        profile, words = struct.unpack_from("!HH", packet, start)
        start += 4
        if profile == ONE_BYTE_PROFILE:
            extensions = packet[start : start + 4 * words]
        start += 4 * words
    if first & 0x20:
        padding = packet[-1]
        if not padding:
            raise ValueError("RTP padding of length zero")
        end -= padding
    if start > end:
        raise ValueError("RTP packet truncated")
    return RtpView(second & 0x7F, second > 0x7F, sequence, timestamp, ssrc, packet[start:end], extensions)


def extension(block: bytes, wanted: int) -> bytes | None:
    """The value of extension id `wanted` in a one-byte-header block (RFC 8285, section 4.2), or None."""
    position, end = 0, len(block)
    while position < end:
        head = block[position]
        if head == 0:
            position += 1
            continue
        length = (head & 0x0F) + 1
        if head >> 4 == wanted:
            value = block[position + 1 : position + 1 + length]
            return value if len(value) == length else None
        position += 1 + length
    return None


class Unwrapper:
    """Turns a counter of `bits` bits into one that never wraps: the nearest number that has these low bits."""

    def __init__(self, bits: int) -> None:
        self._modulus = 1 << bits
        self._latest: int | None = None

    def unwrap(self, value: int) -> int:
        if self._latest is None:
            # One lap ahead, so that packets from before the first one seen do not become negative.
            self._latest = self._modulus + value
            return self._latest
        half = self._modulus >> 1
        number = self._latest + (value - self._latest + half) % self._modulus - half
        self._latest = max(self._latest, number)
        return number
