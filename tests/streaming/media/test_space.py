"""The RTP space of a program: the rule that keeps GCM safe, and switches that decoders follow."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.media.packet import ProgramPacket, SourcePacket
from streaming.media.space import RING, RtpSpace
from streaming.media.train import seal_burst
from streaming.media.viewer import Profile, Viewer
from streaming.media.wire import rtp
from tests.streaming.media.packets import packet

SSRC, NUMBER = 5, 102


def space(first: int = 100) -> RtpSpace:
    return RtpSpace(90_000, first, 1_000)


def viewer() -> Viewer:
    return Viewer(None, None, lambda _: None, Profile(NUMBER, 111))  # type: ignore[arg-type]


STEP = st.one_of(
    st.tuples(st.just("packet"), st.integers(-5, 40), st.integers(10, 600)),
    st.tuples(st.just("late"), st.integers(1, 700), st.integers(10, 600)),
    st.tuples(st.just("restart"), st.integers(-5_000, 90_000), st.integers(10, 100)),
    st.tuples(st.just("switch"), st.integers(0, 60), st.integers(10, 600)),
    st.tuples(st.just("flush"), st.just(0), st.just(0)),
    st.tuples(st.just("join"), st.just(0), st.just(0)),
    st.tuples(st.just("nack"), st.integers(0, 600), st.just(0)),
)


class Fan:
    """Sends what a space gives out to viewers as a track does, and remembers every byte under its number."""

    def __init__(self, first: int) -> None:
        self.space = space(first)
        self.viewers = [viewer()]
        self.viewers[0].begin("video", self.space, 0)
        self.sent: dict[tuple[int, int], bytes] = {}
        self.pending: list[ProgramPacket] = []
        self.cached: list[ProgramPacket] = []

    def give(self, packets: list[ProgramPacket]) -> None:
        self.pending += packets

    def flush(self) -> None:
        seal_burst(self.pending)
        for each in self.pending:
            for place in range(len(self.viewers)):
                self.put(place, each)
        self.cached = [*self.cached, *self.pending][-100:]
        self.pending = []

    def put(self, place: int, each: ProgramPacket) -> None:
        assert each.sealed
        stretch = self.viewers[place].now("video")
        wire = self.viewers[place].wire("video", each, SSRC)
        if wire is None:  # late, and nothing for this viewer
            return
        wire = rtp.moved(wire, stretch.number & 0xFFFF, stretch.timestamp)
        # The cipher's number is the roll-over counter and these 16 bits; unwrapped numbers stand for both.
        key = (place, each.number + stretch.number)
        assert key[1] & 0xFFFF == int.from_bytes(wire[2:4], "big")
        assert self.sent.setdefault(key, wire) == wire, "bytes under one number have changed"

    def join(self) -> None:
        joining = viewer()
        self.viewers.append(joining)
        joining.begin("video", self.space, self.cached[0].number if self.cached else self.space.head + 1)
        if self.cached:
            joining.catch_up(self.cached, 90)
            for each in self.cached:
                self.put(len(self.viewers) - 1, each)

    def nack(self, back: int) -> None:
        stored = self.space.stored((self.space.head - back) & 0xFFFF)
        if stored is not None:
            for place in range(len(self.viewers)):
                self.put(place, stored)


@settings(max_examples=200, deadline=None)
@given(first=st.sampled_from([0, 100, 0x7FFF, 0xFFF0, 0xF001]), steps=st.lists(STEP, max_size=60))
def test_bytes_sent_under_one_number_never_change(first: int, steps: list[tuple[str, int, int]]) -> None:
    fan = Fan(first)
    number, source, now = 10_000, 0, 0
    for kind, value, size in steps:
        now += 3_000
        if kind in ("packet", "late"):
            target = number + value if kind == "packet" else number - value
            number = max(number, target)
            placed = fan.space.forward(packet(target, size=size + source, at_us=now), now)
            fan.give([placed] if placed is not None else [])
        elif kind == "restart":
            number += value
        elif kind == "switch":
            source += 1
            number += 77_777
            gop = [packet(number + place, frame=number + place // 3, size=size + source) for place in range(value)]
            fan.give(fan.space.switch(gop, now))
            number += value
        elif kind == "flush":
            fan.flush()
        elif kind == "join":
            fan.flush()
            fan.join()
        else:
            fan.nack(value)
    fan.flush()


def numbers(packets: list[ProgramPacket]) -> list[int]:
    return [each.number for each in packets]


def forward(out: RtpSpace, *given: SourcePacket) -> list[ProgramPacket]:
    return [placed for each in given if (placed := out.forward(each, each.arrived_us)) is not None]


def test_a_gap_stays_open_for_the_late_packet() -> None:
    out = space()
    placed = forward(out, packet(1), packet(3), packet(2))
    assert [each.number - placed[0].number for each in placed] == [0, 2, 1]


def test_the_same_packet_twice_goes_out_once() -> None:
    out = space()
    assert len(forward(out, packet(1), packet(2), packet(2), packet(1))) == 2


def test_a_packet_older_than_the_ring_is_dropped() -> None:
    out = space()
    forward(out, packet(1))
    forward(out, packet(RING + 3))
    assert forward(out, packet(2)) == []
    assert len(forward(out, packet(5))) == 1


def test_a_switch_continues_the_numbers_and_shows_the_last_cached_frame_at_once() -> None:
    out = space()
    before = forward(out, *(packet(number, at_us=number * 33_333) for number in range(1, 11)))
    now = 11 * 33_333
    gop = [packet(900 + place, frame=500 + place // 2, marker=place % 2 == 1) for place in range(120)]
    switched = out.switch(gop, now)
    live = forward(out, packet(1_020, frame=560, at_us=now + 33_333))
    assert numbers(switched) == list(range(before[-1].number + 1, before[-1].number + 121))
    assert live[0].number == switched[-1].number + 1
    stamps = [each.timestamp for each in [*before, *switched, *live]]
    assert stamps == sorted(stamps)
    assert len({each.timestamp for each in switched}) == 60, "frames stay distinct"
    assert switched[-1].timestamp - before[-1].timestamp <= 3_100, "60 frames in the time of one"
    assert live[0].timestamp - switched[-1].timestamp == 3_000


def test_however_often_the_source_is_switched_the_times_stay_with_the_arrivals() -> None:
    """A receiver's jitter buffer holds what seems to come early: times that run ahead delay every picture after it."""
    out = space()
    period, phases = 33_333, (0, 14_000)
    ahead_ms = []
    for turn in range(40):
        first, phase = 30 * turn, phases[turn % 2]
        shown = [
            packet(100_000 * (turn % 2) + number, frame=number, at_us=number * period + phase)
            for number in range(first, first + 45)
        ]
        cached, coming = shown[:15], shown[15:]
        out.switch(cached, cached[-1].arrived_us + 18_000)
        ahead_ms += [each.timestamp / 90 - each.arrived_us / 1000 for each in forward(out, *coming)]
    apart_ms, ticks_ms = 14, 40 * 15 / 90
    assert max(ahead_ms) - min(ahead_ms) <= apart_ms + ticks_ms + 1, "a tick for each replayed frame at most"


