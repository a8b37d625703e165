"""``make prove-battles MINUTES=25``: battles with 200 gifts, reconnects and a killed mixer, one after the other.

What is wanted is in ``bench/proof/totals.py``: 50 of 30 s, one of 300 s, and some in which control, api, Valkey or the
media worker is killed. Each run adds to the totals in ``bench/results/proof-battles.json``, so a long proof can be had
in parts, as long as the platform's code stays as it is. A wrong run leaves its evidence in ``.run/proof-battles``; its
seed gives the same plan again: ``--seed``, which counts nothing.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from bench.proof.evidence import Evidence
from bench.proof.fight import fight
from bench.proof.judge import Verdict, judge
from bench.proof.plan import KILLS as KINDS
from bench.proof.plan import plan
from bench.proof.stage import Stage, pictures, stage
from bench.proof.totals import KILLS, LONG, SERIES, SHORT, Series, Totals

EVIDENCE = Path(".run/proof-battles")
BATTLES_A_PLATFORM = 12
AROUND_S = 15  # what a battle takes besides its fight
BY_NAME = {"short": SHORT, "long": LONG, "kills": KILLS}


async def run(on: Stage, seed: int, fight_ms: int, kill: str | None) -> Verdict:
    """One battle, judged; a wrong one leaves its evidence."""
    found = await fight(on, plan(seed, fight_ms, on.rules.rush_ms, kill))
    verdict = judge(found, on.rules, *pictures())
    figures = ", ".join(f"{name} {value:.0f}" for name, value in sorted(verdict.figures.items()))
    name = f"{fight_ms // 1000}s-seed{seed}{f'-{kill}' if kill else ''}"
    print(f"{name}: {'right' if verdict.right else 'WRONG'}, {len(found.rows)} gifts, {figures}", flush=True)
    if not verdict.right:
        print("  " + "\n  ".join(verdict.complaints) + f"\n  evidence: {kept(name, found, verdict)}", flush=True)
    return verdict


def kept(name: str, found: Evidence, verdict: Verdict) -> Path:
    """The file in which everything is that was seen of a battle."""
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    path = EVIDENCE / f"{name}.json"
    path.write_text(json.dumps({"complaints": verdict.complaints, **found.as_dict()}, indent=1))
    return path


def kill_of(series: Series, seed: int, chosen: str | None) -> str | None:
    return (chosen or KINDS[seed % len(KINDS)]) if series.kills else None


async def prove(series: Series, totals: Totals, until_s: float, kill: str | None) -> bool:
    """As many battles as are wanted and as there is time for; False when one was wrong."""
    fight_ms, right = series.fight_s * 1000, True
    longest_s = series.fight_s + AROUND_S

    def go_on() -> bool:
        return totals.runs(series) < series.wanted and time.monotonic() + longest_s < until_s

    while go_on():
        with tempfile.TemporaryDirectory(prefix="ringside-proof-") as folder:
            async with stage(Path(folder), fight_ms) as on:
                for _ in range(BATTLES_A_PLATFORM):
                    if not go_on():
                        break
                    seed = totals.runs(series) + 1
                    which = kill_of(series, seed, kill)
                    verdict = await run(on, seed, fight_ms, which)
                    totals.add(series, verdict, f"{series.fight_s} s, seed {seed}, kill {which or 'mixer'}")
                    right = right and verdict.right
    return right


async def again(fight_ms: int, seed: int, kill: str | None) -> bool:
    """One battle by its seed."""
    with tempfile.TemporaryDirectory(prefix="ringside-proof-") as folder:
        async with stage(Path(folder), fight_ms) as on:
            return (await run(on, seed, fight_ms, kill)).right


async def main(chosen: argparse.Namespace) -> bool:
    if chosen.seed is not None:
        return await again(chosen.seconds * 1000, chosen.seed, chosen.kill)
    until_s = time.monotonic() + chosen.minutes * 60
    totals, right = Totals.before(chosen.restart), True
    for series in SERIES if chosen.only is None else (BY_NAME[chosen.only],):
        right = await prove(series, totals, until_s, chosen.kill) and right
    totals.save(told=True)
    return right


if __name__ == "__main__":
    said = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__)
    said.add_argument("--minutes", type=float, default=25.0)
    said.add_argument("--restart", action="store_true", help="forget what was proved before")
    said.add_argument("--only", choices=sorted(BY_NAME), help="battles of this kind")
    said.add_argument("--kill", choices=KINDS, help="which process is killed where one is")
    said.add_argument("--seed", type=int, help="one battle, that of this seed")
    said.add_argument("--seconds", type=int, default=30, help="how long that one is")
    sys.exit(0 if asyncio.run(main(said.parse_args())) else 1)
