"""Reading and writing on both kinds of database."""

import asyncio

import pytest
from sqlalchemy import func, select

from foundation.lease import fences, next_fence
from foundation.sql import Database, Transaction
from foundation.stopping import end
from tests.waiting import pause, until


@pytest.fixture(params=["database", "on_postgres"])
def either(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


async def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(either: Database) -> None:
    """Who adds up from several statements would else count what came between them in one and not in the other."""
    rows = select(func.count()).select_from(fences)
    async with either.read() as transaction:
        before = (await transaction.execute(rows)).scalar_one()
        await next_fence(either, "written meanwhile")
        assert (await transaction.execute(rows)).scalar_one() == before
    async with either.read() as transaction:
        assert (await transaction.execute(rows)).scalar_one() == before + 1


SLOW = {
    True: "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1000000000) SELECT max(n) FROM n",
    False: "SELECT pg_sleep(600)",
}


async def test_a_long_read_that_is_cancelled_does_not_wait_for_its_statement(either: Database) -> None:
    """A process that is told to stop is killed after some seconds."""
    begun = asyncio.Event()

    async def look(transaction: Transaction) -> None:
        begun.set()
        await transaction.exec_driver_sql(SLOW[either.is_sqlite])

    looking = asyncio.create_task(either.long_read(look))
    await begun.wait()
    await pause()
    async with asyncio.timeout(10):
        await end(looking)
    assert looking.cancelled()
    async with asyncio.timeout(10):
        await either.ready()
    if not either.is_sqlite:
        await until(lambda: _is_idle(either), "the server lets go of it too")


async def _is_idle(database: Database) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()"
    async with database.read() as transaction:
        return int((await transaction.exec_driver_sql(query)).scalar_one()) == 0


async def test_a_long_read_gives_the_answer_or_the_failure_of_its_work(either: Database) -> None:
    async def fail(transaction: Transaction) -> None:
        raise LookupError

    async def one(transaction: Transaction) -> int:
        return int((await transaction.exec_driver_sql("SELECT 1")).scalar_one())

    assert await either.long_read(one) == 1
    with pytest.raises(LookupError):
        await either.long_read(fail)


async def test_a_writer_after_a_reader_sees_what_others_have_just_committed(either: Database) -> None:
    """On the connection that the reader has given back."""
    async with either.read() as transaction:
        await transaction.execute(select(fences))
    async with either.write() as transaction:
        assert await transaction.get_isolation_level() != "REPEATABLE READ"
