"""PURE. The life of one job as its runner sees it: what may happen when, and what is to be done then.

    starting --ready--> ready --ask_to_stop--> stopping --exited--> ended
        |                 |                        |
        +--- overdue: kill, reason not-ready       +--- overdue: kill, reason not-drained
                          +--- overdue: kill, reason stalled (no heartbeat, or no frame)

From every state ``exited`` leads to ``ended``, and the first thing that went wrong gives the reason.
"""

import signal
from dataclasses import dataclass
from enum import Enum, auto

from transcode.job import EndReason, JobState


@dataclass(frozen=True)
class LifeLimits:
    """Milliseconds to get ready, between two heartbeats or frames, and from being asked to stop to the end.

    ``frame_ms`` is for jobs that count their frames: the thread that beats may be well while the one that works hangs.
    """

    ready_ms: int = 10_000
    heartbeat_ms: int = 5_000
    frame_ms: int = 2_000
    drain_ms: int = 3_000


class Act(Enum):
    NOTHING = auto()
    ANNOUNCE_READY = auto()
    ASK_TO_STOP = auto()
    KILL = auto()


_OVERDUE = {
    JobState.STARTING: EndReason.NOT_READY,
    JobState.READY: EndReason.STALLED,
    JobState.STOPPING: EndReason.NOT_DRAINED,
}


class JobLife:
    """``deadline_ms`` is when ``overdue`` must be called, None when there is nothing to wait for."""

    def __init__(self, limits: LifeLimits, now_ms: int) -> None:
        self._limits = limits
        self.state = JobState.STARTING
        self.reason: EndReason | None = None
        self.detail = ""
        self.deadline_ms: int | None = now_ms + limits.ready_ms
        self._frames: float | None = None
        self._frame_ms = now_ms  # when the last frame was heard of

    def ready(self, now_ms: int) -> Act:
        if self.state is not JobState.STARTING or self.reason is not None:
            return Act.NOTHING
        self.state = JobState.READY
        self.deadline_ms = now_ms + self._limits.heartbeat_ms
        self._frame_ms = now_ms
        return Act.ANNOUNCE_READY

    def heartbeat(self, now_ms: int, frames: float | None = None) -> Act:
        """``frames``: how many the job has made, if it counts them."""
        if frames != self._frames:
            self._frames, self._frame_ms = frames, now_ms
        if self.state is JobState.READY and self.reason is None:
            self.deadline_ms = now_ms + self._limits.heartbeat_ms
            if frames is not None:
                self.deadline_ms = min(self.deadline_ms, self._frame_ms + self._limits.frame_ms)
        return Act.NOTHING

    def failed(self, detail: str) -> Act:
        """The job said itself that it raised; its exit follows."""
        if self.reason is None:
            self.reason, self.detail = EndReason.FAILED, detail
        return Act.NOTHING

    def ask_to_stop(self, now_ms: int) -> Act:
        if self.state not in (JobState.STARTING, JobState.READY) or self.reason is not None:
            return Act.NOTHING
        self.state = JobState.STOPPING
        self.deadline_ms = now_ms + self._limits.drain_ms
        return Act.ASK_TO_STOP

    def overdue(self, now_ms: int) -> Act:
        """KILL if the deadline has passed; a job that outlives even that has no deadline: only its exit is awaited."""
        if self.deadline_ms is None or now_ms < self.deadline_ms:
            return Act.NOTHING
        if self.reason is None:
            self.reason = _OVERDUE[self.state]
            self.detail = f"killed while {self.state}"
            if self._frames is not None and self.state is JobState.READY:
                self.detail += f", {now_ms - self._frame_ms} ms after its last frame"
        self.deadline_ms = None
        return Act.KILL

    def exited(self, code: int) -> Act:
        """``code`` as of ``multiprocessing``: 0, a positive exit status, or minus the number of the signal."""
        if self.reason is None:
            self.reason, self.detail = self._judge(code)
        self.state = JobState.ENDED
        self.deadline_ms = None
        return Act.NOTHING

    def _judge(self, code: int) -> tuple[EndReason, str]:
        if code == 0:
            return (EndReason.STOPPED if self.state is JobState.STOPPING else EndReason.FINISHED), ""
        if code < 0:
            return EndReason.DIED, signal.Signals(-code).name
        return EndReason.DIED, f"exit status {code}"
