"""Datagrams that nearly are what a media port expects: seeds of every kind, and what chance makes of them."""

import random
import struct
from collections.abc import Callable

from aioice import stun
from aiortc.rtp import (
    RtcpByePacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
    pack_rtcp_packet,
)

from streaming.media.wire import transport_cc

_TLS_RANDOM = bytes(range(32))
EDGES = (0, 1, 0x7F, 0x80, 0xFF)


def checks(ufrag: str, password: str) -> list[bytes]:
    """STUN as agents and their keep-alives write it: requests, an indication, answers, an allocation."""
    made = []
    for method, kind in (
        (stun.Method.BINDING, stun.Class.REQUEST),
        (stun.Method.BINDING, stun.Class.INDICATION),
        (stun.Method.BINDING, stun.Class.RESPONSE),
        (stun.Method.ALLOCATE, stun.Class.REQUEST),
    ):
        message = stun.Message(method, kind)
        message.attributes = {"USERNAME": f"{ufrag}:peer", "PRIORITY": 1, "ICE-CONTROLLING": 5, "SOFTWARE": "x"}
        message.add_message_integrity(password.encode())
        made.append(bytes(message))
    return made


def _record(kind: int, epoch: int, number: int, body: bytes) -> bytes:
    return struct.pack("!BHHIHH", kind, 0xFEFD, epoch, 0, number, len(body)) + body


def _message(kind: int, number: int, body: bytes) -> bytes:
    length = len(body).to_bytes(3, "big")
    return bytes([kind]) + length + struct.pack("!H", number) + b"\0\0\0" + length + body


def records() -> list[bytes]:
    """DTLS 1.2 (RFC 6347) and the unified header of DTLS 1.3 (RFC 9147)."""
    hello = _message(1, 0, b"\xfe\xfd" + _TLS_RANDOM + b"\0\0\0\x02\xc0\x2b\x01\0")
    verify = _message(3, 0, b"\xfe\xff\x14" + bytes(20))
    flight = _record(22, 0, 1, _message(11, 1, bytes(40))) + _record(20, 0, 2, b"\x01") + _record(22, 1, 0, bytes(40))
    return [
        _record(22, 0, 0, hello),
        _record(22, 0, 0, verify),
        flight,
        _record(21, 0, 0, b"\x02\x28"),
        _record(21, 1, 5, bytes(26)),
        _record(23, 1, 6, bytes(60)),
        b"\x2c\0\x01\0\x20" + bytes(32),
    ]


def media(payload_types: tuple[int, ...]) -> list[bytes]:
    """RTP with and without contributing sources, extensions of both kinds and padding (RFC 3550, RFC 8285)."""
    made = []
    for number, payload_type in enumerate(payload_types):
        for sources, extension, padding in (
            (0, b"", 0),
            (2, b"", 0),
            (0, b"\xbe\xde\0\x02\x31\0\x01\x10x\0\0\0", 0),
            (15, b"\x10\0\0\x01\x03\x02ab", 4),
        ):
            first = 0x80 | sources | (0x10 if extension else 0) | (0x20 if padding else 0)
            head = struct.pack("!BBHII", first, payload_type | 0x80, 40_000 + number, 3_000 * number, 0x1111)
            payload = bytes([0x65, 0x88]) + bytes(20)
            tail = bytes(padding - 1) + bytes([padding]) if padding else b""
            made.append(head + bytes(4 * sources) + extension + payload + tail)
    # An aggregate, a fragment's start, an empty fragment (RFC 6184).
    for payload in (b"\x78\0\x02\x67\x42\0\x01\x68", b"\x7c\x85" + bytes(30), b"\x7c"):
        made.append(struct.pack("!BBHII", 0x80, payload_types[0], 41_000, 9_000, 0x1111) + payload)
    return made


def reports(ssrc: int) -> list[bytes]:
    """RTCP of every kind that we act on or pass over."""
    block = RtcpReceiverInfo(ssrc, 3, 7, 70_000, 90, 5, 6)
    sender = RtcpSrPacket(ssrc, RtcpSenderInfo(0xE0000000 << 32, 9_000, 10, 1_000), [block])
    arrivals = transport_cc.Arrivals()
    for number in range(20):
        arrivals.record(number * 3, 1_000_000 + number * 7_000)
    feedback = arrivals.report(1, ssrc)
    assert feedback is not None
    return [
        bytes(sender) + bytes(RtcpSdesPacket([RtcpSourceInfo(ssrc, [(1, b"name")])])),
        bytes(RtcpRrPacket(1, [block])) + bytes(RtcpRtpfbPacket(1, 1, ssrc, [1, 5, 40, 41])),
        bytes(RtcpRrPacket(1)) + bytes(RtcpPsfbPacket(1, 1, ssrc)),
        bytes(RtcpPsfbPacket(4, 1, 0, struct.pack("!IB3x", ssrc, 1))),
        bytes(RtcpPsfbPacket(15, 1, 0, pack_remb_fci(800_000, [ssrc]))),
        bytes(RtcpByePacket([ssrc])),
        pack_rtcp_packet(207, 0, struct.pack("!IHHI", 1, 0x0400, 2, 0) + bytes(4)),
        feedback,
    ]


def _flip(dice: random.Random, seed: bytearray) -> None:
    if seed:
        seed[dice.randrange(len(seed))] ^= 1 << dice.randrange(8)


def _edge(dice: random.Random, seed: bytearray) -> None:
    if seed:
        seed[dice.randrange(len(seed))] = dice.choice(EDGES)


def _early_edge(dice: random.Random, seed: bytearray) -> None:
    """Lengths and counts are among the first bytes."""
    if seed:
        seed[dice.randrange(min(24, len(seed)))] = dice.choice(EDGES)


def _cut(dice: random.Random, seed: bytearray) -> None:
    del seed[dice.randrange(len(seed) + 1) :]


def _grow(dice: random.Random, seed: bytearray) -> None:
    seed += dice.randbytes(dice.choice((1, 3, 4, 16, 255, 1_400)))


def _repeat(dice: random.Random, seed: bytearray) -> None:
    start = dice.randrange(len(seed) + 1)
    seed[start:start] = seed[start : start + dice.randrange(40)]


CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (_flip, _edge, _early_edge, _cut, _grow, _repeat)


def mutant(dice: random.Random, seed: bytes) -> bytes:
    """`seed` after one to four changes, 2,000 bytes at most."""
    changed = bytearray(seed)
    for _ in range(dice.randint(1, 4)):
        dice.choice(CHANGES)(dice, changed)
    return bytes(changed[:2_000])
