"""Statements: the entries of one wallet in one currency, newest first, each with the balance right after it.

Entries are ordered by their transfer's id, which carries the time of its stamp. So a span of time is a span of ids, and
the balance after an entry is the balance now less all that came later.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Row, Select, func, select
from ulid import ULID

from foundation.sql import Database, Transaction
from gifts.ledger import account_of
from gifts.tables import balances, entries, gifts, transfers

MOST_ENTRIES = 200


@dataclass(frozen=True)
class GiftLine:
    """The gift that an entry is of, or that it takes back."""

    id: str
    item: str
    name: str
    count: int
    room: str
    room_title: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    guest_name: str | None


@dataclass(frozen=True)
class Line:
    """One entry. ``amount`` is negative when it left the wallet; ``corrects`` is the transfer that it takes back."""

    id: str
    at_ms: int
    kind: str
    amount: int
    balance: int
    gift: GiftLine | None
    corrects: str | None
    corrects_kind: str | None
    corrected_by: str | None
    reason: str | None


@dataclass(frozen=True)
class Statement:
    """``balance`` is the wallet's now; ``next_before`` is None on the last page."""

    currency: str
    balance: int
    lines: tuple[Line, ...]
    next_before: str | None


@dataclass(frozen=True)
class Span:
    """Which entries: from one time on, before another, and older than a transfer that was shown before."""

    currency: str
    from_ms: int | None = None
    to_ms: int | None = None
    before: str | None = None


class Names(Protocol):
    """What things are called now; ``server`` implements it on top of rooms and catalogue."""

    def gift(self, item: str) -> str:
        """The shown name of a gift of the catalogue, or its id when it is gone from there."""

    async def rooms(self, rooms: Sequence[str]) -> Mapping[str, str]:
        """Titles by room; rooms that are gone are left out."""


class Statements:
    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    async def page(self, user: str, span: Span, *, most: int) -> Statement:
        """At most ``most`` entries, all in one view of the ledger."""
        account = account_of(user, span.currency)
        async with self._database.read() as transaction:
            balance = await _balance(transaction, account)
            rows = list((await transaction.execute(_entries(account, span).limit(most + 1))).all())
            after = balance - await _later(transaction, account, rows[0].id) if rows else 0
        titles = await self._names.rooms(sorted({row.room for row in rows if row.room is not None}))
        shown = []
        for row in rows[:most]:
            shown.append(self._line(row, after, titles))
            after -= row.amount
        return Statement(span.currency, balance, tuple(shown), shown[-1].id if len(rows) > most else None)

    async def pages(self, user: str, span: Span, *, most: int) -> AsyncIterator[Statement]:
        """All of the span, page by page; none of them holds the database while the reader takes his time."""
        while True:
            statement = await self.page(user, span, most=most)
            yield statement
            if statement.next_before is None:
                return
            span = Span(span.currency, span.from_ms, span.to_ms, statement.next_before)

    def _line(self, row: Row[Any], after: int, titles: Mapping[str, str]) -> Line:
        gift = None
        if row.gift is not None:
            gift = GiftLine(
                id=row.gift,
                item=row.item,
                name=self._names.gift(row.item),
                count=row.pieces,
                room=row.room,
                room_title=titles.get(row.room, ""),
                sender=row.sender,
                sender_name=row.sender_name,
                recipient=row.recipient,
                recipient_name=row.recipient_name,
                guest_name=row.asked_for_name,
            )
        return Line(
            id=row.id,
            at_ms=row.at_ms,
            kind=row.kind,
            amount=row.amount,
            balance=after,
            gift=gift,
            corrects=row.corrects,
            corrects_kind=row.corrects_kind,
            corrected_by=row.corrected_by,
            reason=row.reason,
        )


def floor_id(at_ms: int) -> str:
    """The least id that a transfer of this time can have."""
    return str(ULID.from_bytes(min(max(at_ms, 0), 2**48 - 1).to_bytes(6, "big") + bytes(10))).lower()


def _entries(account: str, span: Span) -> Select[Any]:
    old, undone = transfers.alias("old"), transfers.alias("undone")
    query = (
        select(
            transfers.c.id,
            transfers.c.at_ms,
            transfers.c.kind,
            entries.c.amount,
            transfers.c.corrects,
            old.c.kind.label("corrects_kind"),
            undone.c.id.label("corrected_by"),
            transfers.c.reason,
            gifts.c.id.label("gift"),
            gifts.c.item,
            gifts.c.count.label("pieces"),
            gifts.c.room,
            gifts.c.sender,
            gifts.c.sender_name,
            gifts.c.recipient,
            gifts.c.recipient_name,
            gifts.c.asked_for_name,
        )
        .select_from(entries)
        .join(transfers, transfers.c.id == entries.c.transfer)
        .join(old, old.c.id == transfers.c.corrects, isouter=True)
        .join(undone, undone.c.corrects == transfers.c.id, isouter=True)
        .join(gifts, gifts.c.id == func.coalesce(transfers.c.gift_id, old.c.gift_id), isouter=True)
        .where(entries.c.account == account)
        .order_by(entries.c.transfer.desc())
    )
    if span.from_ms is not None:
        query = query.where(entries.c.transfer >= floor_id(span.from_ms))
    if span.to_ms is not None:
        query = query.where(entries.c.transfer < floor_id(span.to_ms))
    if span.before is not None:
        query = query.where(entries.c.transfer < span.before)
    return query


async def _balance(transaction: Transaction, account: str) -> int:
    held = select(balances.c.amount).where(balances.c.account == account)
    return int((await transaction.execute(held)).scalar_one_or_none() or 0)


async def _later(transaction: Transaction, account: str, transfer: str) -> int:
    """The sum of the entries after ``transfer``."""
    later = select(func.sum(entries.c.amount)).where(entries.c.account == account, entries.c.transfer > transfer)
    return int((await transaction.execute(later)).scalar_one() or 0)
