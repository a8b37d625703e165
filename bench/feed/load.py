"""The load: the crowd's sockets and who posts events, in one process that is told by JSON lines what to do."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import uvloop

from bench.feed.crowd import DELAY_MS, Crowd, Manners, compiled
from bench.feed.judge import Found, percentile
from bench.feed.posting import Post, event, posting
from bench.forward.child import Commands, serve
from tests.processes import cpu_seconds

AT_ONCE = 16
OPEN_S = 60.0
PATIENCE_S = 10.0
LOOK_EVERY_S = 0.005


class Load(Commands):
    """Every command is a method ``do_NAME``; ``meet`` comes first."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._posted = 0

    async def do_meet(
        self, port: int, capacity: int, manners: Mapping[str, Any], way: dict[str, str]
    ) -> dict[str, Any]:
        """One contestant, for this process's whole life."""
        self._port = port
        self._asked = 0
        self._crowd = Crowd(compiled(self._folder), capacity, Manners(**manners))
        self._stack.callback(self._crowd.close)
        self._post: Post = await self._stack.enter_async_context(posting(way))
        return {}

    async def do_open(self, paths: Sequence[str]) -> dict[str, Any]:
        """A socket for each of ``paths``, at most ``AT_ONCE`` of them shaking hands at one time."""
        self._asked += len(paths)
        for path in paths:
            await _until(lambda: self._crowd.waiting < AT_ONCE, OPEN_S)
            self._crowd.open(self._port, path)
        await _until(lambda: not self._crowd.waiting, OPEN_S)
        heard = self._crowd.heard()
        return {"asked": self._asked, "lacking": self._asked - heard.ready, "fault": heard.fault or "no answer"}

    async def do_measure(
        self, per_s: float, seconds: float, pids: Sequence[int], beside: Mapping[str, int]
    ) -> dict[str, Any]:
        """``per_s`` events a second, evenly; until everybody has heard all of them, or for ``PATIENCE_S`` more.

        An event's stamp is the moment in which it was due: a server that takes posts late is late. ``pids`` are the
        server's processes, ``beside`` those that work for it on this core.
        """
        self._crowd.restart(self._posted + 1)
        ready, count = self._crowd.heard().ready, max(1, round(per_s * seconds))
        own, served, began = time.process_time(), _cpu_s(pids), time.monotonic()
        helped = {name: cpu_seconds(pid) for name, pid in beside.items()}
        for number in range(count):
            due = began + number / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._posted += 1
            await self._post(event(self._posted, round(due * 1e6)))
        await asyncio.sleep(max(0.0, began + count / per_s - time.monotonic()))
        await _until(lambda: self._crowd.events >= count * ready, PATIENCE_S)
        heard, took = self._crowd.heard(), time.monotonic() - began
        found = Found(
            asked=self._asked,
            sockets=heard.ready,
            per_s=per_s,
            posted=count,
            delivered=heard.events,
            again=heard.again,
            p50_ms=percentile(heard.delays, 0.50, DELAY_MS),
            p99_ms=percentile(heard.delays, 0.99, DELAY_MS),
            longest_ms=heard.longest_ms,
            reads=heard.reads,
            seconds=took,
            cpu_s=_cpu_s(pids) - served,
            load_cpu_s=time.process_time() - own,
            beside_cpu_s={name: cpu_seconds(pid) - helped[name] for name, pid in beside.items()},
        )
        return asdict(found)


async def _until(reached: Callable[[], bool], within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while True:
        if reached():
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOK_EVERY_S)


def _cpu_s(pids: Sequence[int]) -> float:
    return sum(map(cpu_seconds, pids))


async def main(folder: str) -> None:
    async with AsyncExitStack() as stack:
        await serve(Load(Path(folder), stack))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
