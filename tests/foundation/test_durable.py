"""What was acknowledged is durable, whatever the database is set to: our connections say so themselves."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from foundation.scripts import Say, Script
from foundation.sql import Database
from tests.databases import Postgres


@pytest.fixture
async def hasty(postgres: Postgres) -> AsyncIterator[Database]:
    """A PostgreSQL database whose owner has set it to answer before a COMMIT is on the disk."""
    name = await postgres.create(with_tables=False)
    owner = Database(postgres.url(name))
    async with owner.write() as transaction:
        await transaction.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    await owner.close()
    opened = Database(postgres.url(name))
    yield opened
    await opened.close()
    await postgres.drop(name)


async def test_a_database_that_is_set_to_be_hasty_waits_for_the_disk_with_us(hasty: Database) -> None:
    async with hasty.write() as transaction:
        assert (await transaction.execute(text("SHOW synchronous_commit"))).scalar_one() == "on"


async def test_so_it_does_with_a_batch_of_gifts(hasty: Database) -> None:
    def asked() -> Script[str]:
        return str((yield Say("SHOW synchronous_commit"))[0][0])

    runner = hasty.scripts()
    assert await runner.run(asked) == "on"
    await runner.close()
