"""PURE. What a measurement says, whether it counts, and the figures of all that do."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.record import Figure

EVENTS_PER_S = 20
TIMES_SOCKETIO, TIMES_NCHAN = 5, 1
TARGET_P99_MS = 300
TARGET_MEMORY_KB = 40

LOAD_MAX = 0.90
SERVER_MAX = 0.95
LATE_MAX_MS = 1000.0
HOPELESS = 1.5  # of a core: events that are merged cost less


@dataclass(frozen=True)
class Found:
    """One measurement: ``posted`` events, each to all of ``sockets``.

    ``asked``: so many sockets were wanted. ``delivered`` counts each event once a socket, ``again`` what came a second
    time or after a later one. Shares are of one core, as long as it took until the last event had arrived.
    """

    asked: int
    sockets: int
    per_s: float
    posted: int
    delivered: int
    again: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    reads: int
    seconds: float
    cpu_s: float
    load_cpu_s: float
    beside_cpu_s: Mapping[str, float]
    """Of the processes that work for the server on the load's core, by name."""

    @property
    def us_per_event(self) -> float:
        return 1e6 * self.cpu_s / max(1, self.delivered)

    @property
    def server_share(self) -> float:
        return self.cpu_s / self.seconds

    @property
    def load_share(self) -> float:
        return (self.load_cpu_s + sum(self.beside_cpu_s.values())) / self.seconds

    @property
    def events_per_read(self) -> float:
        return self.delivered / max(1, self.reads)


@dataclass(frozen=True)
class Opened:
    """Sockets of one load: of ``asked`` ones so many are ``ready``, which took them ``p95_ms``, and the last of them
    together ``seconds``. ``events``: what they have heard so far."""

    asked: int
    ready: int
    fault: str
    seconds: float
    p95_ms: float
    events: int
    again: int


@dataclass(frozen=True)
class Round:
    """What one contestant did in one round that counts."""

    found: Found
    memory_kb_per_socket: float
    idle_share: float
    """Of the server's core, while all sockets are open and nothing is posted."""


def fault(found: Found) -> str:
    """Why ``found`` is void; empty: it counts."""
    if found.sockets < found.asked:
        return f"only {found.sockets} of {found.asked} sockets are there"
    wanted = found.posted * found.sockets
    if found.delivered < wanted:
        return f"{wanted - found.delivered} of {wanted} events did not arrive"
    if found.again:
        return f"{found.again} events came twice or out of order"
    if found.load_share > LOAD_MAX:
        return f"the load's core was taken to {100 * found.load_share:.0f} %"
    if found.server_share > SERVER_MAX:
        return f"the server's core was taken to {100 * found.server_share:.0f} %"
    if found.p99_ms > LATE_MAX_MS:
        return f"it does not keep up: p99 is {found.p99_ms:.0f} ms"
    return ""


def percentile(counts: Sequence[int], share: float, step: float) -> float:
    """The end of the first bucket, each ``step`` wide, up to which ``share`` of all counted ones are; 0 of none."""
    total, seen = sum(counts), 0
    for number, count in enumerate(counts):
        seen += count
        if count and seen >= share * total:
            return round((number + 1) * step, 6)
    return 0.0


def rates_to_try(us_per_event: float, sockets: int, rates: Sequence[int]) -> list[int]:
    """Those of ``rates`` that are not hopeless by what an event costs, the highest first; the lowest in any case."""
    able = [rate for rate in rates if rate * sockets * us_per_event <= 1e6 * HOPELESS]
    return sorted(able or [min(rates)], reverse=True)


def figures(rounds: Mapping[str, Sequence[Round]]) -> dict[str, Figure]:
    """Medians of each contestant's rounds (``ours``, ``socketio``, ``nchan``, ``bare``); without any: not measured."""

    def middle(name: str, kind: str) -> float | None:
        values = [_value(each, kind) for each in rounds.get(name, ())]
        return statistics.median(values) if values else None

    def figure(name: str, kind: str, unit: str, digits: int, target: float | None = None) -> Figure:
        value = middle(name, kind)
        return Figure(None if value is None else round(value, digits), unit, target)

    cost = {name: middle(name, "us_per_event") for name in ("ours", "socketio", "nchan", "bare")}
    found = {
        "us_per_event": figure("ours", "us_per_event", "us", 2, _wanted(cost)),
        "us_per_event_socketio": figure("socketio", "us_per_event", "us", 2),
        "us_per_event_nchan": figure("nchan", "us_per_event", "us", 2),
        "p99_ms": figure("ours", "p99_ms", "ms", 1, TARGET_P99_MS),
        "memory_kb_per_socket": figure("ours", "memory_kb_per_socket", "KB", 1, TARGET_MEMORY_KB),
        "us_per_event_bare": figure("bare", "us_per_event", "us", 2),
        "p50_ms": figure("ours", "p50_ms", "ms", 1),
        "times_socketio": _times(cost["socketio"], cost["ours"], TIMES_SOCKETIO),
        "times_nchan": _times(cost["nchan"], cost["ours"], TIMES_NCHAN),
        "events_per_s": figure("ours", "per_s", "events/s", 0, EVENTS_PER_S),
        "core_share": figure("ours", "server_share", "cores", 3),
        "idle_share": figure("ours", "idle_share", "cores", 3),
    }
    for name in ("socketio", "nchan", "bare"):
        found[f"p99_ms_{name}"] = figure(name, "p99_ms", "ms", 1)
        found[f"memory_kb_per_socket_{name}"] = figure(name, "memory_kb_per_socket", "KB", 1)
        found[f"events_per_s_{name}"] = figure(name, "per_s", "events/s", 0)
    return found


def _value(each: Round, kind: str) -> float:
    return float(getattr(each if hasattr(each, kind) else each.found, kind))


def _wanted(cost: Mapping[str, float | None]) -> float | None:
    """What ours may cost by what the peers that were there cost."""
    peers = ((cost["socketio"], TIMES_SOCKETIO), (cost["nchan"], TIMES_NCHAN))
    limits = [theirs / times for theirs, times in peers if theirs is not None]
    return round(min(limits), 2) if limits else None


def _times(theirs: float | None, ours: float | None, target: float) -> Figure:
    return Figure(None if theirs is None or not ours else round(theirs / ours, 2), "", target)
