"""``ledger-verify`` finds what is wrong: each test breaks the books by force and looks for the alarm."""

import pytest
from sqlalchemy import text

from foundation.sql import Database, Transaction
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.verify import Report, ledger_verify
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.world import commit, order, window


@pytest.fixture
async def books(database: Database, clock: ToldClock) -> Database:
    """Two gifts in a battle, one without."""
    ledger, scoring = SqlLedger(database, clock), SqlScoring(database, MemoryBoard(5000))
    await ledger.grant_starter("vera", 1000)
    async with database.write() as transaction:
        await scoring.open_windows(transaction, [window(), window("bo", "blue")])
    await commit(ledger, order(coins=10), order(coins=20, recipient="bo"), order(coins=5, recipient="cyd"))
    await ledger.close()
    return database


async def by_force(database: Database, *statements: str) -> None:
    """What the triggers and constraints would refuse."""
    async with database.write() as transaction:
        for table in ("ledger_entries", "ledger_transfers", "gifts"):
            for act in ("update", "delete"):
                await transaction.execute(text(f"DROP TRIGGER {table}_refuses_{act}"))
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.commit()


def broken(report: Report) -> set[str]:
    return {check.name for check in report.checks if not check.holds}


async def test_sound_books_hold_and_have_figures(books: Database) -> None:
    report = await ledger_verify(books)
    assert report.holds
    figures = {name: value for check in report.checks for name, value in check.figures}
    assert figures == {
        "coins_moved": 1035,
        "diamonds_moved": 17,
        "coins_given": 35,
        "coins_in_totals": 0,
        "coins_won": 0,
        "coins_owed": 0,
        "diamonds_owed": 0,
        "diamonds_held": 0,
        "unsent": 3,
    }
    assert len(report.text().splitlines()) == len(report.checks) == 15


async def test_empty_books_hold(database: Database) -> None:
    assert (await ledger_verify(database, drained=True)).holds


async def test_what_is_unsent_is_wrong_when_all_should_be_drained(books: Database) -> None:
    assert broken(await ledger_verify(books, drained=True)) == {"outbox sound"}


FIRST = "(SELECT min(transfer) FROM ledger_entries WHERE account = 'platform:coin')"
BREAKAGES = [
    ("UPDATE ledger_entries SET amount = amount - 1 WHERE account = 'bo:diamond'", "zero sum a currency"),
    ("UPDATE ledger_entries SET account = 'vera:pound' WHERE account = 'vera:coin' AND amount < 0",
     "zero sum a currency"),
    (f"UPDATE ledger_entries SET amount = amount * 2 WHERE transfer = {FIRST}", "two sides a transfer"),
    (f"DELETE FROM ledger_entries WHERE transfer = {FIRST}", "two sides a transfer"),
    (f"DELETE FROM ledger_transfers WHERE id = {FIRST}", "two sides a transfer"),
    ("UPDATE ledger_entries SET account = 'dan:diamond' WHERE account = 'anna:diamond'", "two sides a transfer"),
    ("UPDATE ledger_entries SET amount = amount * 1000 WHERE account = 'vera:coin' AND amount < 0",
     "no user below zero"),
    ("UPDATE ledger_balances SET amount = amount + 1 WHERE account = 'vera:coin'", "balance = its entries"),
    ("DELETE FROM ledger_balances WHERE account = 'anna:diamond'", "balance = its entries"),
    ("INSERT INTO ledger_balances VALUES ('platform:coin', 35)", "balance = its entries"),
    ("INSERT INTO ledger_balances VALUES ('nobody:coin', 1)", "balance = its entries"),
    ("UPDATE gifts SET coins = coins + 1 WHERE battle IS NULL", "gift = its transfers"),
    ("UPDATE gifts SET diamonds = diamonds + 1 WHERE battle IS NULL", "gift = its transfers"),
    ("UPDATE gifts SET win = 5 WHERE battle IS NULL", "gift = its transfers"),
    ("UPDATE ledger_transfers SET gift_id = NULL WHERE kind = 'gift-diamonds'", "gift = its transfers"),
    ("UPDATE ledger_transfers SET gift_id = 'none' WHERE kind = 'gift-diamonds'", "gift = its transfers"),
    ("UPDATE gifts SET side = 'red' WHERE side = 'blue'", "score = its window"),
    ("UPDATE gifts SET multiplier = 2 WHERE side = 'blue'", "score = its window"),
    ("UPDATE gifts SET accepted_at_ms = 100000000000000 WHERE side = 'blue'", "score = its window"),
    ("UPDATE gift_outbox SET gift_id = (SELECT min(id) FROM gifts)", "outbox sound"),
    ("UPDATE gift_outbox SET gift_id = 'none' WHERE sequence = 1", "outbox sound"),
    ("DELETE FROM gift_outbox WHERE sequence = 1", "totals = gifts"),
    ("INSERT INTO gift_totals VALUES ('r', 1, 'anna', 'vera', 'Vera', 1, 1, 5, 5)", "totals = gifts"),
    ("UPDATE gifts SET seed = '00', odds = '[[1,2,0]]' WHERE battle IS NULL", "draw = its seed"),
    ("UPDATE gifts SET seed = '00', odds = '[[1,1,1]]' WHERE battle IS NULL", "draw = its seed"),
    ("UPDATE gifts SET odds = '[[1,1,0]]' WHERE battle IS NULL", "draw = its seed"),
    ("UPDATE gifts SET boost = 2 WHERE battle IS NULL", "draw = its seed"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "check"), BREAKAGES, ids=[each for each, _ in BREAKAGES])
async def test_broken_books_are_found(books: Database, statement: str, check: str) -> None:
    await by_force(books, statement)
    report = await ledger_verify(books)
    assert check in broken(report), report.text()
    assert "BROKEN" in report.text()


class ToldResults:
    def __init__(self, **scores: int) -> None:
        self._scores = scores

    async def tallies(self, transaction: Transaction) -> list[tuple[str, dict[str, int]]]:
        return [("battle", self._scores)]


async def test_a_battles_result_is_held_against_the_gift_rows(books: Database) -> None:
    assert (await ledger_verify(books, results=ToldResults(red=10, blue=20))).holds
    wrong = await ledger_verify(books, results=ToldResults(red=10, blue=21))
    assert broken(wrong) == {"battle results = gift rows"}
