"""What was given to whom: sums by room, day, host and sender, for contribution lists and fan levels.

The relay adds a gift in the very transaction in which it takes it out of the outbox, so each counts exactly once; a
correction takes it out again in its own (``gifts.totals_corrected``). Lists and levels are copies for quick reading:
``ledger-verify`` compares them with the gifts.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import case, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.sql import Database, Transaction
from gifts.ledger import Gift
from gifts.spans import Days, day_of
from gifts.tables_play import totals

MOST_CONTRIBUTORS = 100

Pair = tuple[str, str]  # host, sender


@dataclass(frozen=True)
class Total:
    """The gifts of one sender to one host in one room on one day, of a batch or in all."""

    room: str
    day: int
    host: str
    sender: str
    sender_name: str
    coins: int
    gifts: int
    first_at_ms: int
    last_at_ms: int

    @classmethod
    def of(cls, gift: Gift) -> "Total":
        at_ms = gift.accepted_at_ms
        who = (gift.recipient, gift.sender, gift.sender_name)
        return cls(gift.room, day_of(at_ms), *who, gift.coins, 1, at_ms, at_ms)

    def plus(self, other: "Total") -> "Total":
        """Both together; the name is the later one's."""
        return replace(
            self if self.last_at_ms > other.last_at_ms else other,
            coins=self.coins + other.coins,
            gifts=self.gifts + other.gifts,
            first_at_ms=min(self.first_at_ms, other.first_at_ms),
            last_at_ms=max(self.last_at_ms, other.last_at_ms),
        )


@dataclass(frozen=True)
class Patron:
    """One line of a room's contribution list; he reached his sum at ``last_at_ms``."""

    user: str
    name: str
    coins: int
    gifts: int
    last_at_ms: int


@dataclass(frozen=True)
class Place:
    """Where somebody stands in a contribution list, from 1 on."""

    place: int
    coins: int


def summed(gifts: Iterable[Gift]) -> list[Total]:
    """One total for each room, day, host and sender, in the order of the key."""
    sums: dict[tuple[str, int, str, str], Total] = {}
    for gift in gifts:
        each = Total.of(gift)
        key = (each.room, each.day, each.host, each.sender)
        sums[key] = sums[key].plus(each) if key in sums else each
    return [sums[key] for key in sorted(sums)]


async def add_to_totals(transaction: Transaction, gifts: Collection[Gift]) -> None:
    """Count ``gifts``, each for the first and only time."""
    if not gifts:
        return
    insert = pg_insert if transaction.dialect.name == "postgresql" else sqlite_insert
    statement = insert(totals)
    new, kept = statement.excluded, totals.c
    later = new.last_at_ms > kept.last_at_ms
    changes: dict[str, Any] = {
        "coins": kept.coins + new.coins,
        "gifts": kept.gifts + new.gifts,
        "first_at_ms": case((new.first_at_ms < kept.first_at_ms, new.first_at_ms), else_=kept.first_at_ms),
        "last_at_ms": case((later, new.last_at_ms), else_=kept.last_at_ms),
        "sender_name": case((later, new.sender_name), else_=kept.sender_name),
    }
    key = [kept.room, kept.day, kept.host, kept.sender]
    await transaction.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changes), [vars(each) for each in summed(gifts)]
    )


class SqlTotals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def contributors(self, room: str, days: Days, most: int) -> list[Patron]:
        """Who gave most in the room; of equals who reached it earlier, then the lower id, stands higher."""
        return (await self.leaders([room], days, min(most, MOST_CONTRIBUTORS)))[room]

    async def leaders(self, rooms: Collection[str], days: Days, most: int) -> dict[str, list[Patron]]:
        """As ``contributors``, of several rooms at once; a room in which nobody gave has an empty list."""
        coins, last = func.sum(totals.c.coins), func.max(totals.c.last_at_ms)
        order = (coins.desc(), last, totals.c.sender)
        places = (
            select(
                totals.c.room,
                totals.c.sender.label("user"),
                func.max(totals.c.sender_name).label("name"),
                coins.label("coins"),
                func.sum(totals.c.gifts).label("gifts"),
                last.label("last_at_ms"),
                func.row_number().over(partition_by=totals.c.room, order_by=order).label("place"),
            )
            .where(totals.c.room.in_(sorted(rooms)), totals.c.day.between(days.first, days.last))
            .group_by(totals.c.room, totals.c.sender)
            .subquery()
        )
        leaders: dict[str, list[Patron]] = {room: [] for room in rooms}
        async with self._database.read() as transaction:
            best = select(places).where(places.c.place <= most).order_by(places.c.place)
            rows = (await transaction.execute(best)).all()
        for row in rows:
            leaders[row.room].append(Patron(row.user, row.name, int(row.coins), int(row.gifts), row.last_at_ms))
        return leaders

    async def place(self, room: str, days: Days, user: str) -> Place | None:
        """Where ``user`` stands, however far behind those whom ``contributors`` shows; None: he gave nothing there."""
        coins, last = func.sum(totals.c.coins), func.max(totals.c.last_at_ms)
        places = (
            select(
                totals.c.sender,
                coins.label("coins"),
                func.row_number().over(order_by=(coins.desc(), last, totals.c.sender)).label("place"),
            )
            .where(totals.c.room == room, totals.c.day.between(days.first, days.last))
            .group_by(totals.c.sender)
            .subquery()
        )
        async with self._database.read() as transaction:
            row = (await transaction.execute(select(places).where(places.c.sender == user))).one_or_none()
        return None if row is None else Place(row.place, int(row.coins))

    async def given(self, pairs: Collection[Pair]) -> dict[Pair, int]:
        """The coins that each (host, sender) stands for, of all days and rooms; who gave nothing has 0."""
        who = tuple_(totals.c.host, totals.c.sender)
        query = (
            select(totals.c.host, totals.c.sender, func.sum(totals.c.coins).label("coins"))
            .where(who.in_(sorted(pairs)))
            .group_by(totals.c.host, totals.c.sender)
        )
        given = dict.fromkeys(pairs, 0)
        if pairs:
            async with self._database.read() as transaction:
                given |= {(row.host, row.sender): int(row.coins) for row in await transaction.execute(query)}
        return given
