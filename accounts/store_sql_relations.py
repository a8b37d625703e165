"""Relations in SQL: table ``relations``."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    String,
    Table,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from accounts.errors import Blocked, RelationsFull, UnknownUser
from accounts.relation_store import Place, Related
from accounts.relations import Relation
from accounts.store_sql import accounts
from foundation.ids import ID_LENGTH
from foundation.sql import Database, Transaction, metadata

# The primary key is all that is searched by: a list is short (``RelationRules``), and sorted after it was found.
relations = Table(
    "relations",
    metadata,
    Column("user_id", String(ID_LENGTH), ForeignKey("accounts.user_id"), primary_key=True),
    Column("relation", String(8), primary_key=True),
    Column("other", String(ID_LENGTH), ForeignKey("accounts.user_id"), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),
)


class SqlRelations:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def blocks(self, user: str, other: str) -> bool:
        return await self._has(Relation.BLOCK, user, other)

    async def follows(self, user: str, other: str) -> bool:
        return await self._has(Relation.FOLLOW, user, other)

    async def add(self, relation: Relation, user: str, other: str, most: int, now_ms: int) -> None:
        async with self._database.write() as transaction:
            await _take_turns(transaction, relation, user, other)
            if relation is Relation.FOLLOW and await _blocked(transaction, user, other):
                raise Blocked
            if await _there(transaction, relation, user, other):
                return
            mine = (relations.c.user_id == user, relations.c.relation == relation)
            counted = await transaction.scalar(select(func.count()).select_from(relations).where(*mine))
            if (counted or 0) >= most:
                raise RelationsFull(most=most)
            row = {"user_id": user, "relation": relation, "other": other, "since_ms": now_ms}
            await transaction.execute(insert(relations).values(row))
            if relation is Relation.BLOCK:
                follows = and_(relations.c.relation == Relation.FOLLOW, _between(user, other))
                await transaction.execute(delete(relations).where(follows))

    async def remove(self, relation: Relation, user: str, other: str) -> None:
        async with self._database.write() as transaction:
            await transaction.execute(delete(relations).where(_same(relation, user, other)))

    async def page(self, relation: Relation, user: str, before: Place | None, limit: int) -> list[Related]:
        place = tuple_(relations.c.since_ms, relations.c.other)
        query = (
            select(relations.c.other, accounts.c.name, relations.c.since_ms)
            .join(accounts, accounts.c.user_id == relations.c.other)
            .where(relations.c.user_id == user, relations.c.relation == relation)
            .order_by(relations.c.since_ms.desc(), relations.c.other.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(place < before)
        async with self._database.read() as transaction:
            return [Related(row.other, row.name, row.since_ms) for row in await transaction.execute(query)]

    async def _has(self, relation: Relation, user: str, other: str) -> bool:
        async with self._database.read() as transaction:
            return await _there(transaction, relation, user, other)


async def _take_turns(transaction: Transaction, relation: Relation, user: str, other: str) -> None:
    """Both accounts are there, and no other write of ``user``, and no block of ``other``, comes in between.

    Locked in one order, so that two who say something of each other never wait for each other (PostgreSQL; SQLite has
    one writer anyway). Followers share the lock of him whom they follow: there may be many at once.
    """
    for each in sorted((user, other)):
        row = select(accounts.c.user_id).where(accounts.c.user_id == each)
        shared = each == other and relation is Relation.FOLLOW
        if await transaction.scalar(row.with_for_update(read=shared)) is None:
            raise UnknownUser


async def _there(transaction: Transaction, relation: Relation, user: str, other: str) -> bool:
    found = select(relations.c.since_ms).where(_same(relation, user, other))
    return await transaction.scalar(found) is not None


async def _blocked(transaction: Transaction, user: str, other: str) -> bool:
    """Whether one of the two blocks the other."""
    found = select(relations.c.since_ms).where(relations.c.relation == Relation.BLOCK, _between(user, other)).limit(1)
    return await transaction.scalar(found) is not None


def _same(relation: Relation, user: str, other: str) -> ColumnElement[bool]:
    return and_(relations.c.user_id == user, relations.c.relation == relation, relations.c.other == other)


def _between(one: str, another: str) -> ColumnElement[bool]:
    pairs = ((one, another), (another, one))
    return or_(*(and_(relations.c.user_id == user, relations.c.other == other) for user, other in pairs))
