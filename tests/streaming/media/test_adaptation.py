"""When a viewer's link is called poor, and when it is trusted again."""

from streaming.media.adaptation import Adaptation
from streaming.media.capture_stamps import CaptureStamps
from streaming.media.packet import ProgramPacket, SourcePacket

SECOND = 1_000_000
RATES = [1_500_000, 400_000]
STILLS = len(RATES)
LOST_A_TENTH, LOST_HALF = 26, 128


class Link:
    """Reports once a second, as browsers do, and judges after each."""

    def __init__(self) -> None:
        self.adaptation = Adaptation()
        self.now_us = 0
        self.rungs = [0]

    def reports(self, *fractions: int, rates: list[int] | None = None) -> int:
        for fraction in fractions:
            self.now_us += SECOND
            self.adaptation.report(fraction, self.now_us)
            self.rungs.append(self.adaptation.judge(RATES if rates is None else rates, self.now_us))
        return self.rungs[-1]


def test_one_report_of_a_tenth_is_no_poor_link_and_two_are() -> None:
    assert Link().reports(LOST_A_TENTH) == 0
    assert Link().reports(LOST_A_TENTH, 0, LOST_A_TENTH) == 0
    assert Link().reports(LOST_A_TENTH, LOST_A_TENTH) == 1


def test_a_quarter_lost_is_enough_at_once() -> None:
    assert Link().reports(LOST_HALF) == 1


def test_who_goes_on_losing_gets_keyframes_only_but_not_before_the_change_has_settled() -> None:
    link = Link()
    assert link.reports(LOST_HALF, LOST_HALF, LOST_HALF) == 1
    assert link.reports(LOST_HALF) == STILLS
    assert link.reports(LOST_HALF, LOST_HALF, LOST_HALF) == STILLS


def test_one_bad_second_costs_nobody_his_picture() -> None:
    link = Link()
    link.reports(LOST_HALF, 0, LOST_HALF, 0, LOST_HALF)
    assert link.rungs[-1] == 1


def test_a_quiet_link_is_trusted_again_step_by_step() -> None:
    link = Link()
    link.reports(LOST_HALF, 0, LOST_HALF, LOST_HALF, LOST_HALF)
    assert link.rungs[-1] == STILLS
    link.reports(*[0] * 20)
    changes = [rung for rung, before in zip(link.rungs[1:], link.rungs, strict=False) if rung != before]
    assert changes == [1, 2, 1, 0]


def test_every_failed_climb_makes_the_next_wait_longer() -> None:
    link = Link()
    link.reports(LOST_HALF)
    waits = []
    for _ in range(4):
        waited = 0
        while link.reports(0) != 0:
            waited += 1
        waits.append(waited)
        while link.reports(LOST_HALF) == 0:
            pass
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]


def test_narrow_estimates_lead_to_a_smaller_layer_and_never_to_keyframes_only() -> None:
    link = Link()
    for _ in range(3):
        link.adaptation.estimate(800_000)
    assert link.reports(0) == 1
    link.reports(0, 0, 0)
    for _ in range(3):
        link.adaptation.estimate(50_000)
    assert link.reports(0) == 1


def test_a_wide_estimate_among_narrow_ones_saves_the_picture() -> None:
    link = Link()
    for bitrate in (800_000, 1_600_000, 800_000):
        link.adaptation.estimate(bitrate)
    assert link.reports(0) == 0


def test_a_ladder_that_shrinks_takes_the_viewer_along() -> None:
    link = Link()
    link.reports(LOST_HALF, 0, LOST_HALF, LOST_HALF, LOST_HALF)
    assert link.reports(0, rates=RATES[:1]) == 1


def stamped(kind_rate: int, times: list[tuple[int, int]]) -> list[bool]:
    """Of packets by (capture time in ms, timestamp in ms), which are stamped."""
    stamps = CaptureStamps("video" if kind_rate == 90_000 else "audio")
    found = []
    for captured_ms, timestamp_ms in times:
        source = SourcePacket(0, 0, True, False, b"", captured_ms * 1000, 0)
        packet = ProgramPacket(0, timestamp_ms * kind_rate // 1000, source)
        stamps.mark(packet)
        found.append(packet.stamped)
    return found


def test_the_first_packet_and_one_a_second_tell_when_they_were_captured() -> None:
    regular = [(at, at) for at in range(5_000, 8_000, 20)]
    assert [place for place, each in enumerate(stamped(48_000, regular)) if each] == [0, 50, 100]


def test_a_time_line_that_breaks_is_told_at_once() -> None:
    assert stamped(90_000, [(0, 0), (33, 33), (66, 80), (99, 113), (132, 146)]) == [True, False, True, False, False]
