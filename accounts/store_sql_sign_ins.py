"""Sign-ins in SQL: table ``sign_ins``."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Row,
    String,
    Table,
    and_,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from accounts.sign_in_store import Ended
from accounts.sign_ins import AGENT_LONGEST, SignIn
from foundation.ids import ID_LENGTH
from foundation.sql import Database, metadata

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("id", String(ID_LENGTH), primary_key=True),
    Column("user_id", String(ID_LENGTH), ForeignKey("accounts.user_id"), nullable=False, index=True),
    Column("made_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("agent", String(AGENT_LONGEST), nullable=False),
    Column("address", String(64), nullable=False),
    Column("standing", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger, nullable=False, index=True),  # 0: it was not ended
)


class SqlSignIns:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, sign_in: SignIn, forget_before_ms: int) -> None:
        over = and_(sign_ins.c.user_id == sign_in.user_id, sign_ins.c.seen_at_ms < forget_before_ms)
        async with self._database.write() as transaction:
            await transaction.execute(delete(sign_ins).where(over))
            await transaction.execute(insert(sign_ins).values(vars(sign_in)))

    async def seen(self, sign_in: str, user_id: str, now_ms: int) -> bool:
        mine = and_(_not_ended(user_id), sign_ins.c.id == sign_in)
        async with self._database.write() as transaction:
            noted = await transaction.execute(update(sign_ins).where(mine).values(seen_at_ms=now_ms))
            return noted.rowcount == 1

    async def in_force(self, user_id: str, seen_after_ms: int, tokens_since: int, limit: int) -> list[SignIn]:
        query = (
            select(sign_ins)
            .where(_not_ended(user_id), sign_ins.c.seen_at_ms > seen_after_ms, sign_ins.c.standing >= tokens_since)
            .order_by(sign_ins.c.seen_at_ms.desc(), sign_ins.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as transaction:
            return [_sign_in(row) for row in await transaction.execute(query)]

    async def end(self, user_id: str, sign_in: str, now_ms: int) -> bool:
        return await self._end(and_(_not_ended(user_id), sign_ins.c.id == sign_in), now_ms) != []

    async def end_others(self, user_id: str, but: str, now_ms: int) -> list[str]:
        return await self._end(and_(_not_ended(user_id), sign_ins.c.id != but), now_ms)

    async def ended_after(self, ended_at_ms: int, sign_in: str, limit: int) -> list[Ended]:
        columns = sign_ins.c.ended_at_ms, sign_ins.c.id
        later = and_(tuple_(*columns) > (ended_at_ms, sign_in), sign_ins.c.ended_at_ms > 0)
        query = select(sign_ins.c.id, sign_ins.c.user_id, sign_ins.c.ended_at_ms).where(later)
        async with self._database.read() as transaction:
            found = await transaction.execute(query.order_by(*columns).limit(limit))
            return [Ended(row.id, row.user_id, row.ended_at_ms) for row in found]

    async def _end(self, which: ColumnElement[bool], now_ms: int) -> list[str]:
        ending = update(sign_ins).where(which).values(ended_at_ms=now_ms).returning(sign_ins.c.id)
        async with self._database.write() as transaction:
            return [row.id for row in await transaction.execute(ending)]


def _not_ended(user_id: str) -> ColumnElement[bool]:
    return and_(sign_ins.c.user_id == user_id, sign_ins.c.ended_at_ms == 0)


def _sign_in(row: Row[Any]) -> SignIn:
    return SignIn(**row._mapping)
