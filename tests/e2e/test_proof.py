"""One battle of ``make prove-battles``, shorter: gifts, reconnects and a killed mixer; then everything is right."""

from pathlib import Path

import pytest

from bench.proof.fight import fight
from bench.proof.judge import judge
from bench.proof.plan import plan
from bench.proof.stage import pictures, stage

pytestmark = pytest.mark.steady

FIGHT_MS = 9_000
SEED = 4


async def test_a_battle_with_reconnects_and_a_killed_mixer_ends_right(tmp_path: Path) -> None:
    async with stage(tmp_path, FIGHT_MS) as on:
        found = await fight(on, plan(SEED, FIGHT_MS, on.rules.rush_ms))
    verdict = judge(found, on.rules, *pictures())
    assert verdict.right, verdict.complaints
