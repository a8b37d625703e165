"""The outbox in SQL: which gifts have not been shown yet. Written in a gift's own transaction, marked by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import func, select, update

from foundation.lease import check_fence
from foundation.sql import Database
from gifts.ledger import Gift
from gifts.store_sql import gift_of
from gifts.tables import gifts, outbox

RELAY = "gifts.relay"  # the lease of the one owner


@dataclass(frozen=True)
class Unsent:
    """A committed gift that waits for the relay, and the rooms that shall see it."""

    sequence: int
    gift: Gift
    rooms: tuple[str, ...]


class SqlOutbox:
    """Unsent rows are found by a partial index. There is no "last sequence": PostgreSQL hands out before it commits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsent(self, most: int) -> list[Unsent]:
        """The oldest gifts that are not marked, in order."""
        query = (
            select(outbox.c.sequence, outbox.c.rooms, gifts)
            .join(gifts, gifts.c.id == outbox.c.gift_id)
            .where(outbox.c.sent_at_ms.is_(None))
            .order_by(outbox.c.sequence)
            .limit(most)
        )
        async with self._database.read() as transaction:
            rows = (await transaction.execute(query)).all()
        return [Unsent(row.sequence, gift_of(row), tuple(orjson.loads(row.rooms))) for row in rows]

    async def mark_sent(self, fence: int, sent: Sequence[Unsent], at_ms: int) -> None:
        """Mark the whole batch, unless a later relay has taken over (``Fenced``)."""
        marked = outbox.c.sequence.in_([each.sequence for each in sent])
        async with self._database.write() as transaction:
            await check_fence(transaction, RELAY, fence)
            await transaction.execute(update(outbox).where(marked).values(sent_at_ms=at_ms))

    async def waiting(self) -> int:
        """How many gifts wait for the relay."""
        query = select(func.count()).select_from(outbox).where(outbox.c.sent_at_ms.is_(None))
        async with self._database.read() as transaction:
            return int((await transaction.execute(query)).scalar_one())
