"""Our platform as a contestant: started as a user starts it, its api process alone on the server's core.

One live room; everybody in it is signed in, each as somebody else, and does what our page does: listens, and says
nothing of itself.
"""

import contextlib
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bench.feed.crowd import Manners
from bench.feed.place import Place
from bench.forward.child import LOAD_CORE, SERVER_CORE
from bench.forward.ours import pin, stop
from bench.gifts.hall import live_rooms, tokens
from foundation.ids import new_id
from foundation.own_process import FIRST
from streaming.feed.protocol import PROTOCOL
from tests.platform import platform
from tests.processes import descendants
from tests.server.test_machine import kind_of

MANNERS = Manners(ready='{"t":"snapshot"')


@asynccontextmanager
async def ours(folder: Path) -> AsyncIterator[Place]:
    secret = secrets.token_urlsafe(48)
    async with platform(folder / "data", SECRET_KEY=secret, MEDIA_ADDRESSES="127.0.0.1") as machine:
        try:
            room = (await live_rooms(machine, 1))[0]
            kinds = {pid: kind_of(pid) for pid in descendants(machine.process.pid)[1:]}
            (api,) = [pid for pid, kind in kinds.items() if kind == "api"]
            for pid in (machine.process.pid, *kinds):
                pin(pid, SERVER_CORE if pid == api else LOAD_CORE)
            _go_first(api)

            def paths(count: int) -> list[str]:
                crowd = tokens(secret, [new_id() for _ in range(count)])
                return [f"/api/v1/rooms/{room}/feed?v={PROTOCOL}&token={token}" for token in crowd]

            way = {"redis": f"unix://{machine.data_dir / 'valkey' / 'valkey.sock'}", "room": room}
            beside = {kind: pid for pid, kind in kinds.items() if kind in ("valkey", "control")}
            yield Place(int(machine.address.rpartition(":")[2]), [api], MANNERS, way, paths, beside)
        finally:
            await stop(machine.process)


def _go_first(pid: int) -> None:
    """As all other processes of the benchmark (``placed``)."""
    with contextlib.suppress(PermissionError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(task.name), FIRST)
