"""Combos from the ledger, for when Redis has lost them: made again of the gifts that are through the outbox.

Ids carry the time, so the last moments are a short piece of the table, and no index is needed.
"""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import and_, select

from foundation.ids import lowest_id
from foundation.sql import Database
from gifts.combos import Combo, gathered, who_of
from gifts.ledger import Gift
from gifts.store_sql import gift_of
from gifts.tables import gifts, outbox, windows

LONGEST_MS = 600_000  # so far back the beginning of a combo is looked for
MOST_NAMED = 500  # of more senders everything is read and then sorted out
PAGE = 2000

Piece = tuple[Gift, Sequence[str]]  # a gift and the rooms that saw it


class SqlCombos:
    def __init__(self, database: Database, combo_ms: int) -> None:
        self._database = database
        self._combo_ms = combo_ms

    async def waiting_since_ms(self) -> int | None:
        """The stamp of the gift that has waited longest for the relay."""
        query = (
            select(gifts.c.accepted_at_ms)
            .join(outbox, outbox.c.gift_id == gifts.c.id)
            .order_by(outbox.c.sequence)
            .limit(1)
        )
        async with self._database.read() as transaction:
            return (await transaction.execute(query)).scalar_one_or_none()

    async def between(self, first_ms: int, last_ms: int) -> list[Combo]:
        """The combos with a piece in that time, from their first piece on; later pieces are not in them."""
        pieces = await self._pieces(first_ms, last_ms)
        combos, from_ms = self._reaching(pieces, first_ms), first_ms
        while first_ms - from_ms < LONGEST_MS:
            older = {(each.room, each.who): each.sender for each in combos if each.since_ms - self._combo_ms < from_ms}
            if not older:
                break
            found = await self._pieces(from_ms - self._combo_ms, from_ms - 1, set(older.values()))
            pieces = [each for each in found if (each[0].room, who_of(each[0])) in older] + pieces
            combos, from_ms = self._reaching(pieces, first_ms), from_ms - self._combo_ms
        return combos

    def _reaching(self, pieces: Sequence[Piece], first_ms: int) -> list[Combo]:
        return [combo for combo in gathered(pieces, self._combo_ms) if combo.last_at_ms >= first_ms]

    async def _pieces(self, first_ms: int, last_ms: int, senders: Collection[str] = ()) -> list[Piece]:
        of_window = and_(windows.c.battle == gifts.c.battle, windows.c.recipient == gifts.c.recipient)
        query = (
            select(gifts, windows.c.rooms)
            .join(windows, of_window, isouter=True)
            .where(gifts.c.id < lowest_id(last_ms + 1), gifts.c.id.not_in(select(outbox.c.gift_id)))
            .order_by(gifts.c.id)
            .limit(PAGE)
        )
        if 0 < len(senders) <= MOST_NAMED:
            query = query.where(gifts.c.sender.in_(senders))
        pieces: list[Piece] = []
        after, full = lowest_id(first_ms), True
        while full:
            async with self._database.read() as transaction:
                rows = (await transaction.execute(query.where(gifts.c.id > after))).all()
            for row in rows:
                gift, shown_in = gift_of(row), row.rooms
                pieces.append((gift, tuple(dict.fromkeys((gift.room, *orjson.loads(shown_in or "[]"))))))
            full = len(rows) == PAGE
            after = rows[-1].id if rows else after
        return pieces
