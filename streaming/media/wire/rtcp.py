"""PURE. Reading RTCP (RFC 3550, section 6; RFC 4585; RFC 5104; draft-alvestrand-rmcat-remb-03), and writing NACKs.

Exactly the messages that a forwarder acts on; what else is well-formed is passed over. A compound that breaks the
format anywhere is refused whole, by one error: half of it is not acted on. Reduced-size RTCP (RFC 5506) is taken.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

SENDER_REPORT, RECEIVER_REPORT, BYE, TRANSPORT, PAYLOAD = 200, 201, 203, 205, 206
NACK, TRANSPORT_CC = 1, 15
PLI, FIR, APPLICATION = 1, 4, 15
LOST_MAX = 512
"""Numbers taken from one NACK: as many as are kept for sending again."""
BITRATE_MAX = 1_000_000_000_000
"""What a REMB can say has 81 bits; nobody has more than a terabit."""

_HEAD = struct.Struct("!BBH")
_WORD = struct.Struct("!I")
_TWO_WORDS = struct.Struct("!II")
_SENDER = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")
_PAIR = struct.Struct("!HH")
_REMB = struct.Struct("!4sI")


class RtcpMalformed(ValueError):
    """Not RTCP, or not whole."""


class ReportBlock(NamedTuple):
    """`fraction_lost` in 1/256 since the last report, `lost` altogether (may be negative), `jitter` in clock ticks,
    `lsr` and `dlsr` in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


class SenderReport(NamedTuple):
    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: list[ReportBlock]


class ReceiverReport(NamedTuple):
    ssrc: int
    blocks: list[ReportBlock]


class Bye(NamedTuple):
    ssrcs: tuple[int, ...]


class Nack(NamedTuple):
    """`lost` are 16-bit sequence numbers, LOST_MAX at most."""

    ssrc: int
    lost: list[int]


class KeyframeWanted(NamedTuple):
    """A PLI, or an entry of a FIR; `ssrc` is the medium's."""

    ssrc: int


class Remb(NamedTuple):
    """Bits a second for all of `ssrcs` together."""

    bitrate: int
    ssrcs: tuple[int, ...]


class TransportFeedback(NamedTuple):
    """transport-cc; `fci` is the feedback control information as it came."""

    ssrc: int
    fci: bytes


Message: TypeAlias = SenderReport | ReceiverReport | Bye | Nack | KeyframeWanted | Remb | TransportFeedback


def read(compound: bytes) -> list[Message]:
    """The messages of a compound in their order; RtcpMalformed, and nothing else, when it is not one."""
    messages: list[Message] = []
    position, whole = 0, len(compound)
    if not whole:
        raise RtcpMalformed("empty")
    while position < whole:
        if whole - position < 4:
            raise RtcpMalformed("shorter than a header")
        first, kind, words = _HEAD.unpack_from(compound, position)
        if first >> 6 != 2:
            raise RtcpMalformed("not version 2")
        start = position + 4
        position = end = start + 4 * words
        if end > whole:
            raise RtcpMalformed("truncated")
        if first & 0x20:
            padding = compound[end - 1] if words else 0
            if end != whole or not padding or padding & 3 or padding > end - start:
                raise RtcpMalformed("padding")
            end -= padding
        count = first & 0x1F
        if kind == RECEIVER_REPORT:
            _need(end - start, 4 + 24 * count)
            messages.append(ReceiverReport(_WORD.unpack_from(compound, start)[0], _blocks(compound, start + 4, count)))
        elif kind == TRANSPORT:
            _need(end - start, 8)
            if count == NACK:
                messages.append(Nack(_WORD.unpack_from(compound, start + 4)[0], _lost(compound, start + 8, end)))
            elif count == TRANSPORT_CC:
                fci = compound[start + 8 : end]
                messages.append(TransportFeedback(_WORD.unpack_from(compound, start + 4)[0], fci))
        elif kind == PAYLOAD:
            _need(end - start, 8)
            if count == PLI:
                messages.append(KeyframeWanted(_WORD.unpack_from(compound, start + 4)[0]))
            elif count == FIR:
                messages += _full_intra_requests(compound, start + 8, end)
            elif count == APPLICATION and compound[start + 8 : start + 12] == b"REMB":
                messages.append(_remb(compound, start + 8, end))
        elif kind == SENDER_REPORT:
            _need(end - start, 24 + 24 * count)
            ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(compound, start)
            blocks = _blocks(compound, start + 24, count)
            messages.append(SenderReport(ssrc, ntp, timestamp, packets, octets, blocks))
        elif kind == BYE:
            _need(end - start, 4 * count)
            messages.append(Bye(struct.unpack_from(f"!{count}I", compound, start)))
    return messages


def nack(sender: int, ssrc: int, lost: Sequence[int]) -> bytes:
    """A NACK (RFC 4585, section 6.2.1) for the numbers `lost`: in order and unwrapped, so they may pass the wrap."""
    entries = b""
    place = 0
    while place < len(lost):
        first, following = lost[place], 0
        place += 1
        while place < len(lost) and lost[place] - first <= 16:
            following |= 1 << lost[place] - first - 1
            place += 1
        entries += _PAIR.pack(first & 0xFFFF, following)
    return _HEAD.pack(0x80 | NACK, TRANSPORT, 2 + len(entries) // 4) + _TWO_WORDS.pack(sender, ssrc) + entries


def _need(there: int, needed: int) -> None:
    if there < needed:
        raise RtcpMalformed("a packet shorter than its count says")


def _blocks(compound: bytes, position: int, count: int) -> list[ReportBlock]:
    found = []
    for _ in range(count):
        ssrc, losses, highest, jitter, lsr, dlsr = _BLOCK.unpack_from(compound, position)
        lost = losses & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        found.append(ReportBlock(ssrc, losses >> 24, lost, highest, jitter, lsr, dlsr))
        position += 24
    return found


def _lost(compound: bytes, position: int, end: int) -> list[int]:
    found: list[int] = []
    while position < end and len(found) < LOST_MAX:
        number, following = _PAIR.unpack_from(compound, position)
        position += 4
        found.append(number)
        while following:
            lowest = following & -following
            found.append(number + lowest.bit_length() & 0xFFFF)
            following ^= lowest
    return found[:LOST_MAX]


def _full_intra_requests(compound: bytes, position: int, end: int) -> list[Message]:
    """RFC 5104, section 4.3.1: entries of SSRC, command number and three reserved bytes."""
    if (end - position) % 8:
        raise RtcpMalformed("half an entry of a FIR")
    return [KeyframeWanted(_TWO_WORDS.unpack_from(compound, place)[0]) for place in range(position, end, 8)]


def _remb(compound: bytes, position: int, end: int) -> Remb:
    _need(end - position, 8)
    packed = _REMB.unpack_from(compound, position)[1]
    count = packed >> 24
    _need(end - position, 8 + 4 * count)
    bitrate = min((packed & 0x3FFFF) << (packed >> 18 & 0x3F), BITRATE_MAX)
    return Remb(bitrate, struct.unpack_from(f"!{count}I", compound, position + 8))
