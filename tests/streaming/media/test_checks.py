"""Uplink checks end in time, and a broken one takes nobody along."""

from dataclasses import dataclass, field
from typing import Any

from streaming.media.checks import Checks


@dataclass
class Seat:
    """Of a session: whose, and since when."""

    user: str
    opened_us: int
    id: str = "s1"


@dataclass
class Sender:
    """A publisher who notes his ticks; a broken one raises in each."""

    session: Any  # a Seat
    broken: bool = False
    ticks: list[int] = field(default_factory=list)

    def tick(self, now_us: int) -> None:
        self.ticks.append(now_us)
        if self.broken:
            raise ZeroDivisionError


def begun(*senders: Any) -> Checks:
    checks = Checks(check_us=1_000)
    for sender in senders:
        checks.begin(sender)
    return checks


def test_a_check_is_over_when_its_time_is() -> None:
    early, late = Sender(Seat("early", 0)), Sender(Seat("late", 500))
    checks = begun(early, late)
    assert checks.tick(999) == []
    assert checks.tick(1_000) == [early.session]
    assert late.ticks == [999, 1_000]


def test_one_whose_tick_fails_ends_and_the_others_go_on_and_end_in_time() -> None:
    broken, sound, over = Sender(Seat("broken", 900), broken=True), Sender(Seat("sound", 900)), Sender(Seat("over", 0))
    checks = begun(broken, sound, over)
    assert checks.tick(1_000) == [broken.session, over.session]
    assert sound.ticks == [1_000]
