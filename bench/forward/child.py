"""A process of the benchmark that is told what to do by JSON lines: ``Child`` is its handle, ``serve`` its end."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from foundation.own_process import go_first

SERVER_CORE, LOAD_CORE = 0, 1
ANSWER_S = 120.0
STOP_S = 10.0
_LINE_MAX = 1 << 22


class Commands:
    """Subclasses have a method ``async do_NAME(**arguments) -> dict`` for each command."""


async def serve(commands: Commands) -> None:
    """Do what standard input says, one command after the other, until it ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LINE_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)  # what a library logs is no answer
        print(json.dumps({"ready": True}), file=answers, flush=True)
        while line := await reader.readline():
            arguments = json.loads(line)
            answer = await getattr(commands, f"do_{arguments.pop('do')}")(**arguments)
            print(json.dumps(answer), file=answers, flush=True)


class ChildFailed(RuntimeError):
    """A process of the benchmark ended or did not answer."""


class Child:
    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self._name = name
        self._log = log
        self.process = process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        return await self._answer()

    async def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(ANSWER_S):
            line = await self.process.stdout.readline()
        if not line:
            code = await self.process.wait()
            raise ChildFailed(f"{self._name} ended with {code}: {self._log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def ready(self) -> None:
        await self._answer()


@asynccontextmanager
async def child(name: str, log: Path, *arguments: str, core: int = LOAD_CORE) -> AsyncIterator[Child]:
    """``python -m NAME ARGUMENTS`` (a module of ``bench.forward``, or a full name) on one core.

    Stopped by the end of its input, else killed.
    """
    module = name if "." in name else f"bench.forward.{name}"
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=_LINE_MAX,
            preexec_fn=lambda: placed(core),
        )
    started = Child(name, process, log)
    try:
        await started.ready()
        yield started
    finally:
        await stopped(process)


def placed(core: int) -> None:
    """What every process of the benchmark has in common with our media worker: a core, and the processor first."""
    os.sched_setaffinity(0, {core})
    go_first()


async def stopped(process: asyncio.subprocess.Process) -> None:
    """End it by the end of its input; kill it when that does not help."""
    if process.stdin is not None and process.returncode is None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
