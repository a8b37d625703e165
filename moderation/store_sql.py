"""Moderation in SQL: tables ``sanctions`` and ``audit_log``."""

from collections.abc import Collection
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, insert, or_, select, text, update

from foundation.sql import Database, Transaction
from moderation.audit import AuditEntry, append
from moderation.errors import AlreadySanctioned, SanctionOver
from moderation.gate import Scope
from moderation.sanction import Reason, Sanction
from moderation.store import Recorded
from moderation.tables import audit_log, sanctions

# Of two sanctions of one user at the same time the second sees the first; held until the end of the transaction.
_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended('sanctions:' || :user, 0))")


class SqlModeration:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def impose(self, sanction: Sanction, entry: AuditEntry) -> None:
        async with self._database.write() as transaction:
            if not self._database.is_sqlite:  # which has one writer anyway
                await transaction.execute(_TAKE_TURNS, {"user": sanction.user_id})
            for known in await _standing(transaction, sanction.user_id, sanction.imposed_at_ms):
                if known.scope is sanction.scope and known.lasts_as_long_as(sanction.until_ms):
                    raise AlreadySanctioned(sanction=known.sanction_id)
            await transaction.execute(insert(sanctions).values(vars(sanction)))
            await append(transaction, entry)

    async def lift(self, sanction_id: str, by: str, now_ms: int, entry: AuditEntry) -> Sanction:
        standing = (sanctions.c.sanction_id == sanction_id) & _stands(now_ms)
        async with self._database.write() as transaction:
            lifted = await transaction.execute(
                update(sanctions).where(standing).values(lifted_by=by, lifted_at_ms=now_ms)
            )
            if lifted.rowcount == 0:
                raise SanctionOver
            await append(transaction, entry)
            found = await transaction.execute(select(sanctions).where(sanctions.c.sanction_id == sanction_id))
            return _sanction(found.one())

    async def by_id(self, sanction_id: str) -> Sanction | None:
        async with self._database.read() as transaction:
            found = await transaction.execute(select(sanctions).where(sanctions.c.sanction_id == sanction_id))
            row = found.one_or_none()
        return None if row is None else _sanction(row)

    async def standing(self, user_id: str, now_ms: int) -> list[Sanction]:
        async with self._database.read() as transaction:
            return await _standing(transaction, user_id, now_ms)

    async def standing_of(self, users: Collection[str], now_ms: int) -> dict[str, list[Sanction]]:
        found: dict[str, list[Sanction]] = {user: [] for user in users}
        query = select(sanctions).where(sanctions.c.user_id.in_(found), _stands(now_ms))
        async with self._database.read() as transaction:
            for row in await transaction.execute(query):
                found[row.user_id].append(_sanction(row))
        return found

    async def page(self, user_id: str | None, before: str | None, limit: int) -> list[Sanction]:
        query = select(sanctions).order_by(sanctions.c.sanction_id.desc()).limit(limit)
        if user_id is not None:
            query = query.where(sanctions.c.user_id == user_id)
        if before is not None:
            query = query.where(sanctions.c.sanction_id < before)
        async with self._database.read() as transaction:
            return [_sanction(row) for row in await transaction.execute(query)]

    async def audit_page(
        self, actor: str | None, subject: str | None, before: int | None, limit: int
    ) -> list[Recorded]:
        query = select(audit_log).order_by(audit_log.c.number.desc()).limit(limit)
        if actor is not None:
            query = query.where(audit_log.c.actor == actor)
        if subject is not None:
            query = query.where(audit_log.c.subject == subject)
        if before is not None:
            query = query.where(audit_log.c.number < before)
        async with self._database.read() as transaction:
            return [_recorded(row) for row in await transaction.execute(query)]


def _stands(now_ms: int) -> ColumnElement[bool]:
    return sanctions.c.lifted_at_ms.is_(None) & or_(sanctions.c.until_ms.is_(None), sanctions.c.until_ms > now_ms)


async def _standing(transaction: Transaction, user_id: str, now_ms: int) -> list[Sanction]:
    found = await transaction.execute(select(sanctions).where(sanctions.c.user_id == user_id, _stands(now_ms)))
    return [_sanction(row) for row in found]


def _sanction(row: Row[Any]) -> Sanction:
    columns = row._mapping
    return Sanction(**{**columns, "scope": Scope(columns["scope"]), "reason": Reason(columns["reason"])})


def _recorded(row: Row[Any]) -> Recorded:
    columns = {**row._mapping, "before": _view(row.before), "after": _view(row.after)}
    return Recorded(columns.pop("number"), AuditEntry(**columns))


def _view(text: str | None) -> dict[str, object] | None:
    if text is None:
        return None
    view = orjson.loads(text)
    assert isinstance(view, dict)
    return view
