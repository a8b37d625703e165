"""``ledger-verify`` finds what is wrong: each test breaks the books by force and looks for the alarm."""

import pytest
from sqlalchemy import text

from foundation.sql import Database, Transaction
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.verify import Report, ledger_verify
from gifts.verify_outbox import OVERDUE_MS
from gifts.verify_windows import APART_MS, OPENING_MS
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
                await transaction.execute(text(f"DROP TRIGGER IF EXISTS {table}_refuses_{act}"))
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        await connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.commit()


def broken(report: Report) -> set[str]:
    return {check.name for check in report.checks if not check.holds}


def figures(report: Report) -> dict[str, int]:
    return {name: value for check in report.checks for name, value in check.figures}


async def test_sound_books_hold_and_have_figures(books: Database) -> None:
    report = await ledger_verify(books)
    assert report.holds
    assert figures(report) == {
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
    assert len(report.text().splitlines()) == len(report.checks) == 17


async def test_empty_books_hold(database: Database, clock: ToldClock) -> None:
    assert (await ledger_verify(database, now_ms=clock.now_ms(), drained=True)).holds


async def test_what_is_unsent_is_wrong_when_all_should_be_drained(books: Database) -> None:
    report = await ledger_verify(books, drained=True)
    assert broken(report) == {"outbox moves"}
    assert "BROKEN 3" in report.text()


async def test_what_has_waited_for_a_minute_is_wrong_at_any_time(books: Database, clock: ToldClock) -> None:
    """So a relay that has stood still for hours is seen."""
    just = await ledger_verify(books, now_ms=clock.advance(OVERDUE_MS))
    assert just.holds and figures(just)["oldest_unsent_s"] == 60
    late = await ledger_verify(books, now_ms=clock.advance(1))
    assert broken(late) == {"outbox moves"} and figures(late)["unsent"] == 3
    assert (await ledger_verify(books)).holds, "nobody has said what time it is"


# Of cyd, who has been given something outside of any battle, at 1,700,000,000,000.
A_WINDOW = (
    "INSERT INTO scoring_windows VALUES"
    " ('other', 'cyd', 'red', {since:.0f}, {until:.0f}, {until:.0f}, 2, '[]', {closed}, {tallied})"
)
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
    ("UPDATE scoring_windows SET closed_at_ms = 1700000000000", "score = its window"),
    ("UPDATE gifts SET battle = NULL, side = NULL, score = 0 WHERE side = 'blue'", "gift in a window scores"),
    (A_WINDOW.format(since=0, until=2e12, closed="NULL", tallied=0), "gift in a window scores"),
    (A_WINDOW.format(since=0, until=2e12, closed=1.8e12, tallied=1), "gift in a window scores"),
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


STAMP = 1_700_000_000_000
NO_CLAIM = {
    "it has begun just before": (STAMP - OPENING_MS + 1, STAMP + 60_000, "NULL", 0),
    "it ends just after": (0, STAMP + APART_MS, "NULL", 0),
    "it was closed just after": (0, STAMP + 60_000, STAMP + APART_MS, 0),
    "it was closed before": (0, STAMP + 60_000, STAMP - 60_000, 1),
    "it was over before": (0, STAMP - 60_000, "NULL", 0),
    "it begins later": (STAMP + 1, STAMP + 60_000, "NULL", 0),
    "it is too short to be claimed": (STAMP - OPENING_MS, STAMP - OPENING_MS + APART_MS, "NULL", 0),
    "it was tallied at a time that nobody knows": (0, STAMP + 60_000, "NULL", 1),
}


@pytest.mark.parametrize("window", NO_CLAIM.values(), ids=NO_CLAIM)
async def test_a_gift_need_not_score_in_a_window_when(books: Database, window: tuple[object, ...]) -> None:
    since, until, closed, tallied = window
    await by_force(books, A_WINDOW.format(since=since, until=until, closed=closed, tallied=tallied))
    report = await ledger_verify(books)
    assert report.holds, report.text()


@pytest.mark.parametrize(("since", "until"), [(STAMP - OPENING_MS, STAMP + 60_000), (0, STAMP + APART_MS + 1)])
async def test_a_gift_must_score_from_soon_after_the_beginning_until_just_before_the_end(
    books: Database, since: int, until: int
) -> None:
    await by_force(books, A_WINDOW.format(since=since, until=until, closed="NULL", tallied=0))
    assert broken(await ledger_verify(books)) == {"gift in a window scores"}


async def test_the_windows_of_a_hosts_other_battles_are_each_looked_at(books: Database) -> None:
    """One before and one after the gift, one around it and one of somebody else."""
    before = A_WINDOW.format(since=0, until=STAMP - 60_000, closed="NULL", tallied=1)
    after = A_WINDOW.format(since=STAMP + 60_000, until=STAMP + 120_000, closed="NULL", tallied=0)
    other = A_WINDOW.format(since=0, until=2e12, closed="NULL", tallied=0)
    await by_force(books, before, after.replace("other", "later"), other.replace("cyd", "dan"))
    assert (await ledger_verify(books)).holds
    around = A_WINDOW.format(since=0, until=2e12, closed="NULL", tallied=0)
    await by_force(books, around.replace("other", "around"))
    report = await ledger_verify(books)
    assert broken(report) == {"gift in a window scores"}
    [check] = [each for each in report.checks if not each.holds]
    assert check.wrong == 1


class ToldResults:
    def __init__(self, **scores: int) -> None:
        self._scores = scores

    async def tallies(self, transaction: Transaction) -> list[tuple[str, dict[str, int]]]:
        return [("battle", self._scores)]


async def test_a_battles_result_is_held_against_the_gift_rows(books: Database) -> None:
    assert (await ledger_verify(books, results=ToldResults(red=10, blue=20))).holds
    wrong = await ledger_verify(books, results=ToldResults(red=10, blue=21))
    assert broken(wrong) == {"battle results = gift rows"}
