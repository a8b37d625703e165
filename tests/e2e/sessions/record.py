"""``python -m tests.e2e.sessions.record FOLDER NAME...``: have the conversations NAME with the platform of FOLDER."""

import asyncio
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.proof.stage import stage
from tests.e2e.sessions.conversation import Conversation, hosts_are_free
from tests.e2e.sessions.script import SCRIPTS

FIGHT_MS = 60_000
HERE = Path(__file__).parent


def _without_tokens(said: Any) -> Any:
    if isinstance(said, list):
        return [_without_tokens(each) for each in said]
    if isinstance(said, dict):
        return {name: "a token" if name == "token" else _without_tokens(each) for name, each in said.items()}
    return said


def _commit(folder: str) -> str:
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
    return said.stdout.strip()


async def record(platform: str, names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="ringside-record-") as folder:
        async with stage(Path(folder), FIGHT_MS, PYTHONPATH=platform, BATTLE_VICTORY_S="30") as on:
            people = {"red": on.hosts[0], "blue": on.hosts[1], "fan": on.fans[0], "host": on.hosts[0]}
            for name in names:
                await hosts_are_free(on.http, on.hosts)
                steps = _without_tokens(await Conversation(on.http, people).have(SCRIPTS[name]))
                recorded = {"commit": _commit(platform), "on": str(datetime.datetime.now(datetime.UTC).date())}
                (HERE / f"{name}.json").write_text(json.dumps({**recorded, "steps": steps}, indent=1) + "\n")


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1], sys.argv[2:]))
