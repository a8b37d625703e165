"""The catalogue in SQL: every version of every item, and who made it. Rows are only added."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, and_, func, insert, select
from sqlalchemy.exc import IntegrityError

from foundation.sql import Database, Transaction
from gifts import luck
from gifts.catalogue import Item
from gifts.errors import GiftExists, GiftStale, GiftUnknown
from gifts.ledger import PLATFORM
from gifts.tables_play import items
from moderation import audit
from moderation.audit import AuditEntry


@dataclass(frozen=True)
class Change:
    """Who has changed an item, why and when. ``action`` (gift.create, ...) is for the audit log."""

    operator: str
    action: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class Version:
    """One line of an item's history."""

    item: Item
    operator: str
    reason: str
    at_ms: int


class SqlCatalogue:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def seed(self, wanted: Iterable[Item], at_ms: int) -> bool:
        """Give an empty catalogue its first items; False when it has some."""
        change = Change(PLATFORM, "gift.create", "", at_ms)
        try:
            async with self._database.write() as transaction:
                if await _rows(transaction):
                    return False
                await transaction.execute(insert(items), [_row(item, change) for item in wanted])
        except IntegrityError:  # another process has just done it
            return False
        return True

    async def rows(self) -> int:
        """How many versions there are in all: another number than before, and something has changed."""
        async with self._database.read() as transaction:
            return await _rows(transaction)

    async def read(self) -> tuple[int, list[Item]]:
        """``rows``, and the newest version of every item, in one view."""
        newest = select(items.c.id, func.max(items.c.version).label("version")).group_by(items.c.id).subquery()
        query = select(items).join(newest, and_(items.c.id == newest.c.id, items.c.version == newest.c.version))
        async with self._database.read() as transaction:
            return await _rows(transaction), [_version(row).item for row in await transaction.execute(query)]

    async def history(self, item: str, before: int | None, most: int) -> list[Version]:
        """The versions of an item older than ``before``, the newest first."""
        query = select(items).where(items.c.id == item).order_by(items.c.version.desc()).limit(most)
        if before is not None:
            query = query.where(items.c.version < before)
        async with self._database.read() as transaction:
            return [_version(row) for row in await transaction.execute(query)]

    async def add(self, item: Item, change: Change) -> None:
        """A new item, with its audit entry; ``GiftExists`` when there is one of this id, withdrawn or not."""
        try:
            async with self._database.write() as transaction:
                if await _newest(transaction, item.id) is not None:
                    raise GiftExists
                await _append(transaction, item, None, change)
        except IntegrityError:
            raise GiftExists from None

    async def change(self, item: Item, change: Change) -> None:
        """``item`` becomes the version after the one before it, with its audit entry; ``GiftStale`` when it is not."""
        try:
            async with self._database.write() as transaction:
                before = await _newest(transaction, item.id)
                if before is None:
                    raise GiftUnknown(item.id)
                if before.version != item.version - 1:
                    raise GiftStale(version=before.version)
                await _append(transaction, item, before, change)
        except IntegrityError:  # two at once on PostgreSQL
            raise GiftStale(version=item.version) from None


async def _rows(transaction: Transaction) -> int:
    return int((await transaction.execute(select(func.count()).select_from(items))).scalar_one())


async def _newest(transaction: Transaction, item: str) -> Item | None:
    query = select(items).where(items.c.id == item).order_by(items.c.version.desc()).limit(1)
    row = (await transaction.execute(query)).first()
    return None if row is None else _version(row).item


async def _append(transaction: Transaction, item: Item, before: Item | None, change: Change) -> None:
    await transaction.execute(insert(items), [_row(item, change)])
    entry = AuditEntry(
        change.operator,
        change.action,
        f"gift:{item.id}",
        change.reason,
        change.at_ms,
        None if before is None else view(before),
        view(item),
    )
    await audit.append(transaction, entry)


def view(item: Item) -> dict[str, object]:
    """An item as JSON-able members, for the audit log."""
    odds = None if item.odds is None else luck.encode(item.odds)
    return {**vars(item), "names": dict(item.names), "odds": odds}


def _row(item: Item, change: Change) -> dict[str, Any]:
    return {
        "id": item.id,
        "version": item.version,
        "price": item.price,
        "level": item.level,
        "emoji": item.emoji,
        "animation": item.animation,
        "names": orjson.dumps(dict(item.names)).decode(),
        "position": item.order,
        "enabled": item.enabled,
        "valid_from_ms": item.valid_from_ms,
        "valid_until_ms": item.valid_until_ms,
        "odds": None if item.odds is None else luck.encode(item.odds),
        "operator": change.operator,
        "reason": change.reason,
        "changed_at_ms": change.at_ms,
    }


def _version(row: Row[Any]) -> Version:
    item = Item(
        id=row.id,
        price=row.price,
        level=row.level,
        emoji=row.emoji,
        animation=row.animation,
        names=tuple(orjson.loads(row.names).items()),
        order=row.position,
        enabled=row.enabled,
        valid_from_ms=row.valid_from_ms,
        valid_until_ms=row.valid_until_ms,
        odds=None if row.odds is None else luck.decode(row.odds),
        version=row.version,
    )
    return Version(item, row.operator, row.reason, row.changed_at_ms)
