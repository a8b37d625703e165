"""What was looked up a moment ago: fresh for a little while, and when the one who knows is slow, good for longer.

Those who ask for the same at the same time wait for one look-up. What is forgotten while it is looked up is not
remembered, so that a fact which comes by the bus is never overwritten by an answer from before it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from foundation.errors import Refusal
from foundation.tasks import TaskOwner

log = structlog.get_logger(__name__)

K = TypeVar("K")
V = TypeVar("V")

DEADLINE_S = 5.0  # a look-up that takes longer has failed
SAID_EVERY_S = 1.0  # a crowd of old answers is one line of the log


@dataclass(frozen=True)
class Patience:
    """``fresh_s``: so long nobody asks again. ``stale_s``: so long the last answer stands in for a missing one.

    ``patience_s``: who has a stale answer waits no longer than this for a new one.
    """

    fresh_s: float
    stale_s: float
    patience_s: float = 0.1


@dataclass(frozen=True)
class _Kept(Generic[V]):
    value: V
    at_s: float


@dataclass(frozen=True)
class _Flight(Generic[V]):
    """A look-up on its way: its answer whenever it comes, and what is known of it when patience ends."""

    answer: "asyncio.Task[V | Exception]"
    in_time: "asyncio.Task[V | Exception]"


class Remembered(Generic[K, V]):
    """``close`` after use. ``worth`` says of an answer whether it may be remembered; a refusal never is."""

    def __init__(
        self,
        name: str,
        look_up: Callable[[K], Awaitable[V]],
        patience: Patience,
        *,
        worth: Callable[[V], bool] = lambda value: True,
        most: int = 10_000,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._look_up = look_up
        self._patience = patience
        self._worth = worth
        self._most = most
        self._now_s = now_s
        self._kept: dict[K, _Kept[V]] = {}
        self._flights: dict[K, _Flight[V]] = {}
        self._tasks = TaskOwner(f"remembered.{name}")
        self._stood_in, self._said_at_s = 0, -SAID_EVERY_S

    async def close(self) -> None:
        await self._tasks.close()

    async def get(self, key: K) -> V:
        """The value; what the look-up raises, when there is nothing to stand in for it."""
        kept = self._kept.get(key)
        age_s = self._now_s() - kept.at_s if kept is not None else 0.0
        if kept is not None and age_s <= self._patience.fresh_s:
            return kept.value
        flight = self._flights.get(key) or self._start(key)
        if kept is None or age_s > self._patience.stale_s:
            return _told(await asyncio.shield(flight.answer))
        answer = await asyncio.shield(flight.in_time)
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            self._say_so(answer)
            return kept.value
        return _told(answer)

    def _say_so(self, error: Exception) -> None:
        self._stood_in += 1
        if self._now_s() - self._said_at_s >= SAID_EVERY_S:
            log.warning("old answers stand in", of=self._name, times=self._stood_in, error=repr(error))
            self._stood_in, self._said_at_s = 0, self._now_s()

    def forget(self, key: K) -> None:
        """From now on whoever asks is told what is so."""
        self._kept.pop(key, None)
        self._flights.pop(key, None)

    def outdate(self, key: K, value: V) -> None:
        """``value`` is not so any more. If it was forgotten already, the look-up that is on its way stays."""
        kept = self._kept.get(key)
        if kept is not None and kept.value is value:
            del self._kept[key]

    def _start(self, key: K) -> "_Flight[V]":
        answer = self._tasks.start(self._fly(key), "look-up")
        flight = self._flights[key] = _Flight(answer, self._tasks.start(self._patiently(answer), "patience"))
        return flight

    async def _patiently(self, answer: "asyncio.Task[V | Exception]") -> V | Exception:
        """The answer, or that it takes too long: one timer for all who wait."""
        await asyncio.wait((answer,), timeout=self._patience.patience_s)
        return answer.result() if answer.done() and not answer.cancelled() else TimeoutError()

    async def _fly(self, key: K) -> V | Exception:
        answer: V | Exception
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._look_up(key)
        except Exception as error:
            answer = error
        flight = self._flights.get(key)
        if flight is not None and flight.answer is asyncio.current_task():
            del self._flights[key]
            self._keep(key, answer)
        return answer

    def _keep(self, key: K, answer: V | Exception) -> None:
        if isinstance(answer, Refusal):
            self._kept.pop(key, None)
        elif not isinstance(answer, Exception):
            self._kept.pop(key, None)
            if self._worth(answer):
                self._kept[key] = _Kept(answer, self._now_s())
                if len(self._kept) > self._most:
                    del self._kept[next(iter(self._kept))]


def _told(answer: V | Exception) -> V:
    if isinstance(answer, Exception):
        raise answer
    return answer
