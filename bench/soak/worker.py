"""The soaked process: a real media worker with its WHIP and WHEP endpoints, and what it has in its hands."""

import asyncio
import gc
import os
import sys
from collections import deque
from typing import Any

import uvloop

from bench.forward.child import SERVER_CORE, Commands, placed, serve
from tests.streaming.media.rig import Rig, quick, running


class Soaked(Commands):
    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    async def do_address(self) -> dict[str, Any]:
        return {"url": self._rig.url, "udp": self._rig.worker.udp_port}

    async def do_figures(self) -> dict[str, Any]:
        """``entries``: of all tables of the worker, its port and its limits together."""
        self._rig.facts.clear()  # the test's own notebook
        gc.collect()
        worker = self._rig.worker
        return {
            "rss_kb": _resident_kb(),
            "tasks": len(asyncio.all_tasks()),
            "descriptors": len(os.listdir("/proc/self/fd")),
            "sessions": len(worker.sessions),
            "rooms": len(worker.rooms),
            "entries": sum(entries(part) for part in (worker, *vars(worker).values())),
            "opened": worker.counters.sessions_opened,
            "sent": worker.counters.packets_out,
            "resent": worker.counters.packets_resent,
        }


def entries(part: object) -> int:
    """How many things the tables of an object hold."""
    if not type(part).__module__.startswith("streaming."):
        return 0
    names = getattr(part, "__dict__", {})
    return sum(len(each) for each in names.values() if isinstance(each, dict | set | list | deque))


def _resident_kb() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


async def main(udp_port: int, announced_port: int) -> None:
    placed(SERVER_CORE)
    async with running(quick(udp_port=udp_port, announced_port=announced_port)) as rig:
        await serve(Soaked(rig))


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
