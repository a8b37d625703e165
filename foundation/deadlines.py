"""One deadline for all who pass, kept by one task: a timer for each gift of a storm is a tenth of what a gift costs."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Any

from foundation.tasks import TaskOwner

LOOKS_S = 0.05  # how often it looks, at least


class Term:
    """What one task does from ``with`` on; ``TimeoutError`` when its time is up, as from ``asyncio.timeout``."""

    __slots__ = ("_due_s", "_passed", "_task")

    def __init__(self, task: "asyncio.Task[Any]", due_s: float) -> None:
        self._task: asyncio.Task[Any] | None = task
        self._due_s = due_s
        self._passed = False

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        assert task is not None
        if self._passed and task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def passed(self, now_s: float) -> bool:
        """Whether it is over, in one way or the other; who is still at it is told to stop."""
        if self._task is None:
            return True
        if self._due_s > now_s:
            return False
        self._passed = True
        self._task.cancel()
        return True


class Deadlines:
    """``start`` before use, ``close`` after. Who has a term is told at most ``LOOKS_S`` after ``within_s``."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._terms: deque[Term] = deque()  # all are of one length: they come in the order of their ends
        self._tasks = TaskOwner("deadlines")

    def start(self) -> None:
        self._tasks.start(self._watch(), "watch")

    async def close(self) -> None:
        await self._tasks.close()

    def term(self) -> Term:
        """From now on, for the task that asks."""
        task = asyncio.current_task()
        assert task is not None
        term = Term(task, asyncio.get_running_loop().time() + self._within_s)
        self._terms.append(term)
        return term

    async def _watch(self) -> None:
        now_s = asyncio.get_running_loop().time
        while True:
            while self._terms and self._terms[0].passed(now_s()):
                self._terms.popleft()
            await asyncio.sleep(min(self._within_s / 8, LOOKS_S))
