import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from foundation.bus import MemoryBus, Subscription
from foundation.clock import SystemClock
from foundation.facts import Fact
from tests.transcode.processes import gone
from transcode.admission import Costs
from transcode.errors import JobIsOver, NoRoomForJob, UnknownJob, UnknownJobKind
from transcode.job import EndReason, JobEnded, JobReady, JobSpec, JobState
from transcode.life import LifeLimits
from transcode.runner import JobRunner, RunnerSettings

DEADLINE_S = 30.0
KINDS = (
    "obedient",
    "stopped_process",
    "finishing",
    "failing",
    "leaving",
    "never_ready",
    "silent",
    "deaf",
    "hanging",
    "strained",
)
SETTINGS = RunnerSettings(
    kinds={kind: f"tests.transcode.jobs:{kind}" for kind in KINDS} | {"missing": "tests.transcode.jobs:missing"},
    limits=LifeLimits(ready_ms=2000, heartbeat_ms=600, frame_ms=700, drain_ms=400),
    max_jobs=2,
)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def facts(bus: MemoryBus) -> AsyncIterator[Subscription]:
    async with bus.subscribe(JobReady, JobEnded) as subscription:
        yield subscription


@pytest.fixture
async def runner(bus: MemoryBus) -> AsyncIterator[JobRunner]:
    runner = JobRunner(SETTINGS, bus, SystemClock())
    await runner.start()
    yield runner
    await runner.close()
    assert all(status.state is JobState.ENDED for status in runner.statuses())


async def ready(facts: Subscription) -> JobReady:
    async with asyncio.timeout(DEADLINE_S):
        fact = await anext(facts)
    assert isinstance(fact, JobReady)
    return fact


async def ended(facts: Subscription) -> JobEnded:
    async with asyncio.timeout(DEADLINE_S):
        async for fact in facts:
            if isinstance(fact, JobEnded):
                return fact
    raise AssertionError("the bus closed")


async def test_a_job_gets_ready_is_stopped_and_its_facts_are_published(runner: JobRunner, facts: Subscription) -> None:
    started = runner.run(JobSpec("a", "obedient", {}))
    assert started.state is JobState.STARTING
    assert (await ready(facts)).run == started.run
    assert runner.status("a").state is JobState.READY
    status = await runner.stop("a")
    assert (status.state, status.reason) == (JobState.ENDED, EndReason.STOPPED)
    assert (await ended(facts)).reason == "stopped"
    await gone(started.pid)


@pytest.mark.parametrize(
    ("kind", "reason", "detail"),
    [
        ("finishing", EndReason.FINISHED, ""),
        ("failing", EndReason.FAILED, "ValueError: the decoder has no keyframe"),
        ("missing", EndReason.FAILED, "AttributeError"),
        ("leaving", EndReason.DIED, "exit status 7"),
        ("never_ready", EndReason.NOT_READY, "killed while starting"),
        ("silent", EndReason.STALLED, "killed while ready"),
        ("stopped_process", EndReason.STALLED, "killed while ready"),
        ("hanging", EndReason.STALLED, "after its last frame"),
    ],
)
async def test_the_reason_of_an_end_is_recorded(
    runner: JobRunner, facts: Subscription, kind: str, reason: EndReason, detail: str
) -> None:
    pid = runner.run(JobSpec("a", kind, {})).pid
    fact = await ended(facts)
    assert (fact.reason, runner.status("a").reason) == (reason, reason)
    assert detail in fact.detail
    await gone(pid)


async def test_a_killed_child_is_reported_with_its_signal(runner: JobRunner, facts: Subscription) -> None:
    status = runner.run(JobSpec("a", "obedient", {}))
    await ready(facts)
    os.kill(status.pid, signal.SIGKILL)
    fact = await ended(facts)
    assert (fact.reason, fact.detail) == ("died", "SIGKILL")


async def test_a_job_that_does_not_hear_is_killed_after_the_drain_time(runner: JobRunner, facts: Subscription) -> None:
    runner.run(JobSpec("a", "deaf", {}))
    await ready(facts)
    async with asyncio.timeout(DEADLINE_S):
        assert (await runner.stop("a")).reason is EndReason.NOT_DRAINED


async def test_what_a_job_is_told_reaches_it_and_its_figures_come_back(
    runner: JobRunner, bus: MemoryBus, facts: Subscription
) -> None:
    runner.run(JobSpec("a", "obedient", {}))
    await ready(facts)
    runner.tell("a", {"number": 40})
    runner.tell("a", {"number": 2})
    seen: set[float] = set()
    async with asyncio.timeout(DEADLINE_S):
        while sum(seen) != 42:
            await asyncio.sleep(0)
            seen.add(runner.status("a").figures.get("told", 0.0))


