"""``us_per_event*``, ``p99_ms*``, ``memory_kb_per_socket*``: one room, all sockets open, events spread evenly.

A contestant that does not carry all events a second is given as many as it does; what an event costs hardly hangs on
that, and the figure ``events_per_s_*`` says it.
"""

import asyncio
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from bench.feed.contestants import Contestant, Running, contestants, running
from bench.feed.judge import EVENTS_PER_S, Found, Round, fault, figures, rates_to_try
from bench.record import Figure
from tests.processes import cpu_seconds

SOCKETS = 5_000
ROUNDS = 3
SECONDS = 40.0  # longer than a round of what is done now and then: ours looks up everybody's sanctions every 30 s
WARM_S = 10.0
TRY_S = 4.0
REST_S = 10.0
SETTLE_S = 2.0
RATES = (EVENTS_PER_S, 16, 12, 10, 8, 6, 5, 4, 3, 2, 1)


@dataclass(frozen=True)
class Size:
    """How large the crowd is and how long it is measured, in silence too."""

    sockets: int = SOCKETS
    rounds: int = ROUNDS
    seconds: float = SECONDS

    @property
    def rest_s(self) -> float:
        return min(REST_S, self.seconds)

    @property
    def warm_s(self) -> float:
        return min(WARM_S, self.seconds)


@dataclass(frozen=True)
class Able:
    """What a contestant's first round has shown: the share of a core of a silent room, and the rate that it carries."""

    idle_share: float
    per_s: int


@dataclass
class Costs:
    """By contestant. ``rounds`` are those that count; ``notes`` are printed and kept."""

    rounds: dict[str, list[Round]] = field(default_factory=lambda: defaultdict(list))
    able: dict[str, Able] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        print(f"  {text}", flush=True)
        self.notes.append(text)


async def costs(folder: Path, size: Size, only: set[str] | None = None) -> tuple[dict[str, Figure], list[str]]:
    """All contestants in alternating order; medians of the rounds that were not void."""
    result = Costs()
    chosen = [each for each in contestants() if only is None or each.name in only]
    for each in [each for each in chosen if each.missing]:
        result.note(f"{each.name}: not measured, {each.missing}")
        chosen.remove(each)
    for number in range(size.rounds):
        for contestant in chosen if number % 2 == 0 else reversed(chosen):
            try:
                await _one(contestant, Path(tempfile.mkdtemp(dir=folder)), size, result)
            except (RuntimeError, TimeoutError, OSError) as error:
                result.note(f"{contestant.name}: void, {str(error)[-300:].strip() or repr(error)}")
    return figures(result.rounds), result.notes


async def _one(contestant: Contestant, folder: Path, size: Size, result: Costs) -> None:
    async with running(contestant, folder, size.sockets) as server:
        empty_kb = memory_kb(server.place.pids)
        await server.open(size.sockets)
        await asyncio.sleep(size.rest_s)
        if contestant.name not in result.able:
            idle_share = await _idle_share(server, size.seconds)
            result.able[contestant.name] = Able(idle_share, await _carried(server, idle_share))
        able = result.able[contestant.name]
        await server.measure(able.per_s, size.warm_s)
        found = await server.measure(able.per_s, size.seconds)
        void = fault(found)
        per_socket_kb = (memory_kb(server.place.pids) - empty_kb) / max(1, found.sockets)
        share = f"{100 * able.idle_share:.1f} % when silent"
        said = f"{contestant.name}: {described(found)}, {share}, {per_socket_kb:.1f} KB a socket"
        result.note(f"{said}: {f'void, {void}' if void else f'{found.us_per_event:.2f} us an event'}")
        if not void:
            result.rounds[contestant.name].append(Round(found, per_socket_kb, able.idle_share))


async def _carried(server: Running, idle_share: float) -> int:
    """The highest of RATES that passes: what a few events cost tells where to begin, then down until it does."""
    few = await server.measure(min(RATES), TRY_S)
    cost = 1e6 * max(0.0, few.cpu_s - idle_share * few.seconds) / max(1, few.delivered)
    tried = rates_to_try(cost, few.sockets, RATES)
    for per_s in tried:
        await asyncio.sleep(SETTLE_S)
        void = fault(await server.measure(per_s, TRY_S))
        if not void:
            return per_s
        print(f"    not {per_s} events a second: {void}", flush=True)
    return tried[-1]


async def _idle_share(server: Running, seconds: float) -> float:
    """Of a core, while nothing is posted."""
    before = sum(map(cpu_seconds, server.place.pids))
    await asyncio.sleep(seconds)
    return (sum(map(cpu_seconds, server.place.pids)) - before) / seconds


def memory_kb(pids: list[int]) -> int:
    """Proportional set size: what several share is counted once. The kernel's buffers are in nobody's."""
    rolled = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    return sum(int(line.split()[1]) for text in rolled for line in text.splitlines() if line.startswith("Pss:"))


def described(found: Found) -> str:
    beside = ", ".join(f"{name} {100 * cpu_s / found.seconds:.0f} %" for name, cpu_s in found.beside_cpu_s.items())
    load = f"{100 * found.load_share:.0f} %" + (f" ({beside})" if beside else "")
    return (
        f"{found.sockets} sockets, {found.per_s:.0f} events/s, {found.events_per_read:.2f} events a read, "
        f"p50 {found.p50_ms:.1f} ms, p99 {found.p99_ms:.1f} ms, longest {found.longest_ms:.0f} ms, "
        f"the load's core {load}, the server's {100 * found.server_share:.0f} %"
    )
