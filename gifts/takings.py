"""What a host was given in a span of time: ``streaming.past.Share`` of the gifts.

Every gift to him counts, from whichever room, that was accepted in the span and not taken back: so the diamonds are
those that the ledger has paid him for it and left him.

His gifts are found by their senders and not by an index over ``recipient`` and ``id``: every gift would have to write
to it (what a gift costs is pages: ``docs/decisions/0011``), for which the ledger on SQLite has no room, with 15,036
gifts a second of the 15,000 that it must do, while a host looks at his figures now and then. Their ids have the time in
them: of a span that is long over only the gifts of that time are looked at, not all that were given since.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, distinct, exists, func, select, union

from foundation.ids import lowest_id
from foundation.sql import Database
from gifts.spans import day_of
from gifts.tables import gifts, outbox
from gifts.tables_play import totals
from gifts.totals_corrected import of_gift

BEHIND_MS = 3600_000
"""So far a clock may have been set back: a gift's id has the time of its acceptance, or a later one before it."""


class Takings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, host: str, spans: Sequence[tuple[int, int]]) -> Sequence[Mapping[str, object]]:
        """``gifts``, different ``givers``, ``coins`` given and ``diamonds`` earned, all in one view of the ledger."""
        async with self._database.read() as transaction:
            rows = [(await transaction.execute(_given(host, *span))).one() for span in spans]
        return [{name: int(value or 0) for name, value in row._mapping.items()} for row in rows]


def _given(host: str, from_ms: int, to_ms: int) -> Select[int, int, Any, Any]:
    """By the senders, whom the sums and what still waits for the relay name: no index has the gifts of a host."""
    relayed = select(totals.c.sender).where(totals.c.host == host, totals.c.day.between(day_of(from_ms), day_of(to_ms)))
    waiting = select(gifts.c.sender).join(outbox, outbox.c.gift_id == gifts.c.id).where(gifts.c.recipient == host)
    at_ms = gifts.c.accepted_at_ms
    return select(
        func.count().label("gifts"),
        func.count(distinct(gifts.c.sender)).label("givers"),
        func.sum(gifts.c.coins).label("coins"),
        func.sum(gifts.c.diamonds).label("diamonds"),
    ).where(
        *(gifts.c.sender.in_(union(relayed, waiting)), gifts.c.recipient == host),
        *(gifts.c.id >= lowest_id(from_ms), gifts.c.id < lowest_id(to_ms + BEHIND_MS)),
        *(at_ms >= from_ms, at_ms < to_ms),
        ~exists().where(of_gift()),
    )
