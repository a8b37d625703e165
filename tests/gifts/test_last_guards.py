"""What the database itself refuses, should every guard before it be gone."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from foundation.sql import Database
from gifts.store_sql import SqlLedger
from gifts.tables import gifts
from tests.gifts.world import commit, order


async def add(database: Database, statement: str, **values: object) -> None:
    async with database.write() as transaction:
        await transaction.execute(text(statement), values)


async def test_a_second_gift_under_one_key_is_refused_by_the_database(ledger: SqlLedger, either: Database) -> None:
    await commit(ledger, order(key="k"))
    names = [column.name for column in gifts.columns]
    same = ", ".join("'another'" if name == "id" else name for name in names)
    with pytest.raises(IntegrityError):
        await add(either, f"INSERT INTO gifts ({', '.join(names)}) SELECT {same} FROM gifts")


async def test_an_entry_of_a_transfer_in_one_account_is_there_once(ledger: SqlLedger, either: Database) -> None:
    await commit(ledger, order())
    with pytest.raises(IntegrityError):
        await add(either, "INSERT INTO ledger_entries SELECT * FROM ledger_entries")


async def test_a_gift_that_costs_nothing_is_refused_by_the_database(ledger: SqlLedger, either: Database) -> None:
    [sent] = await commit(ledger, order())
    names = [column.name for column in gifts.columns]
    changed = {"id": "'another'", "key": "'other'", "coins": "0"}
    copy = ", ".join(changed.get(name, name) for name in names)
    with pytest.raises(IntegrityError):
        await add(either, f"INSERT INTO gifts ({', '.join(names)}) SELECT {copy} FROM gifts")
    async with either.read() as transaction:
        assert [row.id for row in await transaction.execute(select(gifts.c.id))] == [sent.id]
