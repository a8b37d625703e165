"""The migrations give the tables that the code declares, on SQLite and PostgreSQL, and money cannot be edited."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, Table, text
from sqlalchemy.exc import DBAPIError

from foundation.lease import next_fence
from foundation.sql import Database, metadata
from gifts.money.corrections import Corrections
from gifts.outbox import RELAY, SqlOutbox
from gifts.spans import Span, days_of
from gifts.store_sql import SqlLedger
from gifts.totals import Patron, SqlTotals
from gifts.verify import ledger_verify
from gifts.wallet import SqlWallets
from server import schema
from server.schema import OutOfDate
from tests.clocks import ToldClock
from tests.databases import Postgres
from tests.gifts.world import ROOM, commit, order


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
    money = {"payment_events", "ledger_corrections", "ledger_debts", "ledger_debt_payments"}
    assert guarded == {"ledger_transfers", "ledger_entries", "gifts", "gift_items", "audit_log"} | money


OLD_ROWS = (
    "INSERT INTO ledger_accounts VALUES ('vera:coin', 'vera', 'coin', FALSE), ('grants:coin', 'grants', 'coin', TRUE),"
    " ('platform:coin', 'platform', 'coin', TRUE), ('platform:diamond', 'platform', 'diamond', TRUE),"
    " ('anna:diamond', 'anna', 'diamond', FALSE)",
    "INSERT INTO ledger_balances VALUES ('vera:coin', 970), ('anna:diamond', 15)",
    "INSERT INTO gifts VALUES ('g1', 'r', 'vera', 'Vera', 'anna', 'Anna', 'rose', 3, 10, 30, 5000, 15, NULL, NULL, 1,"
    " 0, 970, 1700000000000, NULL, NULL)",
    "INSERT INTO ledger_transfers VALUES ('t0', 'starter-grant', 'coin', 1000, 'grants:coin', 'vera:coin', 5, NULL,"
    " 'grants/vera', NULL), ('t1', 'gift-coins', 'coin', 30, 'vera:coin', 'platform:coin', 1700000000000, 'g1',"
    " 'vera/key/1', 'content'), ('t2', 'gift-diamonds', 'diamond', 15, 'platform:diamond', 'anna:diamond',"
    " 1700000000000, 'g1', NULL, NULL)",
    "INSERT INTO ledger_entries (transfer, leg, account, amount) VALUES ('t0', 0, 'grants:coin', -1000),"
    " ('t0', 1, 'vera:coin', 1000), ('t1', 0, 'vera:coin', -30), ('t1', 1, 'platform:coin', 30),"
    " ('t2', 0, 'platform:diamond', -15), ('t2', 1, 'anna:diamond', 15)",
    "INSERT INTO gift_outbox (gift_id, rooms) VALUES ('g1', '[\"r\"]')",
)


async def test_the_lean_ledger_has_every_coin_of_the_former_one(empty: Database) -> None:
    await schema.upgrade(empty, "0005")
    async with empty.write() as transaction:
        for statement in OLD_ROWS:
            await transaction.exec_driver_sql(statement)
    await schema.upgrade(empty)
    await schema.check(empty)
    ledger = SqlLedger(empty, ToldClock())
    assert not await ledger.grant_starter("vera", 1000), "she had them in her former life"
    known = await ledger.find("vera", "key/1")
    await ledger.close()
    assert known is not None and (known.coins, known.content, known.boost) == (30, "content", 1)
    assert (await SqlWallets(empty).page("vera")).coins == 970
    assert await SqlOutbox(empty).waiting() == 1
    report = await ledger_verify(empty)
    assert report.holds, report.text()


async def test_what_was_relayed_before_there_were_totals_is_in_them(empty: Database) -> None:
    await schema.upgrade(empty, "0005")
    async with empty.write() as transaction:
        for statement in (*OLD_ROWS, "UPDATE gift_outbox SET sent_at_ms = 1"):
            await transaction.exec_driver_sql(statement)
    await schema.upgrade(empty)
    [patron] = await SqlTotals(empty).contributors("r", days_of(Span.ALL, 1_800_000_000_000), 10)
    assert patron == Patron("vera", "Vera", 30, 1, 1_700_000_000_000)
    report = await ledger_verify(empty, drained=True)
    assert report.holds, report.text()


PAID = (
    "INSERT INTO ledger_transfers (id, kind, currency, amount, payer, payee, at_ms) VALUES"
    " ('t', 'top-up', 'coin', 500, 'topups:coin', 'vera:coin', 5)",
    "INSERT INTO ledger_entries (account, transfer, amount) VALUES ('topups:coin', 't', -500), ('vera:coin', 't', 500)",
    "INSERT INTO ledger_balances (account, amount) VALUES ('vera:coin', 500)",
    "INSERT INTO purchases (id, buyer, request, content, package, coins, price, currency, provider, state, made_at_ms,"
    " transfer) VALUES ('p', 'vera', 'vera/k', 'content', 'small', 500, 499, 'EUR', 'test', 'paid', 5, 't')",
    "INSERT INTO payment_events (provider, id, purchase, kind, amount, currency, step, heard_at_ms) VALUES"
    " ('test', 'e', 'p', 'paid', 499, 'EUR', 'credited', 5)",
)


async def test_what_was_bought_before_held_payments_had_a_way_out_is_still_there(empty: Database) -> None:
    await schema.upgrade(empty, "0009")
    async with empty.write() as transaction:
        for statement in PAID:
            await transaction.exec_driver_sql(statement)
    await schema.upgrade(empty)
    await schema.check(empty)
    async with empty.read() as transaction:
        bought = (await transaction.execute(text("SELECT state, transfer, asked_by FROM purchases"))).all()
    assert [tuple(row) for row in bought] == [("paid", "t", None)]
    report = await ledger_verify(empty)
    assert report.holds, report.text()


async def test_what_was_taken_back_before_that_took_it_from_the_totals_is_in_none(
    empty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def as_it_was(*_: object) -> None: ...

    await schema.upgrade(empty, "0010")
    clock, outbox = ToldClock(), SqlOutbox(empty)
    ledger = SqlLedger(empty, clock)
    for sender in ("vera", "wang"):
        await ledger.grant_starter(sender, 100)
    sent = await commit(ledger, *(order(sender, coins=coins) for sender in ("vera", "wang") for coins in (10, 20)))
    await outbox.finish(await next_fence(empty, RELAY), await outbox.unsent(10))
    await commit(ledger, order(coins=5))
    await ledger.close()
    monkeypatch.setattr("gifts.money.corrections.take_out_of_totals", as_it_was)
    await Corrections(empty, clock).refund("root", sent[0].id, "charged back", "k")
    assert not (await ledger_verify(empty)).holds
    await schema.upgrade(empty)
    found = await SqlTotals(empty).contributors(ROOM, days_of(Span.ALL, clock.now_ms()), 10)
    assert [(each.user, each.coins, each.gifts) for each in found] == [("wang", 30, 2), ("vera", 20, 1)]
    report = await ledger_verify(empty)
    assert report.holds, report.text()
