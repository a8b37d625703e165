"""A coturn of our own on loopback, as docs/networking.md configures one, apart from the addresses that it may reach."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.streaming.media.rig import until

PROGRAM = shutil.which("turnserver")
WHY_NOT = "turnserver (Debian package coturn) is not on PATH"
STOP_S = 5


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def coturn(folder: Path, secret: str) -> AsyncIterator[int]:
    """Yields its port, open for UDP and TCP; it ends with the block."""
    assert PROGRAM is not None
    port, log = _free_port(), folder / "turnserver.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "-n", "--use-auth-secret", f"--static-auth-secret={secret}", "--realm=ringside.test"),
            *("--listening-ip=127.0.0.1", f"--listening-port={port}", "--relay-ip=127.0.0.1"),
            *("--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--relay-threads=1"),
            *("--log-file=stdout", f"--pidfile={folder / 'turnserver.pid'}", f"--userdb={folder / 'turndb'}"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
        )
        try:
            await until(lambda: process.returncode is None and _answers(port), "coturn listens")
            yield port
        finally:
            if process.returncode is None:
                process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), STOP_S)
                except TimeoutError:
                    process.kill()
                    await process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
