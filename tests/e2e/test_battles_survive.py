"""Battles of ``make prove-battles``, shorter, on a platform whose processes disagree about the time by a minute.

And clients of former times on the same platform, who have the conversations that were recorded then.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bench.proof.fight import fight
from bench.proof.judge import judge
from bench.proof.plan import plan
from bench.proof.stage import Stage, pictures, stage
from tests.e2e.sessions.conversation import Conversation, compared, hosts_are_free
from tests.platform import ROOT

pytestmark = [pytest.mark.steady, pytest.mark.asyncio(loop_scope="module")]

FIGHT_MS = 9_000
SESSIONS = Path(__file__).parent / "sessions"
SHIFTED = {
    "PYTHONPATH": f"{Path(__file__).parents[1] / 'shifted'}:{ROOT}",
    "SHIFTED_CLOCKS": "control=30 api=-30 media=-30 transcode=30",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def on(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("proof"), FIGHT_MS, **SHIFTED) as ready:
        yield ready


async def test_the_clocks_are_off_by_what_the_process_is() -> None:
    for kind, seconds in (("control", 30), ("api", -30), ("mixer", 0)):
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "import time; print(time.time())", "server", kind),
            env=os.environ | SHIFTED,
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await asked.communicate()
        assert abs(float(said) - time.time() - seconds) < 10


@pytest.mark.parametrize(("seed", "kill"), [(4, None), (3, "flush")])
async def test_a_battle_ends_right(on: Stage, seed: int, kill: str | None) -> None:
    """With 200 gifts and three reconnects, though the mixer is killed, or Redis forgets everything in the middle."""
    found = await fight(on, plan(seed, FIGHT_MS, on.rules.rush_ms, kill))
    verdict = judge(found, on.rules, *pictures())
    assert verdict.right, verdict.complaints


@pytest.mark.parametrize("session", ["without-battles", "without-members", "without-resume"])
async def test_an_old_client_still_hears_and_is_answered_what_it_relies_on(on: Stage, session: str) -> None:
    then = json.loads((SESSIONS / f"{session}.json").read_text())["steps"]
    await on.both_live()
    await hosts_are_free(on.http, on.hosts)
    people = {"red": on.hosts[0], "blue": on.hosts[1], "fan": on.fans[0], "host": on.hosts[0]}
    now = await Conversation(on.http, people).have(then)
    missed = [each for one, other in zip(then, now, strict=True) for each in compared(one, other)]
    assert not missed, "\n".join([*missed, *map(json.dumps, now)])