def test_sounds_of_two_sources_do_not_overlap_however_often_they_are_switched() -> None:
    """A receiver throws away what begins before the end of what it has, and fills the rest of the gap with noise."""
    out = RtpSpace(48_000, 100, 1_000, fills=True)
    told: list[ProgramPacket] = []
    for turn in range(40):
        out.switch([], 0)
        for place in range(50):
            number = 50 * turn + place
            at_us = number * 20_000 + (turn % 2) * 7_000
            said = replace(packet(100_000 * (turn % 2) + number, at_us=at_us), timestamp=number * 960)
            told += forward(out, said)
    steps = [late.timestamp - early.timestamp for early, late in itertools.pairwise(told)]
    assert min(steps) >= 960
    ahead_ms = [each.timestamp / 48 - each.arrived_us / 1000 for each in told]
    assert max(ahead_ms) - min(ahead_ms) <= 20


def test_packets_of_the_former_source_do_not_come_back_after_a_switch() -> None:
    out = space()
    forward(out, packet(1), packet(3))
    out.switch([packet(50, keyframe=True)], 0)
    assert forward(out, packet(49), packet(48)) == [], "not even where the former source has left a gap"


def test_a_source_that_starts_again_continues_behind() -> None:
    out = space()
    before = forward(out, packet(50_000))
    after = forward(out, packet(10, at_us=40_000), packet(11, at_us=73_000))
    assert [each.number - before[0].number for each in after] == [1, 2]
    assert after[0].timestamp > before[0].timestamp


def test_a_packet_that_waits_to_be_sent_is_not_there_for_a_nack() -> None:
    out = space()
    waiting = forward(out, packet(1))[0]
    assert out.stored(waiting.number & 0xFFFF) is None
    seal_burst([waiting])
    assert out.stored(waiting.number & 0xFFFF) is waiting


def test_a_sender_report_maps_now_to_the_capture_clock() -> None:
    out = space()
    placed = forward(out, packet(1, at_us=1_000_000))[0]
    stamp = out.timestamp_at(1_500_000)
    assert stamp == placed.timestamp + 45_000


def test_who_joins_late_in_a_lap_of_numbers_gets_numbers_of_his_own() -> None:
    late = viewer()
    out = space(0xFFEF)
    late.begin("video", out, 0x1FFF0)
    late.begin("audio", out, 0)
    placed = forward(out, packet(1))[0]
    seal_burst([placed])
    assert placed.number == 0x1FFF0
    assert (placed.number + late.deltas[2]) & 0xFFFF < 0x8000
    assert late.resent("video", (placed.number + late.deltas[2]) & 0xFFFF, SSRC) is not None
