"""What has been proved so far for this state of the code, kept in ``bench/results/proof-battles.json``."""

import hashlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.proof.judge import Verdict
from bench.record import RESULTS, Figure, write

NAME = "proof-battles"
ROOT = Path(__file__).parents[2]
# What the platform is made of; documents and tests may change without a new proof.
CODE = ("accounts", "foundation", "gifts", "moderation", "pk", "quality", "server", "streaming", "transcode")
WORST = {
    "camera_ms": 500.0,
    "composite_ms": 3_000.0,
    "hung_composite_ms": 5_000.0,
    "settled_ms": None,
    "restored_ms": 2_000.0,
}


@dataclass(frozen=True)
class Series:
    """Battles of one kind. ``prefix`` is that of its figures."""

    prefix: str
    fight_s: int
    wanted: int
    kills: bool = False


SHORT = Series("", 30, 50)
LONG = Series("long_", 300, 1)
KILLS = Series("kills_", 30, 20, kills=True)
SERIES = (SHORT, LONG, KILLS)


def code_state() -> str:
    """A digest of every file of the platform's code as it is in this folder."""
    digest = hashlib.sha256()
    for package in CODE:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in (".py", ".lua", ".c"):
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def commit() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


@dataclass
class Totals:
    """``wrong`` names each wrong run with its seed; the totals of another state of the code count for nothing."""

    code: str
    values: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def before(cls, restart: bool) -> "Totals":
        path, code = RESULTS / f"{NAME}.json", code_state()
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() and not restart else {"figures": {}}
        if kept["figures"].get("code", {}).get("value") != code:
            return cls(code)
        values = {name: each["value"] for name, each in kept["figures"].items() if name not in ("code", "commit")}
        return cls(code, values, kept.get("notes", {}).get("wrong", []))

    def runs(self, series: Series) -> int:
        """Those that are done; the next one has the next seed."""
        return round(self.values.get(f"{series.prefix}runs", 0))

    def add(self, series: Series, verdict: Verdict, told: str) -> None:
        """``told`` says which run it was."""
        for name, more in (("runs", 1), ("right", int(verdict.right))):
            key = series.prefix + name
            self.values[key] = self.values.get(key, 0) + more
        for name, value in verdict.figures.items():
            key = f"{series.prefix}worst_{name}"
            self.values[key] = round(max(self.values.get(key, 0), value))
        if not verdict.right:
            self.wrong.append(f"{told}: {verdict.complaints[0]}"[:300])
        self.save()

    def save(self, told: bool = False) -> None:
        figures = {
            "code": Figure(self.code, "digest"),
            "commit": Figure(commit(), "git describe"),
        }
        for series in SERIES:
            done = self.runs(series)
            for name, target in (("runs", series.wanted), ("right", max(done, series.wanted))):
                figures[series.prefix + name] = Figure(self.values.get(series.prefix + name, 0), "battles", target)
            for name, longest_ms in WORST.items():
                key = f"{series.prefix}worst_{name}"
                if key in self.values:
                    figures[key] = Figure(self.values[key], "ms", longest_ms)
        write(NAME, figures, {"wrong": self.wrong} if self.wrong else None, told=told)
