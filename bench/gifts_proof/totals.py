"""What has been proved so far for this state of the code, kept in ``bench/results/proof-gifts.json``."""

import json
from dataclasses import dataclass, field
from typing import Any

from bench.gifts_proof.chain import Verdict
from bench.proof.totals import code_state, commit
from bench.record import RESULTS, Figure, write

NAME = "proof-gifts"
RULE_OF_THREE = 3.0  # of n runs none was wrong: with 95 % confidence fewer than 3 / n are


@dataclass(frozen=True)
class Series:
    """Runs of one kind, which belong to ``part``."""

    name: str
    part: str
    wanted: int


POINTS = Series("points", "points", 10_000)
POINTS_POSTGRES = Series("points_postgres", "points", 1_250)
DISK = Series("disk", "points", 1_000)
KILLS = Series("kills", "kills", 140)
KILLS_POSTGRES = Series("kills_postgres", "kills", 60)
BALANCE = Series("balance", "rounds", 1_000)
RETRIES = Series("retries", "rounds", 100)
HOT = Series("hot", "rounds", 100)
CUT_OFF = Series("cut_off", "rounds", 1_000)
MODEL = Series("model", "model", 1_000)
MUTATIONS = Series("mutations", "mutations", 0)
SERIES = (POINTS, POINTS_POSTGRES, DISK, KILLS, KILLS_POSTGRES, BALANCE, RETRIES, HOT, CUT_OFF, MODEL, MUTATIONS)
PARTS = ("points", "kills", "rounds", "model", "mutations")


@dataclass
class Totals:
    """``wrong`` names each wrong run with its seed; the totals of another state of the code count for nothing."""

    code: str
    wanted: dict[str, int]
    values: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def before(cls, restart: str | None, mutants: int) -> "Totals":
        """``restart`` is a part whose runs are forgotten, or ``all``."""
        wanted = {series.name: series.wanted for series in SERIES} | {MUTATIONS.name: mutants}
        path, code = RESULTS / f"{NAME}.json", code_state()
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() and restart != "all" else {"figures": {}}
        if kept["figures"].get("code", {}).get("value") != code:
            return cls(code, wanted)
        derived = {"code", "commit", *(f"{series.name}_bound" for series in SERIES)}
        values = {name: each["value"] for name, each in kept["figures"].items() if name not in derived}
        wrong = kept.get("notes", {}).get("wrong", [])
        for name in [series.name for series in SERIES if series.part == restart]:
            values = {key: value for key, value in values.items() if not key.startswith(f"{name}_")}
            wrong = [each for each in wrong if not each.startswith(f"{name},")]
        return cls(code, wanted, values, wrong)

    def runs(self, series: Series) -> int:
        """Those that are done; the next one has the next seed."""
        return round(self.values.get(f"{series.name}_runs", 0))

    def missing(self, series: Series) -> int:
        return max(0, self.wanted[series.name] - self.runs(series))

    def add(self, series: Series, *verdicts: Verdict) -> None:
        for verdict in verdicts:
            self._count(f"{series.name}_runs")
            self._count(f"{series.name}_right", int(verdict.right))
            for name, more in verdict.figures.items():
                self._count(f"{series.name}_{name}", more)
            if not verdict.right:
                told = f"{series.name}, seed {verdict.seed} {verdict.label}: {verdict.complaints[0]}"
                self.wrong.append(told[:400])
                print(f"WRONG {told[:2000]}", flush=True)
        self.save()

    def _count(self, name: str, more: int = 1) -> None:
        self.values[name] = self.values.get(name, 0) + more

    def save(self, told: bool = False) -> None:
        figures = {"code": Figure(self.code, "digest"), "commit": Figure(commit(), "git describe")}
        for series in SERIES:
            wanted, runs = self.wanted[series.name], self.runs(series)
            right = self.values.get(f"{series.name}_right", 0)
            figures[f"{series.name}_runs"] = Figure(runs, "runs", wanted)
            figures[f"{series.name}_right"] = Figure(right, "runs", max(runs, wanted))
            if runs and right == runs and series is not MUTATIONS:
                figures[f"{series.name}_bound"] = Figure(RULE_OF_THREE / runs, "wrong a run, at most (95 %)")
        for name, value in sorted(self.values.items()):
            figures.setdefault(name, Figure(value, "times"))
        write(NAME, figures, {"wrong": self.wrong} if self.wrong else None, told=told)
