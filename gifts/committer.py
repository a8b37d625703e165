"""Group commit: gifts that arrive together are written together, each with its own outcome.

One task owns the road to the ledger. While a batch is written the next one gathers; it is on its way before the people
of the former one are answered. A batch that has no company waits ``linger_ms`` for some. Nobody is answered before his
batch is durable.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from foundation.errors import Refusal
from foundation.tasks import TaskOwner
from gifts.errors import LedgerAway
from gifts.ledger import GiftOrder, Outcome, Posted, Replayed
from gifts.settings import GiftSettings

log = structlog.get_logger(__name__)

Accepted = Posted | Replayed
Batch = list[tuple[GiftOrder, asyncio.Future[Outcome]]]


class Ledger(Protocol):
    async def commit(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool]) -> list[Outcome]:
        """One outcome each. Nothing is written once ``wanted``, which may be asked by any thread, says no."""


class Committer:
    """``start`` before use, ``close`` after. ``on_committed`` is called after each batch that wrote something."""

    def __init__(self, ledger: Ledger, settings: GiftSettings, on_committed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._settings = settings
        self._on_committed = on_committed
        self._waiting: asyncio.Queue[tuple[GiftOrder, asyncio.Future[Outcome]]] = asyncio.Queue(settings.waiting_gifts)
        self._tasks = TaskOwner("gifts.committer")
        self._open = False

    def start(self) -> None:
        self._open = True
        self._tasks.start(self._run(), "batches")

    async def close(self) -> None:
        """Write what waits, then stop; who cannot be served in time is told to try again."""
        self._open = False
        try:
            async with asyncio.timeout(self._settings.answer_s):
                await self._waiting.join()
        except TimeoutError:
            log.warning("gifts were left waiting at the end", gifts=self._waiting.qsize())
        await self._tasks.close()
        while not self._waiting.empty():
            _, answer = self._waiting.get_nowait()
            _settle(answer, LedgerAway(retry_after_s=1))

    async def submit(self, order: GiftOrder) -> Accepted:
        """The gift as it is in the ledger, durable; a refusal is raised.

        Who stops waiting before his batch has its turn in the ledger has not given, unless others of it wait still;
        afterwards his key tells.
        """
        if not self._open:
            raise LedgerAway("closing", retry_after_s=1)
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        try:
            self._waiting.put_nowait((order, answer))
        except asyncio.QueueFull:
            raise LedgerAway("too many gifts are waiting", retry_after_s=1) from None
        outcome = await answer
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    async def _run(self) -> None:
        while True:
            if batch := self._wanted(await self._gather()):
                await self._commit(batch)

    def _wanted(self, batch: Batch) -> Batch:
        """Without those who wait no more."""
        wanted = [each for each in batch if not each[1].done()]
        for _ in range(len(batch) - len(wanted)):
            self._waiting.task_done()
        return wanted

    async def _gather(self) -> Batch:
        batch = [await self._waiting.get()]
        if self._settings.linger_ms and self._waiting.empty():
            await asyncio.sleep(self._settings.linger_ms / 1000)
        while len(batch) < self._settings.batch_gifts and not self._waiting.empty():
            batch.append(self._waiting.get_nowait())
        return batch

    async def _commit(self, batch: Batch) -> None:
        try:
            outcomes = await self._ledger.commit([order for order, _ in batch], lambda: _is_wanted(batch))
        except asyncio.CancelledError:
            self._answer(batch, [LedgerAway(retry_after_s=1) for _ in batch])
            raise
        except Exception as error:  # a fault of ours: it must not take the gifts of the next second along
            log.error("a batch of gifts broke", gifts=len(batch), exc_info=error)
            outcomes = [LedgerAway(retry_after_s=1) for _ in batch]
        # Soon, not now: what waits already goes to the ledger first, which would stand idle else.
        asyncio.get_running_loop().call_soon(self._answer, batch, outcomes)

    def _answer(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            _settle(answer, outcome)
            self._waiting.task_done()
        if any(isinstance(outcome, Posted) for outcome in outcomes):
            self._on_committed()


def _is_wanted(batch: Batch) -> bool:
    """Whether somebody still waits for it."""
    return not all(answer.done() for _, answer in batch)


def _settle(answer: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answer.done():  # who went away gets no answer; his gift is in the ledger all the same
        answer.set_result(outcome)
