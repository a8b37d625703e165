"""How many viewers a core carries, what one costs in memory, and what a crowd that comes at once sees."""

import asyncio
from pathlib import Path
from typing import Any

from bench.forward.contestants import Running, contestants, running
from bench.forward.cost import described
from bench.forward.judge import GAP_MAX_MS, fault
from bench.forward.recording import ASKED, LOW
from bench.record import Figure

STEP, MOST = 100, 1000
TRIES = 6
SETTLE_S, MEASURE_S = 2.0, 5.0
FEW, MANY = 50, 250
REST_S = 15.0  # the worker keeps the handshake's memory for 10 s
STORM, STORM_S, STORM_PATIENCE_S = 200, 1.0, 15.0
STALE_S = 4.0
_OURS = contestants()[0]


async def capacity(folder: Path) -> tuple[dict[str, Figure], list[str]]:
    """``viewers_per_core_600k`` and ``memory_kb_per_viewer``: one climb, with two rests on the way."""
    notes: list[str] = []
    async with running(_OURS, LOW, folder) as server:
        await server.load.ask("join", count=FEW)
        await asyncio.sleep(REST_S)
        few = resident_kb(server.pid)
        await server.load.ask("join", count=MANY)
        await asyncio.sleep(REST_S)
        memory = (resident_kb(server.pid) - few) / (MANY - FEW)
        best = await _climb(server, notes)
    return {
        "viewers_per_core_600k": Figure(best, "viewers", 600),
        "memory_kb_per_viewer": Figure(round(memory, 1), "KB", 60),
    }, notes


async def _climb(server: Running, notes: list[str]) -> int:
    """In steps of STEP until one is too many, then half a step back."""
    best, count = 0, STEP * -(-MANY // STEP)
    while count <= MOST:
        joined = await _joined(server, count)
        if joined["refused"]:
            notes.append(f"{joined['viewers']} viewers, the next is refused: {joined['refused']}")
            if joined["viewers"] <= best:
                break
            count = joined["viewers"]
        await asyncio.sleep(SETTLE_S)
        found = await server.measure(MEASURE_S)
        void = fault(found, GAP_MAX_MS)
        notes.append(f"{described(found)}{f': {void}' if void else ''}")
        print(f"  {notes[-1]}", flush=True)
        if void:
            break
        best = count
        if joined["refused"]:
            break
        count += STEP
    return best


async def _joined(server: Running, count: int) -> dict[str, Any]:
    """A worker that is busy with newcomers sends the next ones away for a while: they come again."""
    for _ in range(TRIES):
        joined = await server.load.ask("join", count=count)
        if not joined["refused"]:
            break
        await asyncio.sleep(SETTLE_S)
    return joined


async def storm(folder: Path) -> tuple[dict[str, Figure], list[str]]:
    """``join_storm_*``: 200 viewers within a second, from a host who makes a keyframe only when asked."""
    async with running(_OURS, ASKED, folder, when_asked=True) as server:
        assert server.host is not None
        await asyncio.sleep(STALE_S)  # no keyframe is in the cache any more
        asked = (await server.host.ask("asked"))["asked"]
        found = await server.load.ask("storm", count=STORM, seconds=STORM_S, patience_s=STORM_PATIENCE_S)
        asked = (await server.host.ask("asked"))["asked"] - asked
    waits = sorted(found["waits_s"])
    note = f"join storm: {len(waits)} of {STORM} saw a picture, load {100 * found['load_share']:.0f} % of its core"
    print(f"  {note}", flush=True)
    p95 = 1000 * waits[len(waits) * 95 // 100] if len(waits) > 0.95 * STORM else None
    return {
        "join_storm_p95_ms": Figure(None if p95 is None else round(p95), "ms", 1000),
        "join_storm_p50_ms": Figure(round(1000 * waits[len(waits) // 2]) if waits else None, "ms"),
        "join_storm_keyframes": Figure(asked, "requests", 2),
    }, [note]


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
