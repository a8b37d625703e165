"""H.264 over RTP (RFC 6184, packetization mode 1): what a payload holds, and our packetiser.

aiortc's packetiser makes fragments that differ by a byte in size, which UDP GSO cannot send in one train; ours makes
all fragments of a NAL unit equal but the last, which is never longer.
"""

import re
from collections.abc import Iterator

from streaming.media.wire import sps

IDR, SPS, STAP_A, FU_A = 5, 7, 24, 28
PAYLOAD_MAX = 1160
_START_CODE = re.compile(rb"\x00\x00\x01")


def starts_keyframe(payload: bytes) -> bool:
    """Whether this RTP payload holds parameter sets or the beginning of an IDR slice."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == FU_A:
        return payload[1] & 0x80 != 0 and payload[1] & 0x1F in (IDR, SPS)
    if kind == STAP_A:
        return any(unit[0] & 0x1F in (IDR, SPS) for unit in _aggregated(payload))
    return kind in (IDR, SPS)


def holds_sps(payload: bytes) -> bool:
    """Whether this RTP payload holds a sequence parameter set, or the beginning of one."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == FU_A:
        return payload[1] & 0x9F == 0x80 | SPS
    return any(unit[0] & 0x1F == SPS for unit in _aggregated(payload)) if kind == STAP_A else kind == SPS


def picture_size(payload: bytes) -> tuple[int, int] | None:
    """Width and height by the first SPS in this RTP payload (alone or in a STAP-A); None: no usable SPS in it."""
    if not payload:
        return None
    kind = payload[0] & 0x1F
    units = _aggregated(payload) if kind == STAP_A else iter((payload,))
    found = next((unit for unit in units if unit[0] & 0x1F == SPS), None)
    if found is None:
        return None
    try:
        return sps.frame_size(found)
    except ValueError:
        return None


def _aggregated(payload: bytes) -> Iterator[bytes]:
    position = 1
    while position + 2 < len(payload):
        size = int.from_bytes(payload[position : position + 2], "big")
        unit = payload[position + 2 : position + 2 + size]
        if not unit:
            return
        yield unit
        position += 2 + size


def nal_units(access_unit: bytes) -> list[bytes]:
    """The NAL units of an Annex-B access unit, without start codes and trailing zeros."""
    starts = [match.end() for match in _START_CODE.finditer(access_unit)]
    ends = [start - 3 for start in starts[1:]] + [len(access_unit)]
    units = (access_unit[start:end].rstrip(b"\x00") for start, end in zip(starts, ends, strict=True))
    return [unit for unit in units if unit]


def packetise(access_unit: bytes) -> list[bytes]:
    """RTP payloads of one Annex-B access unit; the last of them carries the marker."""
    payloads: list[bytes] = []
    small: list[bytes] = []
    for unit in nal_units(access_unit):
        if len(unit) > PAYLOAD_MAX:
            payloads += _aggregate(small)
            small = []
            payloads += _fragments(unit)
            continue
        if small and 1 + sum(len(each) + 2 for each in small) + len(unit) + 2 > PAYLOAD_MAX:
            payloads += _aggregate(small)
            small = []
        small.append(unit)
    return payloads + _aggregate(small)


def _aggregate(units: list[bytes]) -> list[bytes]:
    if len(units) < 2:
        return units
    head = max(unit[0] & 0x60 for unit in units) | STAP_A
    return [bytes([head]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)]


def _fragments(unit: bytes) -> list[bytes]:
    indicator, kind = unit[0] & 0xE0 | FU_A, unit[0] & 0x1F
    count = -(-(len(unit) - 1) // (PAYLOAD_MAX - 2))
    size = -(-(len(unit) - 1) // count)
    pieces = [unit[position : position + size] for position in range(1, len(unit), size)]
    last = len(pieces) - 1
    return [
        bytes([indicator, kind | (0x80 if number == 0 else 0) | (0x40 if number == last else 0)]) + piece
        for number, piece in enumerate(pieces)
    ]
