"""Stories of the stateful model of the ledger (``tests/gifts/ledger_machine.py``), in a process of their own.

``python -m bench.gifts_proof.model SEED STORIES FOLDER REDIS`` tells so many; it ends with 0 when all were right.
"""

import argparse
import asyncio
import sys
from pathlib import Path

import structlog

from bench.gifts_proof.chain import Verdict
from tests.databases import make_tables
from tests.gifts.ledger_machine import play
from tests.platform import ROOT, bare_environment

STEPS = 20
LONGEST_S = 300.0


async def told(seeds: range, folder: Path, redis_url: str) -> list[Verdict]:
    """One verdict a story. They are made together, by the first seed: when one is wrong, all count for wrong."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.gifts_proof.model"),
        *(str(seeds.start), str(len(seeds)), str(folder), redis_url),
        cwd=ROOT,
        env=bare_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    wrong = [] if process.returncode == 0 else [said.decode(errors="replace")[-2000:]]
    return [Verdict(seed, complaints=wrong) for seed in seeds]


def main() -> None:
    said = argparse.ArgumentParser(prog="python -m bench.gifts_proof.model", description=__doc__)
    said.add_argument("seed", type=int)
    said.add_argument("stories", type=int)
    said.add_argument("folder", type=Path)
    said.add_argument("redis")
    chosen = said.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    template = chosen.folder / "template.db"
    make_tables(f"sqlite+aiosqlite:///{template}")
    number = play(chosen.stories, STEPS, chosen.seed, template, chosen.redis)
    assert number >= chosen.stories, f"only {number} stories were told"


if __name__ == "__main__":
    main()
