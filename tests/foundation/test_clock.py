"""The one clock agrees with its reference and never steps back."""

import pytest

from foundation.clock import SteeredClock, SystemClock


class Monotonic:
    def __init__(self) -> None:
        self.ns = 5_000_000_000

    def __call__(self) -> int:
        return self.ns


class Reference:
    """A reference clock that answers after ``round_trip_ns`` and may be wrong by ``error_us``."""

    def __init__(self, monotonic: Monotonic, error_us: int = 0, round_trip_ns: int = 2_000_000) -> None:
        self.monotonic, self.error_us, self.round_trip_ns = monotonic, error_us, round_trip_ns

    async def __call__(self) -> int:
        self.monotonic.ns += self.round_trip_ns // 2
        told = 1_700_000_000_000_000 + self.monotonic.ns // 1000 + self.error_us
        self.monotonic.ns += self.round_trip_ns - self.round_trip_ns // 2
        return told


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


async def test_the_clock_shows_the_references_time_whatever_the_round_trip(monotonic: Monotonic) -> None:
    clock = SteeredClock(monotonic)
    await clock.measure(Reference(monotonic, round_trip_ns=100_000_000))
    assert clock.now_ms() == 1_700_000_000_000 + monotonic.ns // 1_000_000


async def test_a_measurement_that_would_step_back_makes_the_clock_stand_still(monotonic: Monotonic) -> None:
    clock = SteeredClock(monotonic)
    await clock.measure(Reference(monotonic, error_us=300_000))
    ahead = clock.now_ms()
    await clock.measure(Reference(monotonic))
    assert clock.now_ms() == ahead
    monotonic.ns += 1_000_000_000
    assert clock.now_ms() > ahead


async def test_a_late_answer_is_not_believed(monotonic: Monotonic) -> None:
    clock = SteeredClock(monotonic)
    await clock.measure(Reference(monotonic))
    assert not await clock.measure(Reference(monotonic, error_us=900_000, round_trip_ns=400_000_000))
    assert clock.now_ms() == 1_700_000_000_000 + monotonic.ns // 1_000_000


async def test_the_last_offset_is_held_while_the_reference_is_away(monotonic: Monotonic) -> None:
    clock = SteeredClock(monotonic)
    await clock.measure(Reference(monotonic))
    before = clock.now_ms()
    monotonic.ns += 60_000_000_000
    assert clock.now_ms() == before + 60_000


def test_an_unmeasured_clock_refuses_to_guess(monotonic: Monotonic) -> None:
    with pytest.raises(RuntimeError):
        SteeredClock(monotonic).now_ms()


def test_the_system_clock_moves_on() -> None:
    clock = SystemClock()
    assert clock.now_ms() <= clock.now_ms()
