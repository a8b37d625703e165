"""Look-ups of one moment are one look-up: who asks while one is on its way is in the next."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

from foundation.tasks import TaskOwner

K = TypeVar("K")
V = TypeVar("V")

MOST = 500  # keys of one look-up


class Gathered(Generic[K, V]):
    """``close`` after use. ``look_up`` answers for every key of its question; what it raises is told to all."""

    def __init__(self, name: str, look_up: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._look_up = look_up
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._going: asyncio.Task[None] | None = None
        self._tasks = TaskOwner(f"gathered.{name}")

    async def close(self) -> None:
        await self._tasks.close()

    async def get(self, key: K) -> V:
        answer = self._waiting.get(key)
        if answer is None:
            answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._going is None or self._going.done():
            self._going = self._tasks.start(self._go(), "look-ups")
        return await asyncio.shield(answer)

    async def _go(self) -> None:
        while self._waiting:
            asked = {key: self._waiting.pop(key) for key in list(self._waiting)[:MOST]}
            try:
                found = await self._look_up(asked.keys())
            except BaseException as error:
                for answer in asked.values():
                    _fail(answer, error)
                if not isinstance(error, Exception):
                    raise
            else:
                for key, answer in asked.items():
                    answer.set_result(found[key])


def _fail(answer: "asyncio.Future[V]", error: BaseException) -> None:
    if isinstance(error, Exception):
        answer.set_exception(error)
        answer.exception()  # whoever asked may have gone away
    else:
        answer.cancel()
