"""``make prove-presence``: 1,000 connections end in six ways, and each time the rooms count who is there within 20 s.

Two real api processes on one Valkey and one PostgreSQL; each round has a seed, ``--seed`` repeats one and counts
nothing. Right is what ``bench/presence/rounds.py`` says.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.gifts_proof.town import Town, town
from bench.presence.rounds import Place, Round, Verdict
from bench.presence.viewers import Way
from bench.proof.totals import commit
from bench.record import Figure, write
from foundation.ids import new_id
from streaming.audience.store_redis import RedisAudiences
from tests.databases import postgres_server

NAME = "proof-presence"
APIS = 2
VIEWERS, KILLS = 160, 80  # of a round
WITHIN_S = 20.0


@asynccontextmanager
async def two_apis() -> AsyncIterator[Place]:
    with postgres_server() as postgres, TemporaryDirectory(prefix="ringside-presence-") as folder:
        url = postgres.url(await postgres.create())
        async with town(Path(folder), url, APIS) as built:
            yield place(built)


def place(built: Town) -> Place:
    audiences, rooms = RedisAudiences(built.redis), [host.room for host in built.hosts]

    async def counts() -> dict[str, int]:
        return await audiences.counts(rooms, built.clock.now_ms())

    def token() -> str:
        return built.person(new_id(), "Somebody").token

    async def kill_api(index: int) -> None:
        await built.servers.kill(f"api-{index}")

    return Place(built.servers.ports, rooms, WITHIN_S, counts, token, kill_api)


async def prove(kills: int, seed: int | None) -> list[Verdict]:
    verdicts: list[Verdict] = []
    async with two_apis() as where:
        while sum(each.kills for each in verdicts) < kills:
            verdict = await Round(where, len(verdicts) + 1 if seed is None else seed).run(VIEWERS, KILLS)
            verdicts.append(verdict)
            told = "right" if not verdict.complaints else verdict.complaints
            print(f"seed {verdict.seed}: {verdict.kills} kills, after {verdict.settled_s} s {told}", flush=True)
            if seed is not None:
                break
    return verdicts


def save(verdicts: list[Verdict], kills: int) -> None:
    ways: Counter[Way] = sum((each.ways for each in verdicts), Counter())
    settled = [each.settled_s for each in verdicts if each.settled_s is not None]
    wrong = [f"seed {each.seed}: {complaint}" for each in verdicts for complaint in each.complaints]
    figures = {
        "commit": Figure(commit(), "git describe"),
        "kills": Figure(ways.total(), "kills", kills),
        "rounds": Figure(len(verdicts), "rounds"),
        "wrong": Figure(sum(bool(each.complaints) for each in verdicts), "rounds", 0),
        "slowest_s": Figure(round(max(settled), 1) if settled else None, "s", WITHIN_S),
        "lost_with_api": Figure(sum(each.lost_with_api for each in verdicts), "connections"),
    }
    figures |= {way.replace("-", "_"): Figure(ways[way], "kills") for way in Way}
    write(NAME, figures, {"wrong": wrong} if wrong else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, help="one round, of this seed")
    asked = parser.parse_args()
    verdicts = asyncio.run(prove(asked.kills, asked.seed))
    if asked.seed is None:
        save(verdicts, asked.kills)
    sys.exit(any(each.complaints for each in verdicts))


if __name__ == "__main__":
    main()
