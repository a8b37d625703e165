"""``us_per_packet*``: what a packet sent costs a server's process, user and system time.

Each contestant carries as many viewers as it can, up to 200. The receiving path ends in sockets that are read; the own
cost is ours only: the same viewers stop reading, the kernel drops what they get.
"""

import asyncio
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.forward.contestants import Contestant, Running, contestants, running
from bench.forward.judge import fault
from bench.forward.recording import HIGH, LOW, Recording, Shape, recorded
from bench.record import Figure

COUNTS = (200, 150, 100, 75, 50, 25, 10)
FEW = 25
HOPELESS = 1.5  # of a core, by what a few viewers take
ROUNDS = 3
SETTLE_S = 1.5
TRY_S = 3.0
MEASURE_S = 5.0
TARGET_OWN = 6.0
TIMES_STOCK, TIMES_JANUS = 3, 4


@dataclass
class Costs:
    """``found``: figure's name -> its values, one a round. ``notes`` are printed and kept with the figures."""

    found: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    carried: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        print(f"  {text}", flush=True)
        self.notes.append(text)


async def costs(
    folder: Path, rounds: int = ROUNDS, only: set[str] | None = None
) -> tuple[dict[str, Figure], list[str]]:
    """All contestants, both inputs, in alternating order; medians of the rounds that were not void."""
    result = Costs()
    for shape in (HIGH, LOW):
        result.note(f"input {shape.name}: {Recording(recorded(shape, folder)).described()}")
    chosen = [each for each in contestants() if only is None or each.name in only]
    for number in range(rounds):
        for shape in (HIGH, LOW):
            for contestant in chosen if number % 2 == 0 else reversed(chosen):
                if shape is LOW and contestant.name == "python":
                    continue  # one input tells how the two paths compare
                if contestant.missing:
                    if number == 0 and shape is HIGH:
                        result.note(f"{contestant.name}: not measured, {contestant.missing}")
                    continue
                await _one(contestant, shape, folder, result)
    return _figures(result, chosen), result.notes


async def _one(contestant: Contestant, shape: Shape, folder: Path, result: Costs) -> None:
    suffix = contestant.figure + ("" if shape is HIGH else f"_{shape.name}")
    where = f"{contestant.name} {shape.name}"
    try:
        async with running(contestant, shape, folder) as server:
            if suffix not in result.carried:
                result.carried[suffix] = await _carried(server)
            count = result.carried[suffix]
            if not count:
                result.note(f"{where}: carries not even {COUNTS[-1]} viewers")
                return
            await server.load.ask("join", count=count)
            await asyncio.sleep(SETTLE_S)
            found = await server.measure(MEASURE_S)
            void = fault(found)
            cost = 1e6 * found["cpu_s"] / max(1, found["packets"])
            result.note(f"{where}: {described(found)}: {f'void, {void}' if void else f'{cost:.1f} us a packet'}")
            if not void:
                result.found["us_per_packet" + suffix].append(cost)
            if server.counters is not None:
                await server.load.ask("deafen")
                await asyncio.sleep(SETTLE_S)
                own = await server.measure(MEASURE_S)
                if own["sent"] > 0.95 * found["sent"] * own["seconds"] / found["seconds"]:
                    result.found["us_per_packet_own" + suffix].append(1e6 * own["cpu_s"] / own["sent"])
                else:
                    rates = [round(each["sent"] / each["seconds"]) for each in (found, own)]
                    result.note(f"{where}, unread: void, it sent {rates[1]} packets/s instead of {rates[0]}")
    except (RuntimeError, TimeoutError, OSError) as error:
        result.note(f"{where}: void, {str(error)[-200:].strip() or repr(error)}")


async def _carried(server: Running) -> int:
    """The largest of COUNTS that passes: a few viewers tell what a core may carry, then down until it does."""
    await server.load.ask("join", count=FEW)
    await asyncio.sleep(SETTLE_S)
    share = (await server.measure(TRY_S))["server_share"] / FEW
    for count in COUNTS:
        if count * share > HOPELESS:
            continue
        joined = await server.load.ask("join", count=count)
        await server.load.ask("leave", count=count)
        await asyncio.sleep(SETTLE_S)
        void = joined["refused"] or fault(await server.measure(TRY_S))
        if not void:
            return count
        print(f"    not {count}: {void}", flush=True)
    return 0


def described(found: dict[str, Any]) -> str:
    rate = found["packets"] / found["seconds"]
    return (
        f"{found['viewers']} viewers, {found['cipher']}, {rate:.0f} packets/s, "
        f"{100 * found['audio'] / max(1, found['packets']):.0f} % audio, {found['resent']} resent, "
        f"loss {100 * found['loss']:.3f} %, p99 gap {found['gap_p99_ms']} ms, "
        f"server {100 * found['server_share']:.0f} %, load {100 * found['load_share']:.0f} % of a core"
    )


def _figures(result: Costs, chosen: list[Contestant]) -> dict[str, Figure]:
    middle = {name: round(statistics.median(values), 2) for name, values in result.found.items() if values}
    figures: dict[str, Figure] = {}
    for suffix in ("", f"_{LOW.name}"):
        peers = []
        for each in chosen:
            if suffix and each.name == "python":
                continue
            name = f"us_per_packet{each.figure}{suffix}"
            figures[name] = Figure(middle.get(name), "us")
            peers.append((each.name, middle.get(name)))
        limits = dict(peers)
        wanted = [
            value / times
            for value, times in ((limits.get("stock"), TIMES_STOCK), (limits.get("janus"), TIMES_JANUS))
            if value is not None
        ]
        if "ours" in limits:
            figures[f"us_per_packet{suffix}"] = Figure(limits["ours"], "us", round(min(wanted), 2) if wanted else None)
            own = middle.get(f"us_per_packet_own{suffix}")
            figures[f"us_per_packet_own{suffix}"] = Figure(own, "us", TARGET_OWN)
        if "python" in limits:
            figures[f"us_per_packet_own_python{suffix}"] = Figure(middle.get(f"us_per_packet_own_python{suffix}"), "us")
    for suffix, count in result.carried.items():
        figures[f"viewers{suffix or '_ours'}"] = Figure(count, "viewers")
    return figures
