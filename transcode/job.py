"""What a media job is, for those who start one, those who run one and those who are one.

A job is a function ``run(context: JobContext) -> None`` in a child process of its own. It calls ``ready`` once it can
do its work, ``heartbeat`` at least every second from then on, and returns soon after ``stopping`` is set. Whether an
ended job is started again is decided by whoever started it.

Two figures of a heartbeat mean the same for every kind of job; a job need not have them:
    frames      how many it has made since its start: one that is ready and makes no more is killed as stalled
    strained    above 0 while the machine is too slow for it: no new job is started here then
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from foundation.facts import Fact

Figures = dict[str, float]
FRAMES = "frames"
STRAINED = "strained"


class JobState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    ENDED = "ended"


class EndReason(StrEnum):
    FINISHED = "finished"  # returned without being asked
    STOPPED = "stopped"  # was asked, and returned
    FAILED = "failed"  # raised; the detail is its last word
    DIED = "died"  # a signal or an exit code that was not ours; the detail says which
    NOT_READY = "not-ready"  # did not get ready in time, killed
    STALLED = "stalled"  # its heartbeat stopped, or its frames, killed
    NOT_DRAINED = "not-drained"  # was asked to stop, did not, killed


@dataclass(frozen=True)
class JobSpec:
    """``id`` is the caller's choice; ``arguments`` is JSON-able and under 32 KiB."""

    id: str
    kind: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class JobStatus:
    """A job as its runner sees it. ``run`` differs for each start of one id; ``figures`` are of the last heartbeat."""

    id: str
    kind: str
    run: str
    state: JobState
    pid: int
    started_at_ms: int
    reason: EndReason | None = None
    detail: str = ""
    figures: Figures = field(default_factory=dict)


@dataclass(frozen=True)
class JobReady(Fact):
    topic: ClassVar[str] = "transcode.job_ready"

    job_id: str
    kind: str
    run: str
    at_ms: int


@dataclass(frozen=True)
class JobEnded(Fact):
    """``reason`` is an ``EndReason``, ``detail`` for people."""

    topic: ClassVar[str] = "transcode.job_ended"

    job_id: str
    kind: str
    run: str
    reason: str
    detail: str
    at_ms: int


class JobContext(Protocol):
    """What a job sees of the world outside."""

    @property
    def arguments(self) -> Mapping[str, Any]: ...

    @property
    def stopping(self) -> threading.Event:
        """Set when the job should return; it then has the runner's drain time (3 s)."""

    def ready(self) -> None: ...

    def heartbeat(self, figures: Mapping[str, float]) -> None: ...

    def messages(self) -> Sequence[Mapping[str, Any]]:
        """What has been told to this job since the last call, oldest first. At most 64 wait; older ones are lost."""
