"""RTP as we need it on the way through: a view of one packet, unwrapped counters (RFC 3550, RFC 8285)."""

import struct
from typing import NamedTuple

HEADER = struct.Struct("!BBHII")
HEADER_LENGTH = 12
_NUMBER_AND_TIME = struct.Struct("!HI")
ONE_BYTE_PROFILE = 0xBEDE
# RFC 8285, section 4.3: the two-byte form; the lower four bits are the application's.
TWO_BYTE_PROFILE = 0x1000


class RtpView(NamedTuple):
    """One packet. `payload` is without padding; `extensions` is the header extension block in the one-byte form."""

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
        elif profile & 0xFFF0 == TWO_BYTE_PROFILE:
            extensions = _one_byte_form(packet[start : start + 4 * words])
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
        identifier, length = head >> 4, (head & 0x0F) + 1
        if identifier in (0, 15):
            return None  # what comes behind these is not to be read
        if identifier == wanted:
            value = block[position + 1 : position + 1 + length]
            return value if len(value) == length else None
        position += 1 + length
    return None


def _one_byte_form(block: bytes) -> bytes:
    """The elements of a two-byte-header block that the one-byte form can hold: we agree to no others."""
    kept = bytearray()
    position, end = 0, len(block)
    while position < end:
        identifier = block[position]
        if identifier == 0:
            position += 1
            continue
        if position + 2 > end:
            break
        length = block[position + 1]
        value = block[position + 2 : position + 2 + length]
        position += 2 + length
        if identifier <= 14 and 1 <= length <= 16 and len(value) == length:
            kept += bytes([identifier << 4 | length - 1]) + value
    return bytes(kept)


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
        number = self.near(value)
        self._latest = max(self._latest, number)
        return number

    @property
    def latest(self) -> int:
        """The highest number so far. Something must have been unwrapped."""
        assert self._latest is not None
        return self._latest

    def near(self, value: int) -> int:
        """The same, without moving on: for what is only said of a counter. Something must have been unwrapped."""
        assert self._latest is not None
        half = self._modulus >> 1
        return self._latest + (value - self._latest + half) % self._modulus - half


def one_extension(identifier: int, value: bytes) -> bytes:
    """A header extension block with one element in the one-byte form (RFC 8285, section 4.2), padded to 32 bits."""
    element = bytes([identifier << 4 | len(value) - 1]) + value
    element += bytes(-len(element) % 4)
    return struct.pack("!HH", ONE_BYTE_PROFILE, len(element) // 4) + element


def moved(packet: bytes, number: int, timestamp: int) -> bytes:
    """The packet with these amounts added to its sequence number and its timestamp."""
    if not number and not timestamp:
        return packet
    sequence, at = _NUMBER_AND_TIME.unpack_from(packet, 2)
    return packet[:2] + _NUMBER_AND_TIME.pack((sequence + number) & 0xFFFF, (at + timestamp) & 0xFFFFFFFF) + packet[8:]
