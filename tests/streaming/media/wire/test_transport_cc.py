"""Feedback is judged by a reader of its own, written from the draft."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from streaming.media.wire.transport_cc import Arrivals

TICK_US = 250


def read(packet: bytes) -> dict[int, int | None]:
    """Sequence number -> arrival in microseconds, None for what did not arrive."""
    assert packet[0] == 0x8F and packet[1] == 205 and len(packet) == 4 * (int.from_bytes(packet[2:4], "big") + 1)
    base, count = struct.unpack_from("!HH", packet, 12)
    clock = int.from_bytes(packet[16:19], "big") * 64_000
    symbols: list[int] = []
    position = 20
    while len(symbols) < count:
        word = int.from_bytes(packet[position : position + 2], "big")
        position += 2
        if word >> 15 == 0:
            symbols += [word >> 13 & 3] * (word & 0x1FFF)
        elif word >> 14 & 1:
            symbols += [word >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [word >> shift & 1 for shift in range(13, -1, -1)]
    found: dict[int, int | None] = {}
    for place, symbol in enumerate(symbols[:count]):
        number = (base + place) & 0xFFFF
        if symbol == 0:
            found[number] = None
            continue
        size = "B" if symbol == 1 else "h"
        (ticks,) = struct.unpack_from("!" + size, packet, position)
        position += struct.calcsize(size)
        clock += ticks * TICK_US
        found[number] = clock
    return found


@given(
    start=st.integers(0, 0xFFFF),
    steps=st.lists(st.tuples(st.integers(1, 40), st.integers(-3_000, 90_000)), min_size=1, max_size=60),
)
def test_a_reader_of_the_draft_finds_every_arrival(start: int, steps: list[tuple[int, int]]) -> None:
    arrivals = Arrivals()
    number, at_us, sent = start, 10_000_000, {}
    for step, wait in steps:
        number, at_us = number + step, at_us + wait
        arrivals.record(number & 0xFFFF, at_us)
        sent[number & 0xFFFF] = at_us
    found: dict[int, int | None] = {}
    while (packet := arrivals.report(1, 2)) is not None:
        found |= read(packet)
    assert {number for number, at in found.items() if at is not None} == set(sent)
    assert all(abs(found[number] - at) <= TICK_US for number, at in sent.items())  # type: ignore[operator]


def test_a_gap_between_two_reports_is_reported_as_lost() -> None:
    arrivals = Arrivals()
    arrivals.record(10, 1_000_000)
    first = arrivals.report(1, 2)
    arrivals.record(13, 1_050_000)
    second = arrivals.report(1, 2)
    assert first is not None and second is not None
    assert set(read(first)) == {10}
    assert [number for number, at in read(second).items() if at is None] == [11, 12]
    assert first[19] == 0 and second[19] == 1


def test_nothing_new_is_no_report() -> None:
    assert Arrivals().report(1, 2) is None


def test_a_sender_who_jumps_does_not_make_us_name_a_thousand_packets() -> None:
    arrivals = Arrivals()
    arrivals.record(1, 1_000_000)
    arrivals.report(1, 2)
    arrivals.record(30_000, 1_050_000)
    packet = arrivals.report(1, 2)
    assert packet is not None and len(packet) < 60
