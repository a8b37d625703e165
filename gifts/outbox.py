"""The outbox in SQL: which gifts have not been shown yet. Written in a gift's own transaction, emptied by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import delete, func, select

from foundation.lease import check_fence
from foundation.sql import Database
from gifts.ledger import Gift
from gifts.store_sql import gift_of
from gifts.tables import gifts, outbox
from gifts.totals import add_to_totals
from gifts.totals_corrected import newest_correction, taken_back

RELAY = "gifts.relay"  # the lease of the one owner


@dataclass(frozen=True)
class Unsent:
    """A committed gift that waits for the relay, and the rooms that shall see it.

    ``corrected`` was the newest correction when it was read.
    """

    sequence: int
    gift: Gift
    rooms: tuple[str, ...]
    corrected: str | None


class SqlOutbox:
    """A row is there until its gift is through. There is no "last sequence": PostgreSQL hands out before it commits."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def unsent(self, most: int) -> list[Unsent]:
        """The oldest gifts that wait, in order."""
        query = (
            select(outbox.c.sequence, outbox.c.rooms, newest_correction().label("corrected"), gifts)
            .join(gifts, gifts.c.id == outbox.c.gift_id)
            .order_by(outbox.c.sequence)
            .limit(most)
        )
        async with self._database.read() as transaction:
            rows = (await transaction.execute(query)).all()
        return [Unsent(row.sequence, gift_of(row), tuple(orjson.loads(row.rooms)), row.corrected) for row in rows]

    async def finish(self, fence: int, sent: Sequence[Unsent]) -> list[Gift]:
        """Take the whole batch out and into the totals, unless a later relay has taken over (``Fenced``).

        The gifts that are in the totals now: those that were taken back are in none. Only what this transaction takes
        out is added: of two that are at the same rows on PostgreSQL the later one finds them gone.
        """
        done = outbox.c.sequence.in_([each.sequence for each in sent])
        async with self._database.write() as transaction:
            await check_fence(transaction, RELAY, fence)
            taken = set((await transaction.execute(delete(outbox).where(done).returning(outbox.c.gift_id))).scalars())
            taken -= await taken_back(transaction, taken)
            counted = [each.gift for each in sent if each.gift.id in taken]
            await add_to_totals(transaction, counted)
        return counted

    async def waiting(self) -> int:
        """How many gifts wait for the relay."""
        async with self._database.read() as transaction:
            return int((await transaction.execute(select(func.count()).select_from(outbox))).scalar_one())
