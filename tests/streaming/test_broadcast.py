"""The broadcast machine: a table read as sentences."""

import pytest

from streaming.broadcast import (
    TABLE,
    Broadcast,
    CameraDown,
    CameraLeft,
    CameraReplaced,
    CameraUp,
    Change,
    End,
    EndReason,
    Event,
    State,
    TimePassed,
)
from streaming.rules import BroadcastRules
from tests.streaming.scene import HOME, NOW, OTHER

RULES = BroadcastRules(grace_s=60, left_grace_s=15, successor_s=5)
UP, DOWN = CameraUp("s1", HOME), CameraDown("s1")


def fresh() -> Broadcast:
    return Broadcast("b1", "r1", "u1", NOW)


def after(*events: tuple[Event, int]) -> Broadcast:
    """A broadcast after ``events``, each with its time in seconds."""
    broadcast = fresh()
    for event, at_s in events:
        broadcast.handle(event, NOW + at_s * 1000, RULES)
    return broadcast


def test_the_first_picture_starts_it() -> None:
    broadcast = fresh()
    assert broadcast.handle(UP, NOW, RULES) == (Change.STARTED,)
    assert (broadcast.state, broadcast.session, broadcast.home) == (State.LIVE, "s1", HOME)


def test_a_silent_camera_gives_the_host_his_grace_time() -> None:
    broadcast = after((UP, 0))
    assert broadcast.handle(DOWN, NOW + 10_000, RULES) == (Change.LOST,)
    assert broadcast.state is State.RECONNECTING
    assert broadcast.deadline_ms == NOW + 70_000


def test_a_host_who_comes_back_in_time_goes_on() -> None:
    broadcast = after((UP, 0), (DOWN, 10))
    assert broadcast.handle(CameraUp("s2", HOME), NOW + 69_999, RULES) == (Change.RETURNED,)
    assert (broadcast.state, broadcast.session, broadcast.deadline_ms) == (State.LIVE, "s2", None)


def test_at_the_end_of_the_grace_time_it_ends_as_lost() -> None:
    broadcast = after((UP, 0), (DOWN, 10))
    assert broadcast.handle(TimePassed(), NOW + 69_999, RULES) == ()
    assert broadcast.handle(TimePassed(), NOW + 70_000, RULES) == (Change.ENDED,)
    assert (broadcast.state, broadcast.end_reason, broadcast.ended_at_ms) == (State.ENDED, EndReason.LOST, NOW + 70_000)


def test_a_host_who_closed_his_camera_has_less_time() -> None:
    broadcast = after((UP, 0))
    assert broadcast.handle(CameraLeft("s1"), NOW, RULES) == (Change.LOST,)
    assert broadcast.handle(TimePassed(), NOW + 15_000, RULES) == (Change.ENDED,)
    assert broadcast.end_reason is EndReason.LEFT


def test_a_lost_host_gains_no_time_by_closing_his_camera() -> None:
    broadcast = after((UP, 0), (DOWN, 0))
    assert broadcast.handle(CameraLeft("s1"), NOW + 50_000, RULES) == ()
    assert broadcast.deadline_ms == NOW + 60_000


def test_a_host_who_returned_from_leaving_and_is_lost_has_his_full_grace_time() -> None:
    broadcast = after((UP, 0), (CameraLeft("s1"), 1), (CameraUp("s2", HOME), 2), (CameraDown("s2"), 10))
    assert broadcast.deadline_ms == NOW + 70_000
    assert broadcast.on_deadline is EndReason.LOST


def test_a_newer_publisher_takes_over_without_a_word_to_anybody() -> None:
    broadcast = after((UP, 0))
    assert broadcast.handle(CameraReplaced("s1"), NOW, RULES) == ()
    assert broadcast.handle(CameraUp("s2", HOME), NOW + 4_000, RULES) == ()
    assert (broadcast.state, broadcast.session, broadcast.deadline_ms) == (State.LIVE, "s2", None)


def test_a_successor_without_a_picture_is_a_lost_host_with_a_full_grace_time() -> None:
    broadcast = after((UP, 0), (CameraReplaced("s1"), 0))
    assert broadcast.handle(TimePassed(), NOW + 5_000, RULES) == (Change.LOST,)
    assert broadcast.deadline_ms == NOW + 65_000


def test_a_camera_on_another_worker_moves_the_broadcast() -> None:
    broadcast = after((UP, 0), (DOWN, 1))
    assert broadcast.handle(CameraUp("s2", OTHER), NOW + 2_000, RULES) == (Change.RETURNED, Change.MOVED)
    assert broadcast.home == OTHER


@pytest.mark.parametrize("event", [CameraDown("old"), CameraLeft("old"), CameraReplaced("old")])
def test_news_of_an_older_session_changes_nothing(event: Event) -> None:
    broadcast = after((UP, 0))
    assert broadcast.handle(event, NOW, RULES) == ()
    assert (broadcast.state, broadcast.deadline_ms) == (State.LIVE, None)


@pytest.mark.parametrize("reason", [EndReason.ENDED, EndReason.BANNED, EndReason.FORCED])
@pytest.mark.parametrize("way", [(), ((DOWN, 1),), ((CameraReplaced("s1"), 1),)])
def test_it_can_be_ended_from_every_state_that_people_see(
    reason: EndReason, way: tuple[tuple[Event, int], ...]
) -> None:
    broadcast = after((UP, 0), *way)
    assert broadcast.handle(End(reason), NOW + 2_000, RULES) == (Change.ENDED,)
    assert (broadcast.end_reason, broadcast.deadline_ms) == (reason, None)


@pytest.mark.parametrize(
    "event", [UP, DOWN, CameraLeft("s1"), CameraReplaced("s1"), End(EndReason.BANNED), TimePassed()]
)
def test_nothing_brings_an_ended_broadcast_back(event: Event) -> None:
    broadcast = after((UP, 0), (End(EndReason.ENDED), 1))
    assert broadcast.handle(event, NOW + 10**9, RULES) == ()
    assert (broadcast.state, broadcast.end_reason) == (State.ENDED, EndReason.ENDED)


def test_the_table_leads_nowhere_from_ended() -> None:
    assert not [cell for cell in TABLE if cell[0] is State.ENDED]