async def test_starting_a_running_job_again_starts_nothing(runner: JobRunner) -> None:
    first = runner.run(JobSpec("a", "obedient", {}))
    assert runner.run(JobSpec("a", "obedient", {})).pid == first.pid
    assert len(runner.statuses()) == 1


async def test_an_ended_job_can_be_started_again_under_its_id(runner: JobRunner, facts: Subscription) -> None:
    first = runner.run(JobSpec("a", "obedient", {}))
    await ready(facts)
    await runner.stop("a")
    await ended(facts)
    second = runner.run(JobSpec("a", "obedient", {}))
    assert second.run != first.run
    assert (await ready(facts)).run == second.run


async def test_a_full_node_refuses(runner: JobRunner) -> None:
    runner.run(JobSpec("a", "obedient", {}))
    assert runner.load == 0.5
    runner.run(JobSpec("b", "obedient", {}))
    with pytest.raises(NoRoomForJob):
        runner.run(JobSpec("c", "obedient", {}))


class Told:
    """A machine that uses what it is told, beside jobs that use nothing."""

    busy_s = 0.0

    def machine_s(self) -> float:
        return self.busy_s

    def process_s(self, pid: int) -> float:
        return 0.0


async def test_a_busy_node_refuses_new_jobs_with_the_reason_but_not_the_renewed_one(bus: MemoryBus) -> None:
    machine = Told()
    settings = replace(SETTINGS, max_jobs=5, costs=Costs(2.0, {"obedient": 0.5}))
    runner = JobRunner(settings, bus, SystemClock(), machine)
    await runner.start()
    try:
        runner.run(JobSpec("a", "obedient", {}))
        for second in range(6):  # a clock far ahead of the runner's own samples, which this replaces
            machine.busy_s = second * 1.5
            runner.sample(1e6 + second)
        with pytest.raises(NoRoomForJob, match=r"the rest of the machine 1\.5 of 2 cores, another obedient would need"):
            runner.run(JobSpec("b", "obedient", {}))
        assert runner.run(JobSpec("b", "obedient", {}), renewed=True).state is JobState.STARTING
    finally:
        await runner.close()


async def test_nothing_is_started_beside_a_strained_job(bus: MemoryBus) -> None:
    settings = replace(SETTINGS, max_jobs=5, costs=Costs(64.0))
    runner = JobRunner(settings, bus, SystemClock())
    await runner.start()
    try:
        runner.run(JobSpec("a", "strained", {}))
        async with asyncio.timeout(DEADLINE_S):
            while runner.refusal("obedient") is None:  # noqa: ASYNC110
                await asyncio.sleep(0)
        assert "short of time" in str(runner.refusal("obedient"))
    finally:
        await runner.close()


async def test_what_is_not_known_is_refused(runner: JobRunner, facts: Subscription) -> None:
    with pytest.raises(UnknownJobKind):
        runner.run(JobSpec("a", "karaoke", {}))
    with pytest.raises(UnknownJob):
        runner.status("a")
    with pytest.raises(UnknownJob):
        await runner.stop("a")
    runner.run(JobSpec("a", "finishing", {}))
    await ended(facts)
    with pytest.raises(JobIsOver):
        runner.tell("a", {})


async def test_closing_the_runner_stops_every_job(bus: MemoryBus, facts: Subscription) -> None:
    runner = JobRunner(SETTINGS, bus, SystemClock())
    await runner.start()
    pids = [runner.run(JobSpec(name, "obedient", {})).pid for name in "ab"]
    await ready(facts)
    await runner.close()
    assert [status.reason for status in runner.statuses()] == [EndReason.STOPPED] * 2
    for pid in pids:
        await gone(pid)


class AwayBus(MemoryBus):
    async def publish(self, *facts: Fact) -> None:
        raise ConnectionError("redis is away")


async def test_a_bus_that_is_away_does_not_lose_a_job() -> None:
    runner = JobRunner(SETTINGS, AwayBus(), SystemClock())
    await runner.start()
    runner.run(JobSpec("a", "obedient", {}))
    async with asyncio.timeout(DEADLINE_S):
        assert (await runner.stop("a")).state is JobState.ENDED
    await runner.close()


async def test_children_die_with_a_runner_that_is_killed() -> None:
    lone = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.transcode.lone_runner", stdout=asyncio.subprocess.PIPE
    )
    assert lone.stdout is not None
    try:
        async with asyncio.timeout(DEADLINE_S):
            job, fork_server = map(int, (await lone.stdout.readline()).split())
        os.kill(job, signal.SIGSTOP)  # it cannot notice anything by itself
    finally:
        lone.kill()
    try:
        await gone(job)
        await gone(fork_server)
    except TimeoutError:
        os.kill(job, signal.SIGKILL)
        raise
    await lone.communicate()
