"""Keeps a process's catalogue up to date: by the bus at once, by SQL every half second in case the bus lost it."""

import asyncio
from contextlib import suppress

import structlog

from foundation.away import StoreAway
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.tasks import TaskOwner
from gifts.catalogue import ITEMS, Catalogue
from gifts.events import CatalogueChanged
from gifts.store_sql_catalogue import SqlCatalogue

log = structlog.get_logger(__name__)

EVERY_S = 0.5
CLOSE_S = 2.0


class CatalogueKeeper:
    """A ``gifts.catalogue.Shelf``. ``start`` before use (an empty catalogue gets its first items), ``close`` after.

    While SQL is away it goes on with what it knew.
    """

    def __init__(self, store: SqlCatalogue, bus: Bus, clock: Clock, *, every_s: float = EVERY_S) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._every_s = every_s
        self._catalogue = Catalogue(())
        self._rows = 0
        self._reading = asyncio.Lock()
        self._tasks = TaskOwner("gifts.catalogue")

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue

    async def start(self, *, patient: bool = False) -> None:
        """``patient``: do not fail when SQL or Redis is away, but go on without a catalogue until they are there."""
        await (self._try() if patient else self.reconcile())
        listening = asyncio.Event()
        self._tasks.start(self._listen(listening), "listen")
        self._tasks.start(self._poll(), "poll")
        if not patient:
            async with asyncio.timeout(5):
                await listening.wait()

    async def close(self) -> None:
        # A read is short. One that is cut off leaves a thread of the driver that answers into a loop which is gone.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S), self._reading:
                pass
        await self._tasks.close()

    async def reconcile(self) -> None:
        """Read the catalogue again if it has changed; give it its first items if it has none."""
        rows = await self._store.rows()
        if rows == 0:
            await self._store.seed(ITEMS, self._clock.now_ms())
        if rows == 0 or rows != self._rows:
            rows, found = await self._store.read()
            if rows > self._rows:  # rows are only added: another read of the same moment may have seen more
                self._rows, self._catalogue = rows, Catalogue(found)

    async def announce(self) -> None:
        """A change was committed: it is known here when this returns, and the others are told."""
        await self.reconcile()
        try:
            await self._bus.publish(CatalogueChanged())
        except StoreAway as error:  # every process reads it within half a second
            log.warning("a change of the catalogue was not announced", error=str(error))

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._try()

    async def _listen(self, listening: asyncio.Event) -> None:
        async with self._bus.subscribe(CatalogueChanged) as changes:
            listening.set()
            await self._follow(changes)

    async def _follow(self, changes: Subscription) -> None:
        async for _ in changes:
            await self._try()

    async def _try(self) -> None:
        try:
            async with self._reading:
                await self.reconcile()
        except StoreAway as error:
            log.warning("the catalogue could not be read", error=str(error))
