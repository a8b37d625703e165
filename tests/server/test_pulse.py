"""When a media worker is dead, reading by reading, every half second."""

from collections.abc import Iterable

from server.pulse import Judge, Pulse, Verdict


def first_verdict(readings: Iterable[Pulse | None], judge: Judge | None = None) -> tuple[Verdict, float] | None:
    """The first verdict over readings at 0, 0.5, 1, ... seconds, and when it is given."""
    judge = judge or Judge()
    for place, pulse in enumerate(readings):
        verdict = judge.look(place / 2, pulse)
        if verdict is not None:
            return verdict, place / 2
    return None


def test_a_worker_that_forwards_lives() -> None:
    assert first_verdict(Pulse(due * 30, due * 3000) for due in range(100)) is None


def test_one_that_is_idle_lives_for_ever() -> None:
    assert first_verdict([Pulse(500, 7_000)] * 1_000) is None


def test_one_that_owes_and_sends_nothing_for_two_seconds_is_dead() -> None:
    lively = [Pulse(count * 20, count * 90) for count in range(4)]
    mute = [Pulse(80 + count * 20, 270) for count in range(20)]
    assert first_verdict(lively + mute) == (Verdict.SILENT, 3.5)


def test_one_that_was_idle_for_an_hour_has_its_two_seconds_like_everybody() -> None:
    idle = [Pulse(0, 0)] * 7_200
    assert first_verdict([*idle, Pulse(20, 0), Pulse(40, 0), Pulse(60, 0), Pulse(80, 50)]) is None
    judged = first_verdict([*idle, *(Pulse(20 * count, 0) for count in range(1, 9))])
    assert judged == (Verdict.SILENT, 3_601.5)


def test_a_packet_now_and_then_that_nobody_got_is_no_death() -> None:
    assert first_verdict(Pulse(count // 2, 0) for count in range(200)) is None
    assert first_verdict(Pulse(count, 0) for count in range(15)) is None


def test_one_that_answers_nothing_for_two_seconds_hangs() -> None:
    assert first_verdict([Pulse(0, 0), None, None, Pulse(0, 0), *[None] * 10]) == (Verdict.HANGS, 4.0)


def test_one_that_starts_is_given_time() -> None:
    assert first_verdict([None] * 59) is None
    assert first_verdict([None] * 70) == (Verdict.HANGS, 30.0)


def test_readings_that_we_took_late_prove_nothing() -> None:
    judge = Judge()
    assert judge.look(0, Pulse(0, 0)) is None
    for minute in range(1, 20):
        assert judge.look(minute * 60, None) is None
        assert judge.look(minute * 60 + 30, Pulse(minute * 1_000, 0)) is None
