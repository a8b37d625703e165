"""``make soak MINUTES=30``: joins, leaves, losses, reconnects and sudden deaths; then everything must be as before.

The first figures are taken after a warm-up in which everybody has come and gone once, the last ones at the end.
"""

import argparse
import asyncio
import random
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.forward.child import Child, child
from bench.forward.recording import LOW, recorded
from bench.record import Figure, write
from bench.soak.crew import VIEWERS_MAX, Crew
from tests.media.relay import CLEAN, Conditions, Relay, relay

ROOMS = ("first", "second")
WARM_UP_S = 60.0
QUIET_S = 20.0  # above the silence after which a viewer or a publisher is dropped
TELL_EVERY_S = 60.0
FLAT = ("tasks", "descriptors", "sessions", "rooms", "entries")
CROWDS = 8
GROWTH_MAX_KB = 8_000
NETWORKS = (
    CLEAN,
    CLEAN,
    Conditions(loss=0.02),
    Conditions(loss=0.1, burst=4.0),
    Conditions(delay_ms=40.0, jitter_ms=20.0, reorder=0.02, duplicate=0.02),
)
ACTS = {"join": 8, "leave": 3, "vanish": 2, "publish": 3, "host_dies": 1, "viewers_die": 1, "network": 3, "rebind": 1}


async def act(crew: Crew, link: Relay, chance: random.Random) -> None:
    """One thing that happens."""
    chosen = chance.choices(list(ACTS), list(ACTS.values()))[0]
    if chosen == "network":
        link.set(chance.choice(NETWORKS))
    elif chosen == "rebind":
        link.rebind()
    elif chosen in ("leave", "vanish"):
        await crew.leave(chosen)
    elif chosen == "join" and not crew.live:
        await crew.publish()
    else:
        await getattr(crew, chosen)()


async def work(crews: list[Crew], link: Relay, worker: Child, chance: random.Random, seconds: float) -> None:
    """Let things happen for so long, about two a second."""
    until = time.monotonic() + seconds
    told = time.monotonic()
    while time.monotonic() < until:
        await act(chance.choice(crews), link, chance)
        await asyncio.sleep(chance.uniform(0.1, 0.9))
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            print(f"  {await worker.ask('figures')}", flush=True)


async def crowds(crews: list[Crew]) -> None:
    """Some hundred viewers come and go: the heap takes the room that it will need."""
    for _ in range(CROWDS):
        for crew in crews:
            await crew.publish()
            await crew.join(VIEWERS_MAX)
            await crew.go()


async def quiet(crews: list[Crew], link: Relay, worker: Child) -> dict[str, Any]:
    """Everybody goes; the figures of what is left."""
    link.set(CLEAN)
    for crew in crews:
        await crew.go()
    link.rebind()
    await asyncio.sleep(QUIET_S)
    return await worker.ask("figures")


async def soak(minutes: float, seed: int, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    chance = random.Random(seed)
    recording = recorded(LOW, folder)
    udp_port = _free_port()
    async with relay(udp_port, seed) as link:
        async with child("bench.soak.worker", folder / "worker.log", str(udp_port), str(link.port)) as worker:
            url = (await worker.ask("address"))["url"]
            crews = [Crew(room, url, recording, folder, chance, link.port) for room in ROOMS]
            try:
                await work(crews, link, worker, chance, min(WARM_UP_S, minutes * 60 / 4))
                await crowds(crews)
                first = await quiet(crews, link, worker)
                print(f"first: {first}", flush=True)
                await work(crews, link, worker, chance, minutes * 60)
                last = await quiet(crews, link, worker)
                print(f"last:  {last}", flush=True)
            finally:
                for crew in crews:
                    await crew.close()
    return first, last


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def complaints(first: dict[str, Any], last: dict[str, Any]) -> list[str]:
    """What is not flat."""
    found = [f"{name}: {first[name]} -> {last[name]}" for name in FLAT if last[name] > first[name]]
    if last["entries"] > first["entries"]:
        found.append(f"tables: {first['tables']} -> {last['tables']}")
    grown = last["rss_kb"] - first["rss_kb"]
    return found + ([f"memory has grown by {grown} KB"] if grown > GROWTH_MAX_KB else [])


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    said.add_argument("--minutes", type=float, default=30)
    said.add_argument("--seed", type=int, default=1)
    chosen = said.parse_args()
    with tempfile.TemporaryDirectory(prefix="ringside-soak-") as folder:
        first, last = asyncio.run(soak(chosen.minutes, chosen.seed, Path(folder)))
    figures = {"minutes": Figure(chosen.minutes, "minutes")}
    for name in ("rss_kb", *FLAT):
        unit = "KB" if name == "rss_kb" else name
        target = first[name] + (GROWTH_MAX_KB if name == "rss_kb" else 0)
        figures[f"{name}_first"] = Figure(first[name], unit)
        figures[f"{name}_last"] = Figure(last[name], unit, target)
    for name in ("opened", "sent", "resent"):
        figures[name] = Figure(last[name] - first[name], name)
    write("soak", figures)
    wrong = complaints(first, last)
    print("\n".join(wrong) or "flat")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
