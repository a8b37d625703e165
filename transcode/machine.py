"""How busy this machine is, and each of our children, by what the kernel counts (proc(5))."""

import os
from collections import deque
from pathlib import Path
from typing import Protocol

_TICKS_S = os.sysconf("SC_CLK_TCK")
_KEPT = 6


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


class Processors(Protocol):
    """Core seconds used since some moment in the past; ``OSError`` for a process that is gone."""

    def machine_s(self) -> float: ...

    def process_s(self, pid: int) -> float: ...


class LinuxProcessors:
    def machine_s(self) -> float:
        fields = [int(each) for each in Path("/proc/stat").read_text().partition("\n")[0].split()[1:]]
        return (sum(fields[:3]) + sum(fields[5:8])) / _TICKS_S  # all but idle and waiting; guests are in user

    def process_s(self, pid: int) -> float:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_S


class Usage:
    """Cores used on average over the last samples."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def sample(self, at_s: float, used_s: float) -> None:
        self._samples.append((at_s, used_s))

    @property
    def cores(self) -> float | None:
        """None until there are three samples: a job that has just begun is busy with beginning."""
        if len(self._samples) < 3:
            return None
        (began_s, before_s), (at_s, used_s) = self._samples[0], self._samples[-1]
        return (used_s - before_s) / (at_s - began_s) if at_s > began_s else None
