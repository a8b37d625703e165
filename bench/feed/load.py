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
from bench.feed.judge import Found, Opened, percentile
from bench.feed.judge_flood import Spoken
from bench.feed.posting import Post, event, posting
from bench.forward.child import Commands, serve
from tests.processes import cpu_seconds

OPEN_S = 60.0
PATIENCE_S = 10.0
LINES_S = 30.0  # until the last line has been refused or heard
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

    async def do_open(self, paths: Sequence[str], at_once: int) -> dict[str, Any]:
        """A socket for each of ``paths``, at most ``at_once`` of them shaking hands at one time."""
        self._asked += len(paths)
        began = time.monotonic()
        for path in paths:
            await _until(lambda: self._crowd.waiting < at_once, OPEN_S)
            self._crowd.open(self._port, path)
        await _until(lambda: not self._crowd.waiting, OPEN_S)
        heard = self._crowd.heard()
        opened = Opened(
            asked=self._asked,
            ready=heard.ready,
            fault=heard.fault or "no answer",
            seconds=time.monotonic() - began,
            p95_ms=percentile(heard.joins, 0.95, DELAY_MS),
            events=heard.events,
            again=heard.again,
        )
        return asdict(opened)

    async def do_measure(
        self, per_s: float, seconds: float, pids: Sequence[int], beside: Mapping[str, int]
    ) -> dict[str, Any]:
        """``per_s`` events a second, evenly; until everybody has heard all of them, or for ``PATIENCE_S`` more.

        An event's stamp is the moment in which it was due: a server that takes posts late is late. ``pids`` are the
        server's processes, ``beside`` those that work for it on this core.
        """
        self._crowd.restart(self._posted + 1)
        return asdict(await self._measured(per_s, seconds, pids, beside))

    async def do_flood(
        self,
        per_s: float,
        seconds: float,
        pids: Sequence[int],
        beside: Mapping[str, int],
        speakers: int,
        lines_per_s: float,
    ) -> dict[str, Any]:
        """As ``measure``, while the first ``speakers`` sockets speak; the next one counts whom it hears."""
        self._crowd.restart(self._posted + 1)
        heard_of = self._crowd.speak(speakers, speakers, lines_per_s, round(lines_per_s * seconds))
        found = await self._measured(per_s, seconds, pids, beside)
        await _until(lambda: self._crowd.unheard <= 0, LINES_S)
        heard = self._crowd.heard()
        spoken = Spoken(
            seconds=seconds,
            said=heard.said,
            refused=heard.refused,
            own=heard.own,
            own_p99_ms=percentile(heard.own_delays, 0.99, DELAY_MS),
            shown=heard.lines,
            least=min(heard_of),
            most=max(heard_of),
        )
        return {"found": asdict(found), "spoken": asdict(spoken)}

    async def do_dull(self) -> dict[str, Any]:
        """Nobody here reads any more."""
        self._crowd.dull(range(self._asked))
        return {}

    async def do_wake(self, within_s: float) -> dict[str, Any]:
        """All read again; how many were closed by a code, and the latest one's."""
        self._crowd.wake(range(self._asked))
        await _until(lambda: not self._crowd.ready, within_s)
        heard = self._crowd.heard()
        return {"closed": heard.closed, "code": heard.code}

    async def _measured(self, per_s: float, seconds: float, pids: Sequence[int], beside: Mapping[str, int]) -> Found:
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
        return Found(
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
