"""Runs jobs: one child process each, from a preloaded fork server; one owner task each.

The fork server dies with this process and the children with the fork server, whatever kills it. Start the runner from
the main thread: the kernel ties a child to the *thread* that made it.
"""

import asyncio
import json
import multiprocessing
import socket
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.forkserver import ensure_running
from typing import Any

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.facts import Fact
from foundation.ids import new_id
from foundation.tasks import TaskOwner
from transcode import child
from transcode.admission import Costs, Running, refusal
from transcode.errors import JobIsOver, NoRoomForJob, UnknownJob, UnknownJobKind
from transcode.job import FRAMES, STRAINED, Figures, JobEnded, JobReady, JobSpec, JobState, JobStatus
from transcode.life import Act, JobLife, LifeLimits
from transcode.machine import LinuxProcessors, Processors, Usage

log = structlog.get_logger(__name__)

PRELOAD_TIMEOUT_S = 30
_SAMPLE_EVERY_S = 1.0


@dataclass(frozen=True)
class RunnerSettings:
    """``kinds`` maps a kind to ``package.module:function``; ``preload`` names modules worth sharing by all children.

    ``added`` is what a kind's arguments get here, whatever its caller says: what this node knows and nobody sends.
    """

    kinds: Mapping[str, str]
    preload: tuple[str, ...] = ()
    limits: LifeLimits = field(default_factory=LifeLimits)
    max_jobs: int = 16
    costs: Costs = field(default_factory=Costs)
    added: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ended_kept: int = 256  # statuses of ended jobs that can still be asked for


class _Job:
    """One child and everything known of it. Inputs arrive by callbacks; the owner task is woken by each."""

    def __init__(
        self, spec: JobSpec, process: ForkServerProcess, channel: socket.socket, life: JobLife, now_ms: int
    ) -> None:
        assert process.pid is not None
        self.spec = spec
        self.run = new_id()
        self.pid = process.pid
        self.process = process
        self.channel = channel
        self.life = life
        self.started_at_ms = now_ms
        self.figures: Figures = {}
        self.usage = Usage()
        self.woken = asyncio.Event()
        self.ended = asyncio.Event()

    def status(self) -> JobStatus:
        life = self.life
        return JobStatus(
            self.spec.id,
            self.spec.kind,
            self.run,
            life.state,
            self.pid,
            self.started_at_ms,
            life.reason if life.state is JobState.ENDED else None,
            life.detail if life.state is JobState.ENDED else "",
            self.figures,
        )


