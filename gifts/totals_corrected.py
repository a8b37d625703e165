"""A gift that was taken back is in no total: neither in a contribution list nor in a fan level.

One that still waits for the relay is left out when it leaves the outbox; another one's line is summed again, in the
transaction of the correction. Both hold the gift's outbox row first, so that on PostgreSQL one of them sees the other.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, exists, func, literal, select, update

from foundation.ids import lowest_id
from foundation.sql import Transaction
from gifts.money.tables import corrections
from gifts.spans import DAY_MS, day_of
from gifts.tables import gifts, outbox
from gifts.tables_play import totals

SUBJECT = "gift:"


def newest_correction() -> ScalarSelect[str]:
    """Another one than before: sums may have become smaller."""
    return select(func.max(corrections.c.id)).scalar_subquery()


def of_gift() -> ColumnElement[bool]:
    """Joins a gift to its correction."""
    return corrections.c.subject == literal(SUBJECT) + gifts.c.id


async def taken_back(transaction: Transaction, gift_ids: Collection[str]) -> set[str]:
    """Those of the gifts that were taken back."""
    subjects = [f"{SUBJECT}{each}" for each in gift_ids]
    found = await transaction.execute(select(corrections.c.subject).where(corrections.c.subject.in_(subjects)))
    return {subject.removeprefix(SUBJECT) for subject in found.scalars()}


async def take_out_of_totals(transaction: Transaction, subject: str) -> None:
    """What ``subject`` names was taken back, and the row of its correction is written; only a gift is in totals."""
    if not subject.startswith(SUBJECT):
        return
    gift_id = subject.removeprefix(SUBJECT)
    waits = select(outbox.c.sequence).where(outbox.c.gift_id == gift_id).with_for_update()
    if (await transaction.execute(waits)).first() is not None:
        return
    query = select(gifts.c.room, gifts.c.recipient, gifts.c.sender, gifts.c.accepted_at_ms).where(gifts.c.id == gift_id)
    gift = (await transaction.execute(query)).one()
    day = day_of(gift.accepted_at_ms)
    line = and_(
        *(totals.c.room == gift.room, totals.c.day == day, totals.c.host == gift.recipient),
        totals.c.sender == gift.sender,
    )
    await transaction.execute(select(totals.c.coins).where(line).with_for_update())
    rest = await _rest(transaction, gift.room, day, gift.recipient, gift.sender)
    if rest["gifts"]:
        await transaction.execute(update(totals).where(line).values(rest))
    else:
        await transaction.execute(delete(totals).where(line))


async def _rest(transaction: Transaction, room: str, day: int, host: str, sender: str) -> dict[str, Any]:
    """The line of what is left: who reached his sum earlier than he seemed to stands higher among equals."""
    at_ms = gifts.c.accepted_at_ms
    query = select(
        func.sum(gifts.c.coins).label("coins"),
        func.count().label("gifts"),
        func.min(at_ms).label("first_at_ms"),
        func.max(at_ms).label("last_at_ms"),
    ).where(
        *(gifts.c.sender == sender, gifts.c.recipient == host, gifts.c.room == room),
        *(gifts.c.id >= lowest_id(day * DAY_MS), at_ms >= day * DAY_MS, at_ms < (day + 1) * DAY_MS),
        ~exists().where(outbox.c.gift_id == gifts.c.id),
        ~exists().where(of_gift()),
    )
    return dict((await transaction.execute(query)).one()._mapping)
