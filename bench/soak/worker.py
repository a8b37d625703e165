"""The soaked process: a real media worker with its WHIP and WHEP endpoints, and what it has in its hands."""

import asyncio
import contextlib
import gc
import os
import sys
from collections import deque
from typing import Any

import uvloop

from bench.forward.child import SERVER_CORE, Commands, placed, serve
from foundation.errors import Unavailable
from tests.streaming.media.rig import Rig, quick, running

SETTLE_S = 0.5
# Memories of the past, with a bound up to which they fill.
REMEMBERED = frozenset({"Sessions._ended"})


class Soaked(Commands):
    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    async def do_address(self) -> dict[str, Any]:
        return {"url": self._rig.url, "udp": self._rig.worker.udp_port}

    async def do_figures(self) -> dict[str, Any]:
        """``tables``: entries of each table of the worker and of its parts; ``entries``: of all of them."""
        self._rig.facts.clear()  # the test's own notebook
        # The rig's own HTTP client closes connections that nobody uses any more when it is used again.
        with contextlib.suppress(Unavailable):
            await self._rig.internal.call("GET", f"{self._rig.url}/internal/rooms")
        await asyncio.sleep(SETTLE_S)
        gc.collect()
        worker = self._rig.worker
        tables = tables_of(worker)
        for part in vars(worker).values():
            tables |= tables_of(part)
        tables = {name: size for name, size in tables.items() if name not in REMEMBERED}
        return {
            "rss_kb": _resident_kb(),
            "tasks": len(asyncio.all_tasks()),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "sessions": len(worker.sessions),
            "rooms": len(worker.rooms),
            "entries": sum(tables.values()),
            "tables": tables,
            "opened": worker.counters.sessions_opened,
            "sent": worker.counters.packets_out,
            "resent": worker.counters.packets_resent,
        }


def tables_of(part: object) -> dict[str, int]:
    """How many things the tables of one of our objects hold, those that hold any."""
    kind = type(part)
    if not kind.__module__.startswith("streaming."):
        return {}
    named = getattr(part, "__dict__", {}).items()
    return {
        f"{kind.__name__}.{name}": len(each)
        for name, each in named
        if isinstance(each, dict | set | list | deque) and each
    }


def _resident_kb() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


async def main(udp_port: int, announced_port: int) -> None:
    placed(SERVER_CORE)
    async with running(quick(udp_port=udp_port, announced_port=announced_port)) as rig:
        await serve(Soaked(rig))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
