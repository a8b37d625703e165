"""Reading and writing on both kinds of database."""

import pytest
from sqlalchemy import func, select

from foundation.lease import fences, next_fence
from foundation.sql import Database


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


async def test_a_writer_after_a_reader_sees_what_others_have_just_committed(either: Database) -> None:
    """On the connection that the reader has given back."""
    async with either.read() as transaction:
        await transaction.execute(select(fences))
    async with either.write() as transaction:
        assert await transaction.get_isolation_level() != "REPEATABLE READ"
