"""PURE. Whether a node takes one more job: by what the job costs and how busy the machine is, before others suffer.

All figures are in cores. A kind's cost is what is expected of it, or what those that run really take, if that is more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FULL = 0.9  # of the machine's cores: the rest is for bursts, and for the sound


@dataclass(frozen=True)
class Costs:
    """``cores``: how many jobs and everything else here may use together; 0: as many jobs as the runner counts.

    Kinds that are ``light`` give way by themselves: they need not be protected from others.
    """

    cores: float = 0.0
    kinds: Mapping[str, float] = field(default_factory=dict)
    light: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Running:
    """``cores`` is what the job has taken lately; None while it is too young to be measured."""

    kind: str
    cores: float | None
    strained: bool = False


def refusal(costs: Costs, kind: str, running: Sequence[Running], busy: float) -> str | None:
    """Why no job of ``kind`` is started now; None: it is. ``busy`` is what the whole machine has used lately.

    A node that runs nothing to be protected takes one job whatever else the machine does.
    """
    if not costs.cores or all(job.kind in costs.light for job in running):
        return None
    if any(job.strained for job in running):
        return "a job that runs here is short of time already"
    measured = [job.cores for job in running if job.cores is not None]
    others = max(0.0, busy - sum(measured))
    jobs = sum(job.cores if job.cores is not None else expected(costs, job.kind, running) for job in running)
    wanted = expected(costs, kind, running)
    if others + jobs + wanted <= costs.cores * FULL:
        return None
    used = f"jobs take {jobs:.1f} and the rest of the machine {others:.1f} of {costs.cores:g} cores"
    return f"{used}, another {kind} would need {wanted:.1f}"


def expected(costs: Costs, kind: str, running: Sequence[Running]) -> float:
    """What a job of ``kind`` takes."""
    known = [job.cores for job in running if job.kind == kind and job.cores is not None]
    return max(costs.kinds.get(kind, 0.0), sum(known) / len(known) if known else 0.0)
