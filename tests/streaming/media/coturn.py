"""A coturn of our own on loopback, with the configuration that docs/networking.md gives to operators."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.streaming.media.rig import until

PROGRAM = shutil.which("turnserver")
WHY_NOT = "turnserver (Debian package coturn) is not on PATH"
STOP_S = 5
PAGE = Path(__file__).parents[3] / "docs" / "networking.md"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def configuration(folder: Path, secret: str, port: int) -> str:
    """The documented file; what differs is where it listens, that there is no certificate, and whom it lets through."""
    found = re.search(r"```\n(listening-port=.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    text = re.sub(r"^(tls-listening-port|cert|pkey|listening-port)=.*\n", "", found[1], flags=re.MULTILINE)
    text = text.replace("<TURN_SECRET>", secret).replace("# allowed-peer-ip=<PUBLIC_IP>", "allowed-peer-ip=127.0.0.1")
    assert secret in text and "\nallowed-peer-ip=" in text
    here = ["listening-ip=127.0.0.1", f"listening-port={port}", "relay-ip=127.0.0.1", "allow-loopback-peers"]
    here += ["no-tls", "no-dtls", "relay-threads=1", "log-file=stdout", "verbose"]
    return "\n".join([text, *here, f"pidfile={folder / 'pid'}", f"userdb={folder / 'db'}", ""])


@asynccontextmanager
async def coturn(folder: Path, secret: str) -> AsyncIterator[int]:
    """Yields its port, open for UDP and TCP; it ends with the block."""
    assert PROGRAM is not None
    port, log, file = _free_port(), folder / "turnserver.log", folder / "turnserver.conf"
    file.write_text(configuration(folder, secret, port))
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(PROGRAM, "-c", str(file)),
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
