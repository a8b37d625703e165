"""``ledger-verify`` finds what is wrong with money in and out: each test breaks the books by force."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from foundation.sql import Database
from gifts.money.decisions import Verb
from gifts.money.purchase import PaymentKind, Ruling
from gifts.money.tables import APPEND_ONLY
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.money.world import House
from tests.gifts.test_verify import broken, by_force


async def write(path: Path) -> None:
    """Something of everything: paid, pending, charged back, held and credited, closed; paid out, rejected, waiting;
    granted; refunded.
    """
    database, clock = Database(f"sqlite+aiosqlite:///{path}"), ToldClock()
    home = House(database, clock)
    await home.ledger.grant_starter("vera", 1000)
    for _ in range(2):
        await home.bought()
    charged = await home.bought()
    await home.topups.begin("vera", "small", "waits")
    for number, rulings in enumerate(((Ruling.CREDIT, Ruling.APPROVE), (Ruling.CLOSE,))):
        held = await home.topups.begin("wang", "small", f"held-{number}")
        await home.said(held, amount=498)
        for operator, ruling in zip(("root", "other"), rulings, strict=False):
            await home.held.rule(operator, held.id, ruling, "the bank took a fee")
    gift, _ = await home.gift(200), await home.gift(100)
    for verbs in ((Verb.APPROVE, Verb.PAY), (Verb.REJECT,), ()):
        asked = await home.asked(40)
        for verb in verbs:
            await home.withdrawals.decide("root", asked.id, verb, "note")
    await home.ops_give("vera", 5)
    await home.corrections.refund("root", gift.id, "by mistake", "k")
    await home.gift(await home.coins() - 100)
    await home.said(charged, PaymentKind.CHARGED_BACK)
    await home.ops_give("vera", 5)
    (debt,) = await home.debts.page(owner="vera", before=None, most=9)
    await home.debts.collect("root", debt.id, "k")
    await home.close()
    async with database.engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # all of it is in the one file
    await database.close()


@pytest.fixture(scope="module")
def written(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with these books, to be copied; made in a thread aside, for tests have loops of their own."""
    path = tmp_path_factory.mktemp("books") / "books.db"
    shutil.copy(sqlite_template, path)
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, write(path)).result(60)
    return path


