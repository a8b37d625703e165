"""Processes of this machine, from /proc: who started whom, who is there, what CPU time they took."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """``pid`` and everything that it started, directly or not."""
    found = [pid]
    for each in found:
        try:
            for task in Path(f"/proc/{each}/task").glob("*/children"):
                found += [int(child) for child in task.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
    return found


def named(pids: list[int], name: str) -> list[int]:
    """Those whose short name (``comm``) has ``name`` in it."""
    return [pid for pid in pids if name in _short_name(pid)]


def _short_name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
        return ""


def cpu_seconds(pid: int) -> float:
    """User and system time of one process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def exists(pid: int) -> bool:
    """Whether the process is there and not a zombie that waits for its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
