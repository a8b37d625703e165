"""A batch of gifts reads what it needs by its keys, however big the tables are and whatever is believed of them."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from foundation.ids import RisingIds
from foundation.scripts import POSTGRESQL, Say, Script
from foundation.sql import Database
from gifts.ledger import Posted
from gifts.store_sql import BATCH, SqlLedger, gift_batch
from tests.clocks import ToldClock
from tests.databases import Postgres
from tests.gifts.world import commit, order

WHOLE = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE seq_scan > 0 AND relname <> 'gift_batch'"


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[Database]:
    name = await postgres.create()
    opened = Database(postgres.url(name))
    yield opened
    await opened.close()
    await postgres.drop(name)


async def test_no_whole_table_is_read_for_a_batch(database: Database, clock: ToldClock) -> None:
    ledger = SqlLedger(database, clock)
    await ledger.grant_starter("vera", 10_000)
    await commit(ledger, *(order() for _ in range(100)))
    await ledger.close()
    async with database.write() as transaction:
        await transaction.execute(text("ANALYZE"))

    def looked_at() -> Script[tuple[bool, list[object]]]:
        outcomes = yield from gift_batch([order()], POSTGRESQL, clock.now_ms, RisingIds())
        return isinstance(outcomes[0], Posted), list((yield Say(WHOLE)))

    runner = database.scripts(BATCH)
    found = await runner.run(looked_at)
    await runner.close()
    assert found == (True, [])