@pytest.fixture
async def books(written: Path, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{shutil.copy(written, tmp_path / 'books.db')}")
    yield opened
    await opened.close()


async def test_sound_books_hold_and_have_figures(books: Database) -> None:
    report = await ledger_verify(books)
    assert report.holds, report.text()
    figures = {name: value for check in report.checks for name, value in check.figures}
    assert (figures["coins_owed"], figures["diamonds_owed"], figures["diamonds_held"]) == (395, 30, 40)


CORRECTION = "correction = what it names"
TAKEN = "taken back or owed"
DEBT = "debt and its payments"
TOP_UP = "top-up = its purchase"
HELD = "withdrawals = what is held"
GRANT = "grant = two operators"
REFUNDED = "(SELECT substr(subject, 6) || 'd' FROM ledger_corrections WHERE subject LIKE 'gift:%')"
BREAKAGES = [
    (f"UPDATE ledger_transfers SET corrects = 'none' WHERE corrects = {REFUNDED}", CORRECTION),
    ("UPDATE ledger_transfers SET corrects = NULL WHERE kind = 'correction'", CORRECTION),
    (f"UPDATE ledger_transfers SET payee = 'bo:diamond' WHERE corrects = {REFUNDED}", CORRECTION),
    (f"UPDATE ledger_transfers SET currency = 'coin' WHERE corrects = {REFUNDED}", CORRECTION),
    (f"UPDATE ledger_transfers SET amount = 9999 WHERE corrects = {REFUNDED}", CORRECTION),
    (f"UPDATE ledger_transfers SET kind = 'gift' WHERE corrects = {REFUNDED}", CORRECTION),
    (f"UPDATE ledger_transfers SET corrects = {REFUNDED} WHERE kind = 'correction'", CORRECTION),
    (f"UPDATE ledger_transfers SET amount = amount - 1 WHERE corrects = {REFUNDED}", TAKEN),
    ("UPDATE ledger_debts SET amount = amount - 1 WHERE currency = 'coin'", TAKEN),
    ("UPDATE ledger_debts SET transfer = 'none' WHERE currency = 'coin'", TAKEN),
    ("DELETE FROM ledger_debts", TAKEN),
    ("DELETE FROM ledger_corrections WHERE subject LIKE 'gift:%'", TAKEN),
    ("UPDATE ledger_corrections SET subject = 'gift:none' WHERE subject LIKE 'gift:%'", TAKEN),
    ("UPDATE ledger_debt_payments SET amount = amount + 1", DEBT),
    ("UPDATE ledger_debts SET amount = 4 WHERE currency = 'coin'", DEBT),
    ("UPDATE ledger_debts SET owner = 'wang'", DEBT),
    ("UPDATE ledger_debt_payments SET debt = 'none'", DEBT),
    ("UPDATE ledger_debt_payments SET transfer = 'none'", DEBT),
    ("UPDATE ledger_transfers SET kind = 'gift' WHERE kind = 'debt'", DEBT),
    ("DELETE FROM ledger_debt_payments", DEBT),
    ("UPDATE purchases SET transfer = NULL, state = 'pending' WHERE state = 'paid'", TOP_UP),
    ("UPDATE purchases SET transfer = 'none' WHERE state = 'taken-back'", TOP_UP),
    ("UPDATE purchases SET coins = coins + 1 WHERE state = 'paid'", TOP_UP),
    ("UPDATE purchases SET buyer = 'wang' WHERE state = 'paid'", TOP_UP),
    ("UPDATE purchases SET state = 'held' WHERE state = 'paid'", TOP_UP),
    ("UPDATE purchases SET state = 'taken-back' WHERE state = 'paid'", TOP_UP),
    ("UPDATE payment_events SET step = 'repeated' WHERE kind = 'paid'", TOP_UP),
    ("UPDATE payment_events SET amount = amount - 1 WHERE step = 'credited'", TOP_UP),
    ("UPDATE payment_events SET currency = 'USD' WHERE step = 'credited'", TOP_UP),
    ("DELETE FROM payment_events", TOP_UP),
    ("UPDATE purchases SET asked_by = decided_by WHERE asked_by IS NOT NULL", TOP_UP),
    ("UPDATE purchases SET asked_by = buyer WHERE asked_by IS NOT NULL", TOP_UP),
    ("UPDATE purchases SET decided_by = buyer WHERE asked_by IS NOT NULL", TOP_UP),
    ("UPDATE purchases SET asked_by = NULL, decided_by = NULL WHERE asked_by IS NOT NULL", TOP_UP),
    ("UPDATE purchases SET state = 'closed' WHERE asked_by IS NOT NULL", TOP_UP),
    ("UPDATE ledger_transfers SET operator = NULL WHERE kind = 'top-up' AND operator IS NOT NULL", TOP_UP),
    ("UPDATE ledger_transfers SET operator = 'root' WHERE kind = 'top-up' AND operator IS NULL", TOP_UP),
    ("UPDATE payment_events SET step = 'credited' WHERE amount = 498", TOP_UP),
    ("UPDATE withdrawals SET diamonds = diamonds + 1", HELD),
    ("UPDATE withdrawals SET host = 'bo'", HELD),
    ("UPDATE withdrawals SET state = 'rejected' WHERE state = 'requested'", HELD),
    ("UPDATE withdrawals SET state = 'paid' WHERE state = 'requested'", HELD),
    ("UPDATE withdrawals SET state = 'requested' WHERE state = 'paid'", HELD),
    ("DELETE FROM withdrawals WHERE state = 'rejected'", HELD),
    ("UPDATE ledger_transfers SET amount = amount - 1 WHERE kind = 'payout'", HELD),
    ("UPDATE ledger_entries SET amount = amount - 1 WHERE account = 'payouts:diamond' AND amount < 0", HELD),
    ("UPDATE coin_grants SET decided_by = asked_by", GRANT),
    ("UPDATE coin_grants SET decided_by = recipient", GRANT),
    ("UPDATE coin_grants SET coins = coins + 1", GRANT),
    ("UPDATE coin_grants SET recipient = 'wang'", GRANT),
    ("UPDATE coin_grants SET state = 'requested', transfer = NULL", GRANT),
    ("DELETE FROM coin_grants", GRANT),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "check"), BREAKAGES, ids=[each for each, _ in BREAKAGES])
async def test_broken_books_are_found(books: Database, statement: str, check: str) -> None:
    guards = [f"{table.name}_refuses_{act}" for table in APPEND_ONLY for act in ("update", "delete")]
    unique = "DROP INDEX uq_ledger_transfers_corrects"
    await by_force(books, unique, *(f"DROP TRIGGER {guard}" for guard in guards), statement)
    report = await ledger_verify(books)
    assert check in broken(report), report.text()
