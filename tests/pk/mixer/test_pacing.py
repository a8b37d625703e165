"""The frame rate gives way before the sound does: all in told microseconds."""

from pk.mixer.pacing import MAX_PATIENCE_US, PATIENCE_US, Pace


class Machine:
    """Makes pictures at the pace told, each taking ``work_us``."""

    def __init__(self, fps: int = 30) -> None:
        self.now_us = 0
        self.pace = Pace(fps, 0)

    def work(self, seconds: float, work_us: int, sound_missed: int = 0) -> None:
        until_us = self.now_us + int(seconds * 1e6)
        while self.now_us < until_us:
            period_us = self.pace.period_us
            self.now_us += int(max(work_us, period_us))
            self.pace.made(self.now_us, work_us, int(work_us // period_us), sound_missed)

    @property
    def fps(self) -> int:
        return round(1e6 / self.pace.period_us)


def test_a_machine_that_is_fast_enough_stays_at_the_frame_rate() -> None:
    machine = Machine()
    machine.work(30, 12_000)
    assert machine.fps == 30


def test_a_machine_that_is_too_slow_gives_20_and_then_15() -> None:
    machine = Machine()
    machine.work(1.1, 40_000)
    assert machine.fps == 20
    machine.work(5, 40_000)
    assert machine.fps == 20, "it can do 20"
    machine.work(2.1, 60_000)
    assert machine.fps == 15
    machine.work(10, 90_000)
    assert machine.fps == 15, "less is no picture any more"


def test_a_single_slow_picture_is_no_reason() -> None:
    machine = Machine()
    machine.work(1.5, 10_000)
    machine.work(0.05, 90_000)
    machine.work(5, 10_000)
    assert machine.fps == 30


def test_it_comes_back_when_there_has_been_room_for_a_while() -> None:
    machine = Machine()
    machine.work(2.1, 60_000)
    machine.work(PATIENCE_US / 1e6 - 1, 10_000)
    assert machine.fps == 15
    machine.work(3, 10_000)
    assert machine.fps == 20
    machine.work(PATIENCE_US / 1e6 + 1, 10_000)
    assert machine.fps == 30


def test_without_room_for_the_faster_pace_it_stays() -> None:
    machine = Machine()
    machine.work(1.1, 40_000)
    machine.work(60, 30_000)  # fits into 33 ms, but leaves nothing
    assert machine.fps == 20


def test_a_pace_that_did_not_last_is_tried_ever_later() -> None:
    machine = Machine()
    rises = []
    for _ in range(5):
        machine.work(1.5, 40_000)
        assert machine.fps == 20
        began_us = machine.now_us
        while machine.fps == 20:
            machine.work(1, 10_000)
        rises.append((machine.now_us - began_us) / 1e6)
    assert rises == sorted(rises)
    assert rises[-1] > 4 * rises[0]
    assert rises[-1] <= MAX_PATIENCE_US / 1e6 + 2


def test_a_gap_in_the_sound_costs_pictures_at_once() -> None:
    machine = Machine()
    machine.work(1.1, 5_000, sound_missed=1)
    assert machine.fps == 20
