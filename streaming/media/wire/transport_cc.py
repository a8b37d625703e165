"""Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

The sender numbers its packets across all streams; every 50 ms we say when each arrived, and it estimates the uplink.
"""

import struct

from aiortc.rtp import RTCP_RTPFB, pack_rtcp_packet

from streaming.media.wire.rtp import Unwrapper

URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
FORMAT = 15
REFERENCE_US = 64_000
TICK_US = 250
# A report names packets one by one; a jump of the sender's numbers beyond this starts afresh.
SPAN_MAX = 1_000
ARRIVALS_MAX = 2_000

_ABSENT, _SMALL, _LARGE = 0, 1, 2


class Arrivals:
    """Collects arrival times between two reports. Bounded: beyond ARRIVALS_MAX packets the report goes out poorer."""

    def __init__(self) -> None:
        self._unwrapper = Unwrapper(16)
        self._arrived: dict[int, int] = {}
        self._next: int | None = None
        self._count = 0

    def record(self, sequence: int, at_us: int) -> None:
        number = self._unwrapper.unwrap(sequence)
        if len(self._arrived) < ARRIVALS_MAX:
            self._arrived.setdefault(number, at_us)

    def report(self, sender_ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet about everything since the last report, or None when nothing came."""
        if not self._arrived:
            return None
        last = max(self._arrived)
        first = min(self._arrived)
        if self._next is not None and first > self._next and last - self._next < SPAN_MAX:
            first = self._next
        first = max(first, last - SPAN_MAX)
        arrived = {number: at for number, at in self._arrived.items() if number >= first}
        self._arrived.clear()
        self._next = last + 1
        fci, covered = _pack(first, last, arrived, self._count)
        self._count = (self._count + 1) & 0xFF
        if covered <= last:
            # A delta did not fit into 16 bits: what was left out is said in the next report.
            self._next = covered
            self._arrived = {number: at for number, at in arrived.items() if number >= covered}
        return pack_rtcp_packet(RTCP_RTPFB, FORMAT, struct.pack("!II", sender_ssrc, media_ssrc) + fci)


def _pack(first: int, last: int, arrived: dict[int, int], count: int) -> tuple[bytes, int]:
    """The feedback control information and the first number it does not cover."""
    begin = arrived[min(arrived)]
    reference = begin // REFERENCE_US
    clock = reference * REFERENCE_US
    symbols: list[int] = []
    deltas = bytearray()
    covered = first
    for number in range(first, last + 1):
        at = arrived.get(number)
        if at is None:
            symbols.append(_ABSENT)
        else:
            ticks = round((at - clock) / TICK_US)
            if not -32768 <= ticks <= 32767:
                break
            small = 0 <= ticks <= 255
            symbols.append(_SMALL if small else _LARGE)
            deltas += bytes([ticks]) if small else struct.pack("!h", ticks)
            clock += ticks * TICK_US
        covered = number + 1
    head = struct.pack("!HH", first & 0xFFFF, len(symbols)) + (reference & 0xFFFFFF).to_bytes(3, "big") + bytes([count])
    body = head + _chunks(symbols) + bytes(deltas)
    return body + bytes(-len(body) % 4), covered


def _chunks(symbols: list[int]) -> bytes:
    packed = bytearray()
    position = 0
    while position < len(symbols):
        symbol = symbols[position]
        run = 1
        while position + run < len(symbols) and symbols[position + run] == symbol and run < 8191:
            run += 1
        if run >= 7 or position + run == len(symbols):
            packed += struct.pack("!H", symbol << 13 | run)
            position += run
            continue
        vector = symbols[position : position + 7]
        word = 0xC000
        for place, each in enumerate(vector):
            word |= each << (12 - 2 * place)
        packed += struct.pack("!H", word)
        position += len(vector)
    return bytes(packed)
