import signal

from transcode.job import EndReason, JobState
from transcode.life import Act, JobLife, LifeLimits

LIMITS = LifeLimits(ready_ms=1000, heartbeat_ms=500, drain_ms=300)


def born() -> JobLife:
    return JobLife(LIMITS, 0)


def test_a_job_that_is_not_ready_in_time_is_killed_for_that() -> None:
    life = born()
    assert life.overdue(999) is Act.NOTHING
    assert life.overdue(1000) is Act.KILL
    life.exited(-signal.SIGKILL)
    assert (life.state, life.reason) == (JobState.ENDED, EndReason.NOT_READY)


def test_ready_is_announced_once() -> None:
    life = born()
    assert life.ready(10) is Act.ANNOUNCE_READY
    assert life.ready(20) is Act.NOTHING


def test_each_heartbeat_moves_the_deadline() -> None:
    life = born()
    life.ready(100)
    assert life.deadline_ms == 600
    life.heartbeat(400)
    assert life.overdue(600) is Act.NOTHING
    assert life.overdue(900) is Act.KILL
    life.exited(-signal.SIGKILL)
    assert life.reason is EndReason.STALLED


def test_a_heartbeat_before_ready_does_not_count() -> None:
    life = born()
    life.heartbeat(900)
    assert life.overdue(1000) is Act.KILL


def test_a_job_that_was_asked_and_returns_is_stopped() -> None:
    life = born()
    life.ready(0)
    assert life.ask_to_stop(100) is Act.ASK_TO_STOP
    assert life.ask_to_stop(200) is Act.NOTHING
    life.exited(0)
    assert life.reason is EndReason.STOPPED


def test_a_job_that_was_asked_and_stays_is_killed() -> None:
    life = born()
    life.ask_to_stop(100)
    life.heartbeat(350)
    assert life.overdue(400) is Act.KILL
    life.exited(-signal.SIGKILL)
    assert life.reason is EndReason.NOT_DRAINED


def test_a_job_that_returns_by_itself_has_finished() -> None:
    life = born()
    life.ready(0)
    life.exited(0)
    assert life.reason is EndReason.FINISHED


def test_a_signal_from_outside_is_named() -> None:
    life = born()
    life.ready(0)
    life.exited(-signal.SIGKILL)
    assert (life.reason, life.detail) == (EndReason.DIED, "SIGKILL")


def test_the_first_thing_that_went_wrong_is_the_reason() -> None:
    life = born()
    life.ready(0)
    life.failed("ValueError: no")
    assert life.ask_to_stop(5) is Act.NOTHING
    life.exited(1)
    assert (life.reason, life.detail) == (EndReason.FAILED, "ValueError: no")
    killed = born()
    killed.overdue(1000)
    assert killed.deadline_ms is None
    assert killed.overdue(2000) is Act.NOTHING
    assert killed.ready(2000) is Act.NOTHING


def test_a_job_whose_frames_stand_still_is_killed_however_its_heart_beats() -> None:
    life = JobLife(LifeLimits(heartbeat_ms=5000, frame_ms=2000), 0)
    life.ready(0)
    for now_ms, frames in ((500, 10.0), (1000, 25.0), (1500, 25.0), (2000, 25.0), (2900, 25.0)):
        life.heartbeat(now_ms, frames)
        assert life.overdue(now_ms) is Act.NOTHING
    assert life.deadline_ms == 3000
    assert life.overdue(3000) is Act.KILL
    life.exited(-signal.SIGKILL)
    assert life.reason is EndReason.STALLED
    assert "2000 ms after its last frame" in life.detail


def test_frames_before_ready_do_not_count_and_a_job_without_frames_needs_none() -> None:
    life = JobLife(LifeLimits(ready_ms=10_000, heartbeat_ms=5000, frame_ms=2000), 0)
    life.heartbeat(0, 7.0)
    life.ready(9000)
    life.heartbeat(10_900, 7.0)
    assert life.overdue(10_900) is Act.NOTHING
    other = JobLife(LifeLimits(heartbeat_ms=5000, frame_ms=2000), 0)
    other.ready(0)
    other.heartbeat(4000)
    assert other.overdue(8999) is Act.NOTHING
