"""The migrations give the tables that the code declares, on SQLite and PostgreSQL, and money cannot be edited."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, Table, text
from sqlalchemy.exc import DBAPIError

from foundation.sql import Database, metadata
from server import schema
from server.schema import OutOfDate
from tests.databases import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
        yield database
        await database.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = await server.create(with_tables=False)
    database = Database(server.url(name))
    yield database
    await database.close()
    await server.drop(name)


async def test_the_migrations_give_just_the_tables_of_the_code(empty: Database) -> None:
    await schema.upgrade(empty)
    await schema.check(empty)


async def test_migrating_twice_is_migrating_once(empty: Database) -> None:
    await schema.upgrade(empty)
    await schema.upgrade(empty)
    await schema.check(empty)


async def test_a_table_without_a_migration_is_noticed(empty: Database) -> None:
    await schema.upgrade(empty)
    forgotten = Table("forgotten", metadata, Column("id", Integer, primary_key=True))
    try:
        with pytest.raises(OutOfDate):
            await schema.check(empty)
    finally:
        metadata.remove(forgotten)


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET reason = 'none'", "DELETE FROM audit_log"])
async def test_what_only_grows_cannot_be_changed_after_the_migrations(empty: Database, statement: str) -> None:
    await schema.upgrade(empty)
    async with empty.write() as transaction:
        await transaction.execute(
            text("INSERT INTO audit_log (at_ms, actor, action, subject, reason) VALUES (1, 'a', 'b', 'c', 'd')")
        )
    with pytest.raises(DBAPIError, match="append-only"):
        async with empty.write() as transaction:
            await transaction.execute(text(statement))


async def test_every_append_only_table_is_guarded_by_the_migrations(empty: Database) -> None:
    await schema.upgrade(empty)
    query = (
        "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        if empty.is_sqlite
        else "SELECT DISTINCT event_object_table FROM information_schema.triggers"
    )
    async with empty.read() as transaction:
        guarded = {row[0] for row in await transaction.execute(text(query))}
    assert guarded == {"ledger_transfers", "ledger_entries", "gifts", "audit_log"}
