"""``make prove-gifts MINUTES=25``: the money of gifts, whatever dies, comes twice, comes at once or is taken away.

What is wanted is in ``bench/gifts_proof/totals.py``. Each run adds to the totals in ``bench/results/proof-gifts.json``,
so a long proof can be had in parts, as long as the platform's code stays as it is. ``--seed`` repeats one death on the
road of a gift, and counts nothing.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bench.gifts_proof import model
from bench.gifts_proof.chain import Verdict, chained, redis_alone
from bench.gifts_proof.disk import compiled
from bench.gifts_proof.kills import crowd, kills_relay
from bench.gifts_proof.mutants import MUTANTS, noticed, unharmed
from bench.gifts_proof.rounds import APIS, Rounds, cuts, rounds
from bench.gifts_proof.totals import (
    BALANCE,
    CUT_OFF,
    DISK,
    HOT,
    KILLS,
    KILLS_POSTGRES,
    MODEL,
    MUTATIONS,
    PARTS,
    POINTS,
    POINTS_POSTGRES,
    RETRIES,
    Series,
    Totals,
)
from tests.databases import Postgres, make_tables, postgres_server

CHAIN, CHAIN_POSTGRES = 250, 120  # deaths a fork server
TOWN = 20  # kills a town
STORIES = 50  # of the model, by one seed
ROUNDS = 100  # rounds of a kind on one database
LONGEST_S = {"points": 60.0, "kills": 30.0, "rounds": 30.0, "model": 60.0, "mutations": 200.0}


@dataclass
class Proof:
    """``until_s`` on the monotonic clock: nothing begins that could not be over then."""

    totals: Totals
    until_s: float
    right: bool = True

    def goes_on(self, series: Series) -> bool:
        return self.totals.missing(series) > 0 and time.monotonic() + LONGEST_S[series.part] < self.until_s

    def add(self, series: Series, *verdicts: Verdict) -> None:
        self.totals.add(series, *verdicts)
        self.right = self.right and all(verdict.right for verdict in verdicts)

    def next(self, series: Series, most: int) -> range:
        done = self.totals.runs(series)
        return range(done + 1, done + 1 + min(most, self.totals.missing(series)))

    async def one_by_one(self, series: Series, run: Callable[[int], Awaitable[list[str]]], most: int) -> None:
        for seed in self.next(series, most):
            if not self.goes_on(series):
                return
            self.add(series, Verdict(seed, complaints=await run(seed)))


async def points(proof: Proof) -> None:
    async with redis_alone() as redis:
        for series in (POINTS, DISK):
            while proof.goes_on(series):
                with TemporaryDirectory(prefix="ringside-points-") as name:
                    sick = compiled(Path(name)) if series is DISK else None
                    verdicts = await chained(proof.next(series, CHAIN), Path(name), redis, sick=sick)
                _labelled(verdicts, proof, series)
        if proof.goes_on(POINTS_POSTGRES):
            with postgres_server() as postgres:
                while proof.goes_on(POINTS_POSTGRES):
                    with TemporaryDirectory(prefix="ringside-points-") as name:
                        seeds = proof.next(POINTS_POSTGRES, CHAIN_POSTGRES)
                        verdicts = await chained(seeds, Path(name), redis, postgres=postgres)
                    _labelled(verdicts, proof, POINTS_POSTGRES)


def _labelled(verdicts: list[Verdict], proof: Proof, series: Series) -> None:
    if series is not DISK:
        for each in verdicts:
            each.figures[each.label] = 1
    proof.add(series, *verdicts)


async def kills(proof: Proof) -> None:
    while proof.goes_on(KILLS):
        with TemporaryDirectory(prefix="ringside-kills-") as name:
            url = f"sqlite+aiosqlite:///{Path(name) / 'ringside.db'}"
            make_tables(url)
            await _killed(proof, KILLS, Path(name), url)
    if proof.goes_on(KILLS_POSTGRES):
        with postgres_server() as postgres:
            while proof.goes_on(KILLS_POSTGRES):
                with TemporaryDirectory(prefix="ringside-kills-") as name:
                    await _killed(proof, KILLS_POSTGRES, Path(name), postgres.url(await postgres.create()))


async def _killed(proof: Proof, series: Series, folder: Path, url: str) -> None:
    async with crowd(folder, url) as people:
        for seed in proof.next(series, TOWN):
            if not proof.goes_on(series):
                return
            before = people.place.unanswered
            verdict = Verdict(seed, complaints=await people.run(seed))
            verdict.figures["requests_cut_off"] = people.place.unanswered - before
            verdict.figures["relays_besides"] = int(kills_relay(seed))
            proof.add(series, verdict)


async def meetings(proof: Proof) -> None:
    with postgres_server() as postgres:
        for series, kind in ((RETRIES, Rounds.retries), (HOT, Rounds.hot), (BALANCE, Rounds.balance)):
            while proof.goes_on(series):
                async with _two_apis(postgres) as met:
                    await proof.one_by_one(series, lambda seed, at=met, do=kind: do(at, seed), ROUNDS)  # type: ignore[misc]
                    proof.right = proof.right and _told(series, await met.sound())
        while proof.goes_on(CUT_OFF):
            async with cuts(postgres) as cutting:
                await proof.one_by_one(CUT_OFF, cutting.run, ROUNDS)
                proof.right = proof.right and _told(CUT_OFF, await cutting.sound())


@asynccontextmanager
async def _two_apis(postgres: Postgres) -> AsyncIterator[Rounds]:
    with TemporaryDirectory(prefix="ringside-rounds-") as name:
        async with rounds(Path(name), postgres.url(await postgres.create()), APIS) as met:
            yield met


def _told(series: Series, complaints: list[str]) -> bool:
    for each in complaints:
        print(f"WRONG after {series.name}: {each}", flush=True)
    return not complaints


async def stories(proof: Proof) -> None:
    async with redis_alone() as redis:
        while proof.goes_on(MODEL):
            with TemporaryDirectory(prefix="ringside-model-") as name:
                proof.add(MODEL, *await model.told(proof.next(MODEL, STORIES), Path(name), redis))


async def mutations(proof: Proof) -> None:
    if proof.goes_on(MUTATIONS) and proof.totals.runs(MUTATIONS) == 0:
        proof.right = _told(MUTATIONS, await unharmed()) and proof.right
    for number in proof.next(MUTATIONS, len(MUTANTS)):
        if not proof.goes_on(MUTATIONS):
            return
        mutant = MUTANTS[number - 1]
        verdict = Verdict(number, mutant.name, await noticed(mutant))
        proof.add(MUTATIONS, verdict)
        print(f"without the {mutant.name}: {'red' if verdict.right else 'GREEN'}", flush=True)


BY_NAME = {"points": points, "kills": kills, "rounds": meetings, "model": stories, "mutations": mutations}


async def main(chosen: argparse.Namespace) -> bool:
    if chosen.seed is not None:
        async with redis_alone() as redis:
            with TemporaryDirectory(prefix="ringside-points-") as name:
                (verdict,) = await chained(range(chosen.seed, chosen.seed + 1), Path(name), redis)
        print(verdict)
        return verdict.right
    forgotten = (chosen.only or "all") if chosen.restart else None
    proof = Proof(Totals.before(forgotten, len(MUTANTS)), time.monotonic() + chosen.minutes * 60)
    for name in PARTS if chosen.only is None else (chosen.only,):
        await BY_NAME[name](proof)
    proof.totals.save(told=True)
    return proof.right


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    said = argparse.ArgumentParser(prog="python -m bench.gifts_proof", description=__doc__)
    said.add_argument("--minutes", type=float, default=25.0)
    said.add_argument("--restart", action="store_true", help="forget what was proved before, of --only")
    said.add_argument("--only", choices=PARTS, help="this part")
    said.add_argument("--seed", type=int, help="one death at a point, that of this seed")
    sys.exit(0 if asyncio.run(main(said.parse_args())) else 1)
