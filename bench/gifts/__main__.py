"""``make bench-gifts``: how many gifts a second, how late, at what cost; beside what one would write without thinking.

Run it on a quiet machine. Contestants take turns, round after round; each figure is the median of its rounds.
``--part`` runs one part alone and keeps the figures of the others.
"""

import argparse
import asyncio
import statistics

from bench.gifts import away, score
from bench.gifts.api import through_the_api
from bench.gifts.books import postgres_url, sqlite_url
from bench.gifts.ledger import Load, load
from bench.gifts.plain import one_per_transaction
from bench.gifts.size import costs
from bench.gifts.tpcb import transactions_per_s
from bench.record import Figure, write

ROUNDS = 3
SECONDS = 8.0
MARKS = [10_000, 100_000, 1_000_000]
FAR = 10_000_000


def ledger_part(rounds: int) -> tuple[dict[str, Figure], list[str]]:
    ours: dict[str, list[Load]] = {"sqlite": [], "postgres": []}
    theirs: dict[str, list[float]] = {"sqlite": [], "postgres": []}
    tpcb: list[float] = []
    notes = []
    for _ in range(rounds):
        for kind, place in (("sqlite", sqlite_url), ("postgres", postgres_url)):
            with place() as url:
                ours[kind].append(asyncio.run(load(url, SECONDS)))
                theirs[kind].append(one_per_transaction(url, SECONDS))
                if kind == "postgres" and (tps := transactions_per_s(url, SECONDS)) is not None:
                    tpcb.append(tps)
            got = ours[kind][-1]
            notes.append(
                f"{kind}: {got.per_s:.0f} a second ({got.us_per_gift:.0f} us of this process), one a transaction"
                f" {theirs[kind][-1]:.0f}, at half load p50 {got.late_ms[0]:.1f} ms, p99 {got.late_ms[1]:.1f} ms"
            )
            print(notes[-1], flush=True)
    sqlite, postgres = (statistics.median(each.per_s for each in ours[kind]) for kind in ours)
    plain, plain_postgres = (statistics.median(theirs[kind]) for kind in theirs)
    figures = {
        "ledger_sqlite_per_s": Figure(round(sqlite), "gifts/s", 15_000),
        "ledger_postgres_per_s": Figure(round(postgres), "gifts/s", 8_000),
        "one_per_transaction_per_s": Figure(round(plain), "gifts/s"),
        "one_per_transaction_postgres_per_s": Figure(round(plain_postgres), "gifts/s"),
        "times_one_per_transaction": Figure(round(sqlite / plain, 2), "", 5),
        "times_one_per_transaction_postgres": Figure(round(postgres / plain_postgres, 2), "", 5),
        "pgbench_tpcb_per_s": Figure(round(statistics.median(tpcb)) if tpcb else None, "transactions/s"),
        "ledger_sqlite_p99_ms": Figure(round(worst(ours["sqlite"]), 1), "ms", 50),
        "ledger_postgres_p99_ms": Figure(round(worst(ours["postgres"]), 1), "ms", 50),
    }
    return figures, notes


def worst(loads: list[Load]) -> float:
    return statistics.median(each.late_ms[1] for each in loads)


async def api_part(rounds: int) -> tuple[dict[str, Figure], list[str]]:
    feeds, https, halves, scores, notes = [], [], [], list[float](), []
    for _ in range(rounds):
        feed, http, half = await through_the_api()
        late = await score.delays()
        feeds.append(feed["per_s"])
        https.append(http["per_s"])
        halves.append(half["p99_ms"])
        scores.append(late[len(late) * 95 // 100])
        notes.append(
            f"feed {feed['per_s']:.0f} a second; at {half['per_s']:.0f} p50 {half['p50_ms']:.1f} ms, p99"
            f" {half['p99_ms']:.1f} ms; HTTP {http['per_s']:.0f} a second;"
            f" commit to score p50 {late[len(late) // 2]:.0f} ms, p95 {scores[-1]:.0f} ms"
        )
        print(notes[-1], flush=True)
    figures = {
        "feed_per_s": Figure(round(statistics.median(feeds)), "gifts/s", 4_000),
        "http_per_s": Figure(round(statistics.median(https)), "gifts/s", 1_500),
        "p99_ms": Figure(round(statistics.median(halves), 1), "ms", 50),
        "commit_to_score_p95_ms": Figure(round(statistics.median(scores)), "ms", 150),
    }
    return figures, notes


def away_part() -> tuple[dict[str, Figure], list[str]]:
    late = asyncio.run(away.p99_ms())
    figures = {f"p99_ms_redis_{how}": Figure(round(ms, 1), "ms", 300) for how, ms in late.items()}
    return figures, [", ".join(f"{how} {ms:.1f} ms" for how, ms in late.items())]


def size_part(far: bool) -> tuple[dict[str, Figure], list[str]]:
    figures, notes = dict[str, Figure](), list[str]()
    for kind, place, marks in (("", sqlite_url, [*MARKS, FAR] if far else MARKS), ("_postgres", postgres_url, MARKS)):
        with place() as url:
            found = asyncio.run(costs(url, marks))
        for each in found:
            figures[f"us_per_gift{kind}_{each.rows // 1000}k_rows"] = Figure(round(each.us, 1), "us")
        growth = f"times, {found[-1].rows} by 10000 rows"
        figures[f"cost_growth{kind}"] = Figure(round(found[-1].us / found[0].us, 2), growth, 1.2)
        notes += [str(each) for each in found]
    return figures, notes


def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.gifts", description=__doc__)
    said.add_argument("--part", choices=("ledger", "api", "away", "size"))
    said.add_argument("--rounds", type=int, default=ROUNDS)
    said.add_argument("--far", action="store_true", help="SQLite up to ten million gifts: 15 minutes, 12 GB of disk")
    chosen = said.parse_args()
    if chosen.part in (None, "ledger"):
        figures, notes = ledger_part(chosen.rounds)
        write("gifts", figures, {"ledger": notes}, keep=True)
    if chosen.part in (None, "api"):
        figures, notes = asyncio.run(api_part(chosen.rounds))
        write("gifts", figures, {"api": notes}, keep=True)
    if chosen.part in (None, "away"):
        figures, notes = away_part()
        write("gifts", figures, {"away": notes}, keep=True)
    if chosen.part in (None, "size"):
        figures, notes = size_part(chosen.far)
        write("gifts", figures, {"size": notes}, keep=True)


if __name__ == "__main__":
    main()