class JobRunner:
    """``start`` before use, ``close`` after: it asks every job to stop and waits for all."""

    def __init__(self, settings: RunnerSettings, bus: Bus, clock: Clock, processors: Processors | None = None) -> None:
        self._processors = processors or LinuxProcessors()
        self._machine = Usage()
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._jobs: dict[str, _Job] = {}
        self._ended: OrderedDict[str, JobStatus] = OrderedDict()
        self._tasks = TaskOwner("jobs")

    async def start(self) -> None:
        """Start the fork server and wait until it has loaded what it preloads. ``RuntimeError`` if it cannot."""
        self._context.set_forkserver_preload(["transcode.fork_server", *self._settings.preload])
        ensure_running()
        warm = self._context.Process(target=child.warm, daemon=True)
        await asyncio.to_thread(warm.start)
        await asyncio.to_thread(warm.join, PRELOAD_TIMEOUT_S)
        if warm.exitcode != 0:
            raise RuntimeError("the fork server cannot load the project: start from its folder, or put it on the path")
        warm.close()
        if self._settings.costs.cores:
            self._tasks.start(self._measure(), "measure")

    async def close(self) -> None:
        for job in list(self._jobs.values()):
            self._act(job, job.life.ask_to_stop(self._clock.now_ms()))
        await asyncio.gather(*(job.ended.wait() for job in list(self._jobs.values())))
        await self._tasks.close()

    @property
    def load(self) -> float:
        """0 idle, 1 full."""
        return len(self._jobs) / self._settings.max_jobs

    def refusal(self, kind: str, renewed: bool = False) -> str | None:
        """Why no job of ``kind`` would be started now; None: it would."""
        if len(self._jobs) >= self._settings.max_jobs:
            return f"{len(self._jobs)} jobs run here, as many as may"
        if renewed:
            return None
        running = [
            Running(job.spec.kind, job.usage.cores, job.figures.get(STRAINED, 0.0) > 0)
            for job in self._jobs.values()
            if job.life.state is not JobState.STOPPING
        ]
        return refusal(self._settings.costs, kind, running, self._machine.cores or 0.0)

    def sample(self, at_s: float) -> None:
        """Look at the clock of the machine and of each job. Called every second where jobs are admitted by cost."""
        self._machine.sample(at_s, self._processors.machine_s())
        for job in self._jobs.values():
            with suppress(OSError):  # it has ended, and is about to be buried
                job.usage.sample(at_s, self._processors.process_s(job.pid))

    async def _measure(self) -> None:
        while True:
            self.sample(asyncio.get_running_loop().time())
            await asyncio.sleep(_SAMPLE_EVERY_S)

    def statuses(self) -> Sequence[JobStatus]:
        return [job.status() for job in self._jobs.values()] + list(self._ended.values())

    def status(self, job_id: str) -> JobStatus:
        job = self._jobs.get(job_id)
        if job is not None:
            return job.status()
        if job_id in self._ended:
            return self._ended[job_id]
        raise UnknownJob(f"job {job_id} is not known here")

    def run(self, spec: JobSpec, renewed: bool = False) -> JobStatus:
        """Start ``spec`` unless a job of that id runs here already, whose status is then the answer.

        ``renewed``: it takes the place of one that ended too early, so it is not refused for its cost.
        """
        if spec.id in self._jobs:
            return self._jobs[spec.id].status()
        if spec.kind not in self._settings.kinds:
            raise UnknownJobKind(f"{spec.kind!r} is not one of {', '.join(sorted(self._settings.kinds))}")
        if (reason := self.refusal(spec.kind, renewed)) is not None:
            raise NoRoomForJob(reason, retry_after_s=1)
        job = self._spawn(spec)
        self._jobs[spec.id] = job
        self._ended.pop(spec.id, None)
        self._tasks.start(self._own(job), spec.id)
        return job.status()

    async def stop(self, job_id: str) -> JobStatus:
        """Ask the job to stop and wait until it has ended, by itself or killed after the drain time."""
        job = self._jobs.get(job_id)
        if job is None:
            return self.status(job_id)
        self._act(job, job.life.ask_to_stop(self._clock.now_ms()))
        await job.ended.wait()
        return job.status()

    def tell(self, job_id: str, message: Mapping[str, Any]) -> None:
        """Hand ``message`` to the job; at most once, in order."""
        job = self._jobs.get(job_id)
        if job is None:
            self.status(job_id)
            raise JobIsOver(f"job {job_id} has ended")
        self._say(job, {"say": "tell", "message": dict(message)})

    def _spawn(self, spec: JobSpec) -> _Job:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        function = self._settings.kinds[spec.kind]
        arguments = {**spec.arguments, **self._settings.added.get(spec.kind, {})}
        process = self._context.Process(
            target=child.main, args=(theirs, spec.kind, function, arguments), name=spec.id, daemon=True
        )
        with theirs:
            process.start()
        now_ms = self._clock.now_ms()
        return _Job(spec, process, ours, JobLife(self._settings.limits, now_ms), now_ms)

    async def _own(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(job.channel, self._heard, job)
        loop.add_reader(job.process.sentinel, self._exited, job)
        announced = False
        while job.life.state is not JobState.ENDED:
            deadline = job.life.deadline_ms
            try:
                async with asyncio.timeout(None if deadline is None else (deadline - self._clock.now_ms()) / 1000):
                    await job.woken.wait()
            except TimeoutError:
                self._act(job, job.life.overdue(self._clock.now_ms()))
            job.woken.clear()
            if job.life.state is JobState.READY and not announced:
                announced = True
                await self._publish(JobReady(job.spec.id, job.spec.kind, job.run, self._clock.now_ms()))
        await self._bury(job)

    def _heard(self, job: _Job) -> None:
        try:
            received = job.channel.recv(child.MAX_MESSAGE)
        except BlockingIOError:
            return
        if not received:
            asyncio.get_running_loop().remove_reader(job.channel)  # the exit itself is told by the sentinel
            return
        message = json.loads(received)
        now_ms = self._clock.now_ms()
        match message["say"]:
            case "ready":
                self._act(job, job.life.ready(now_ms))
            case "heartbeat":
                job.figures = message["figures"]
                self._act(job, job.life.heartbeat(now_ms, job.figures.get(FRAMES)))
            case "failed":
                self._act(job, job.life.failed(message["detail"]))

    def _exited(self, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(job.process.sentinel)
        while job.channel.fileno() >= 0 and self._last_words(job):
            pass
        loop.remove_reader(job.channel)
        job.process.join()
        assert job.process.exitcode is not None
        self._act(job, job.life.exited(job.process.exitcode))

    def _last_words(self, job: _Job) -> bool:
        """Hear what the child said before it ended; False when that was all."""
        try:
            waiting = job.channel.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, ConnectionError):
            return False
        if not waiting:
            return False
        self._heard(job)
        return True

    def _act(self, job: _Job, act: Act) -> None:
        if act is Act.ASK_TO_STOP:
            self._say(job, {"say": "stop"})
        elif act is Act.KILL:
            job.process.kill()
        job.woken.set()

    def _say(self, job: _Job, message: Mapping[str, Any]) -> None:
        try:
            job.channel.send(json.dumps(message).encode())
        except OSError as error:
            # Full because the child is stuck, or gone: the deadline or the sentinel tells the rest.
            log.warning("a job does not listen", job=job.spec.id, error=str(error))

    async def _bury(self, job: _Job) -> None:
        status = job.status()
        del self._jobs[job.spec.id]
        self._machine = Usage()  # what this one used is not to be taken for somebody else's
        self._ended[job.spec.id] = status
        while len(self._ended) > self._settings.ended_kept:
            self._ended.popitem(last=False)
        job.channel.close()
        job.process.close()
        job.ended.set()
        assert status.reason is not None
        log.info("job ended", job=status.id, kind=status.kind, reason=status.reason, detail=status.detail)
        fact = JobEnded(status.id, status.kind, job.run, status.reason, status.detail, self._clock.now_ms())
        await self._publish(fact)

    async def _publish(self, fact: Fact) -> None:
        # The bus promises at most once and whoever needs to know also asks for the status: a bus that is away must not
        # end the owner of a running child.
        try:
            await self._bus.publish(fact)
        except Exception as error:
            log.warning("a fact about a job was lost", topic=fact.topic, error=str(error))
