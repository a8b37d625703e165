"""Owned tasks: nothing runs that nobody waits for, and no failure goes unseen."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from foundation.stopping import end

log = structlog.get_logger(__name__)
T = TypeVar("T")


class TaskOwner:
    """Holds the background tasks of one object; ``close`` cancels and awaits them all.

    A task that fails is logged with its name. It does not take its siblings along: an owner whose tasks must live and
    die together uses ``asyncio.TaskGroup`` instead.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        if self._closed:
            work.close()
            raise RuntimeError(f"{self._name} is closed and starts no more tasks")
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}/{name}")
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (exception := task.exception()) is not None:
            log.error("task failed", task=task.get_name(), exc_info=exception)

    async def close(self) -> None:
        self._closed = True
        current = asyncio.current_task()
        await end(*(task for task in self._tasks if task is not current))


async def first_of(*halves: Coroutine[Any, Any, T]) -> T:
    """Run all until one returns or fails; stop the others, wait for them, and pass that outcome on."""
    tasks = [asyncio.ensure_future(half) for half in halves]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(*tasks)
    outcomes = [task.result() for task in done]
    return outcomes[0]
