"""The whole platform as a user starts it: ``python -m server run`` in a process of its own, with short battles."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from server.settings import Settings

ROOT = Path(__file__).parents[1]
START_S = 60
STOP_S = 20


@dataclass
class Platform:
    address: str
    admin_password: str
    data_dir: Path
    process: asyncio.subprocess.Process

    @property
    def database_file(self) -> Path:
        return self.data_dir / "ringside.db"


@asynccontextmanager
async def platform(data_dir: Path, command: str = "run", /, **settings: str) -> AsyncIterator[Platform]:
    """Start it with ``settings`` (names of the environment), yield when it says that it is ready, stop it by SIGINT.

    What a test fails with is followed by the platform's last words.
    """
    log = data_dir.parent / "platform.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", command),
            env=bare_environment() | {"PORT": "0", "MEDIA_UDP_PORT": "0", "DATA_DIR": str(data_dir)} | settings,
            cwd=data_dir.parent,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
        )
        try:
            yield await _ready(process, data_dir, log)
        except BaseException:
            print(f"the platform's last words:\n{last_words(log)}")
            raise
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(STOP_S):
                    await process.wait()


def bare_environment() -> dict[str, str]:
    """Ours without settings of the platform; elsewhere than here the ``.env`` of who runs the tests is not read."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])}


def last_words(log: Path) -> str:
    return log.read_text(errors="replace")[-4000:]


async def _ready(process: asyncio.subprocess.Process, data_dir: Path, log: Path) -> Platform:
    assert process.stdout is not None
    address = password = ""
    said = []
    try:
        async with asyncio.timeout(START_S):
            while line := (await process.stdout.readline()).decode():
                said.append(line)
                if found := re.search(r"Ringside is on\s+(\S+)", line):
                    address = found[1]
                if found := re.search(r"first admin\s+\S+\s+password\s+(\S+)", line):
                    password = found[1]
                if "Ctrl-C" in line:
                    return Platform(address, password, data_dir, process)
    except TimeoutError:
        raise AssertionError(f"the platform is not ready after {START_S} s; it said: {''.join(said)}") from None
    raise AssertionError(f"the platform ended: {''.join(said)}{last_words(log)}")
