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
    """Start it with ``settings`` (names of the environment), yield when it says that it is ready, stop it by SIGINT."""
    environment = {**os.environ, "PORT": "0", "MEDIA_UDP_PORT": "0", "DATA_DIR": str(data_dir), **settings}
    with (data_dir.parent / "platform.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "server", command),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        try:
            async with asyncio.timeout(START_S):
                started = await _ready(process, data_dir)
            yield started
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(STOP_S):
                    await process.wait()


async def _ready(process: asyncio.subprocess.Process, data_dir: Path) -> Platform:
    assert process.stdout is not None
    address = password = ""
    while line := (await process.stdout.readline()).decode():
        if found := re.search(r"Ringside is on\s+(\S+)", line):
            address = found[1]
        if found := re.search(r"first admin\s+\S+\s+password\s+(\S+)", line):
            password = found[1]
        if "Ctrl-C" in line:
            return Platform(address, password, data_dir, process)
    raise AssertionError(f"the platform ended: {(data_dir.parent / 'platform.log').read_text()[-4000:]}")
