"""Runs ``bench.gifts_proof.points`` and gathers what its processes say."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.gifts_proof.points import Pace
from server import valkey
from tests.databases import Postgres
from tests.platform import ROOT, bare_environment
from tests.waiting import until

LINE_S = 60.0
EACH = Pace(recover=1, verify=1)


@dataclass
class Verdict:
    """What became of one run; ``figures`` are added up over all."""

    seed: int
    label: str = ""
    complaints: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)

    @property
    def right(self) -> bool:
        return not self.complaints


async def chained(
    seeds: range,
    folder: Path,
    redis_url: str,
    *,
    sick: Path | None = None,
    postgres: Postgres | None = None,
    pace: Pace = EACH,
) -> list[Verdict]:
    """One verdict a seed. ``sick``: the library that makes the disk fail, instead of a death at a point.

    On SQLite, or on a database of ``postgres``.
    """
    environment = bare_environment() | ({"LD_PRELOAD": str(sick)} if sick is not None else {})
    arguments = [str(seeds.start), str(len(seeds)), str(folder), redis_url]
    arguments += ["--recover-every", str(pace.recover), "--verify-every", str(pace.verify)]
    arguments += ["--postgres", postgres.url("{}")] if postgres is not None else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.gifts_proof.points", *arguments),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=1 << 22,
    )
    try:
        verdicts = await _gathered(process, seeds)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    return verdicts


async def _gathered(process: asyncio.subprocess.Process, seeds: range) -> list[Verdict]:
    assert process.stdout is not None and process.stderr is not None
    errors = asyncio.create_task(process.stderr.read())
    verdicts = {seed: Verdict(seed) for seed in seeds}
    judged = set()
    async with asyncio.timeout(LINE_S) as patience:
        while line := await process.stdout.readline():
            patience.reschedule(asyncio.get_running_loop().time() + LINE_S)
            said: dict[str, Any] = json.loads(line)
            verdict = verdicts[said["seed"]]
            match said:
                case {"complaints": complaints, "label": label}:
                    verdict.label = label
                    verdict.complaints += complaints
                    judged.add(verdict.seed)
                case {"figures": figures}:
                    verdict.figures.update(figures)
                case {"fault": fault}:
                    verdict.complaints.append(fault)
    last_words = (await errors).decode(errors="replace")[-2000:]
    for seed in set(seeds) - judged:
        verdicts[seed].complaints.append(f"nobody has judged it: {last_words}")
    return list(verdicts.values())


@asynccontextmanager
async def redis_alone() -> AsyncIterator[str]:
    """A Valkey of one's own; its address."""
    with TemporaryDirectory(prefix="ringside-") as folder:
        process, url = valkey.start(Path(folder), durable=False)

        async def answers() -> bool:
            return valkey.answers(Path(folder))

        try:
            await until(answers, "valkey answers")
            yield url
        finally:
            process.terminate()
            process.wait(10)
