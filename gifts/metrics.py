"""How gifts get to the ledger and on from it, for Prometheus. Without labels: never a user, never a room."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from sqlalchemy import func, select

from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.sql import Database
from foundation.stopping import heed_cancellation
from gifts.committer import Ledger
from gifts.ledger import GiftOrder, Outcome
from gifts.tables import gifts, outbox

log = structlog.get_logger(__name__)

COMMIT_BUCKETS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
OUTBOX_EVERY_S = 5.0


class GiftMetrics:
    """Of the process that commits gifts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.commit_s = Histogram(
            "ringside_gift_commit_seconds", "A batch in the ledger", buckets=COMMIT_BUCKETS_S, registry=registry
        )
        self.batch = Histogram("ringside_gift_batch_gifts", "Gifts in it", buckets=BATCH_BUCKETS, registry=registry)
        self.away = Counter("ringside_gift_ledger_away", "Answers ledger-away", registry=registry)


class MeasuredLedger:
    """A ledger whose batches are measured, also those that fail."""

    def __init__(self, ledger: Ledger, metrics: GiftMetrics) -> None:
        self._ledger = ledger
        self._metrics = metrics

    async def commit(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool]) -> list[Outcome]:
        self._metrics.batch.observe(len(orders))
        with self._metrics.commit_s.time():
            return await self._ledger.commit(orders, wanted)


class OutboxGauges:
    """``run`` until cancelled: how many gifts wait for the relay, and how long the first of them has."""

    def __init__(self, database: Database, clock: Clock, registry: CollectorRegistry) -> None:
        self._database = database
        self._clock = clock
        self._unsent = Gauge("ringside_gift_outbox_unsent", "Gifts that wait for the relay", registry=registry)
        self._oldest = Gauge("ringside_gift_outbox_oldest_seconds", "Age of the first of them", registry=registry)

    async def run(self) -> None:
        while True:
            heed_cancellation()
            try:
                await self.look()
            except StoreAway as error:
                log.warning("the outbox could not be looked at", error=str(error))
            await asyncio.sleep(OUTBOX_EVERY_S)

    async def look(self) -> None:
        first = (
            select(gifts.c.accepted_at_ms)
            .join(outbox, outbox.c.gift_id == gifts.c.id)
            .order_by(outbox.c.sequence)
            .limit(1)
        )
        async with self._database.read() as transaction:
            unsent = (await transaction.execute(select(func.count()).select_from(outbox))).scalar_one()
            oldest_ms = (await transaction.execute(first)).scalar_one_or_none()
        self._unsent.set(unsent)
        self._oldest.set(0 if oldest_ms is None else max(self._clock.now_ms() - oldest_ms, 0) / 1000)
