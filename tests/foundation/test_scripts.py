"""Scripts: one transaction, on either database, all of it or nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from foundation.scripts import Say, Script, ScriptFailed, ScriptRunner, Stage, Staging, pairs
from foundation.sql import Database
from tests.databases import Postgres

STAGE = Staging("staged", (("name", "text"), ("amount", "bigint")))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'scripts.db'}")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = await server.create(with_tables=False)
        opened = Database(server.url(name))
    async with opened.write() as transaction:
        await transaction.execute(text("CREATE TABLE kept (name text PRIMARY KEY, amount bigint CHECK (amount > 0))"))
    yield opened
    await opened.close()
    if request.param == "postgresql":
        await server.drop(name)


@pytest.fixture
async def runner(database: Database) -> AsyncIterator[ScriptRunner]:
    made = database.scripts(STAGE)
    yield made
    await made.close()


async def kept(database: Database) -> dict[str, int]:
    async with database.read() as transaction:
        return {row.name: row.amount for row in await transaction.execute(text("SELECT name, amount FROM kept"))}


def keep(*rows: tuple[str, int]) -> Script[int]:
    yield Stage("staged", rows)
    yield Say("INSERT INTO kept SELECT name, amount FROM staged")
    return len((yield Say("SELECT name FROM kept")))


async def test_a_script_writes_what_it_staged_and_is_sent_rows(runner: ScriptRunner, database: Database) -> None:
    assert await runner.run(lambda: keep(("a", 1), ("b", 2))) == 2
    assert await runner.run(lambda: keep(("c", 3))) == 3
    assert await kept(database) == {"a": 1, "b": 2, "c": 3}


async def test_a_script_that_breaks_leaves_nothing_and_the_next_one_works(
    runner: ScriptRunner, database: Database
) -> None:
    def breaking() -> Script[int]:
        yield from keep(("a", 1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await runner.run(breaking)
    assert await runner.run(lambda: keep(("b", 2))) == 1
    assert await kept(database) == {"b": 2}


async def test_who_has_read_on_sqlite_writes_before_anybody_else_does(tmp_path: Path) -> None:
    """Another one, who came in between, would make all that was decided from it worth nothing."""
    path = tmp_path / "ringside.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.write() as transaction:
        await transaction.execute(text("CREATE TABLE kept (name text PRIMARY KEY, amount bigint)"))
    runner = database.scripts(STAGE)

    def reading() -> Script[int]:
        yield Say("SELECT name FROM kept")
        with (
            closing(sqlite3.connect(path, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("INSERT INTO kept VALUES ('b', 2)")
        return (yield from keep(("a", 1)))

    assert await runner.run(reading) == 1
    await runner.close()
    await database.close()


async def test_a_script_waits_for_another_writer_and_is_not_failed_by_him(tmp_path: Path) -> None:
    path = tmp_path / "ringside.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.write() as transaction:
        await transaction.execute(text("CREATE TABLE kept (name text PRIMARY KEY, amount bigint)"))
    runner = database.scripts(STAGE)
    await runner.run(lambda: keep(("a", 1)))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO kept VALUES ('b', 2)")
        waiting = asyncio.create_task(runner.run(lambda: keep(("c", 3))))
        for _ in range(20):
            await asyncio.sleep(0)
        other.execute("COMMIT")
        assert await waiting == 3
    await runner.close()
    await database.close()


@pytest.mark.parametrize("rows", [[("a", 1), ("a", 2)], [("a", 0)]], ids=["taken", "out of range"])
async def test_rows_that_the_database_refuses_are_unfit(
    runner: ScriptRunner, database: Database, rows: list[tuple[str, int]]
) -> None:
    with pytest.raises(ScriptFailed) as failed:
        await runner.run(lambda: keep(*rows))
    assert failed.value.unfit
    assert await runner.run(lambda: keep(("b", 2))) == 1


async def test_a_wrong_statement_is_a_failure_that_is_not_the_rows_fault(runner: ScriptRunner) -> None:
    def wrong() -> Script[None]:
        yield Say("SELECT nothing FROM nowhere")

    with pytest.raises(ScriptFailed) as failed:
        await runner.run(wrong)
    assert not failed.value.unfit
    assert await runner.run(lambda: keep(("b", 2))) == 1


async def test_lists_are_parameters(runner: ScriptRunner) -> None:
    def chosen() -> Script[list[str]]:
        yield from keep(("a", 1), ("b", 2), ("c", 3))
        one = yield Say(f"SELECT name FROM kept WHERE {runner.dialect.among('name', 1)} ORDER BY name", [["a", "c"]])
        same = runner.dialect.pairs("k.name, o.name", 1)
        two = yield Say(
            f"SELECT k.name FROM kept k, kept o WHERE {same} ORDER BY k.name", [pairs([("a", "c"), ("b", "b")])]
        )
        return [row[0] for row in (*one, *two)]

    assert await runner.run(chosen) == ["a", "c", "a", "b"]


async def test_a_runner_connects_again_after_it_was_closed(runner: ScriptRunner, database: Database) -> None:
    await runner.run(lambda: keep(("a", 1)))
    await runner.close()
    await runner.run(lambda: keep(("b", 2)))
    assert await kept(database) == {"a": 1, "b": 2}
