"""The ledger in a real database: SQLite and PostgreSQL."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from foundation.append_only import statements
from foundation.ids import new_id
from gifts.errors import InsufficientFunds
from gifts.ledger import COIN, GRANTS, PAYOUTS, GiftOrder, Transfer, request_of
from gifts.posting import post, posted
from gifts.store_sql import SqlLedger
from gifts.tables import balances, entries, gifts, transfers
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.world import FrailDatabase, accepted, codes, commit, order


async def rows(database: FrailDatabase, table: object) -> int:
    async with database.read() as transaction:
        return int((await transaction.execute(select(func.count()).select_from(table))).scalar_one())  # type: ignore[arg-type]


async def balance(database: FrailDatabase, account: str) -> int:
    query = select(balances.c.amount).where(balances.c.account == account)
    async with database.read() as transaction:
        return int((await transaction.execute(query)).scalar_one())


async def test_a_gift_moves_coins_and_diamonds(ledger: SqlLedger, either: FrailDatabase, clock: ToldClock) -> None:
    [sent] = await commit(ledger, order(coins=100))
    assert (sent.coins, sent.diamonds, sent.balance, sent.accepted_at_ms) == (100, 50, 900, clock.now_ms())
    assert await balance(either, "vera:coin") == 900
    assert await balance(either, "anna:diamond") == 50
    assert (await ledger_verify(either)).holds


async def test_the_platform_has_no_balance_row_that_every_gift_would_write(
    ledger: SqlLedger, either: FrailDatabase
) -> None:
    await commit(ledger, order())
    async with either.read() as transaction:
        kept = {row.account for row in await transaction.execute(select(balances.c.account))}
    assert kept == {"vera:coin", "anna:diamond"}


async def test_one_refusal_does_not_roll_back_its_neighbours(ledger: SqlLedger, either: FrailDatabase) -> None:
    outcomes = await ledger.commit([order(), order("poor"), order(key="k"), order(key="k", count=2), order()])
    assert codes(outcomes) == ["sent", "insufficient-coins", "sent", "idempotency-conflict", "sent"]
    assert await balance(either, "vera:coin") == 970
    assert (await ledger_verify(either)).holds


async def test_an_order_that_the_database_refuses_does_not_take_its_neighbours_along(
    ledger: SqlLedger, either: FrailDatabase
) -> None:
    outcomes = await ledger.commit([order(), order(recipient="vera"), order()])
    assert codes(outcomes) == ["sent", "ledger-away", "sent"]
    assert await balance(either, "vera:coin") == 980


async def test_a_retry_long_after_is_the_same_gift(ledger: SqlLedger, either: FrailDatabase, clock: ToldClock) -> None:
    first = await ledger.commit([order(key="k")])
    await commit(ledger, order(coins=500))
    clock.advance(60_000)
    again = await ledger.commit([order(key="k")])
    assert codes(again) == ["replayed"]
    assert accepted(again[0]) == accepted(first[0])
    assert await balance(either, "vera:coin") == 490


async def test_a_refused_order_stores_nothing(ledger: SqlLedger, either: FrailDatabase) -> None:
    before = [await rows(either, table) for table in (transfers, entries, gifts, balances)]
    await ledger.commit([order(coins=1001), order("poor", recipient="newcomer")])
    assert [await rows(either, table) for table in (transfers, entries, gifts, balances)] == before


async def test_the_answer_of_a_commit_that_was_lost_is_found_again(ledger: SqlLedger, either: FrailDatabase) -> None:
    either.fail_after = 1
    outcomes = await ledger.commit([order(key="k", coins=10), order(coins=5)])
    assert [accepted(each).coins for each in outcomes] == [10, 5]
    assert await balance(either, "vera:coin") == 985
    assert (await ledger_verify(either)).holds


async def test_a_batch_that_failed_before_its_commit_is_tried_again(ledger: SqlLedger, either: FrailDatabase) -> None:
    either.fail_before = 2
    assert codes(await ledger.commit([order(coins=10)])) == ["sent"]
    assert await balance(either, "vera:coin") == 990


async def test_a_database_that_stays_away_is_said_and_nothing_is_taken(
    ledger: SqlLedger, either: FrailDatabase
) -> None:
    either.fail_before = 100
    assert codes(await ledger.commit([order(), order()])) == ["ledger-away", "ledger-away"]
    either.fail_before = 0
    assert await balance(either, "vera:coin") == 1000


async def test_what_nobody_waits_for_any_more_when_its_turn_comes_is_not_written(
    ledger: SqlLedger, either: FrailDatabase
) -> None:
    assert codes(await ledger.commit([order(), order()], lambda: False)) == ["ledger-away", "ledger-away"]
    assert await rows(either, gifts) == 0


async def test_two_writers_never_spend_a_coin_twice(ledger: SqlLedger, either: FrailDatabase) -> None:
    """Two processes, one wallet with coins for 100 gifts: 100 of 120 go through, each after another."""
    other_database = FrailDatabase(either.engine.url.render_as_string(hide_password=False))
    other = SqlLedger(other_database, ToldClock())

    async def spend(through: SqlLedger, batches: int) -> list[str]:
        outcomes = []
        for _ in range(batches):
            outcomes += await through.commit([order(coins=10) for _ in range(4)])
        return codes(outcomes)

    said = await asyncio.gather(spend(ledger, 15), spend(other, 15))
    await other.close()
    await other_database.close()
    assert sorted(said[0] + said[1]) == ["insufficient-coins"] * 20 + ["sent"] * 100
    async with either.read() as transaction:
        left = sorted(row.balance for row in await transaction.execute(select(gifts.c.balance)))
    assert left == list(range(0, 1000, 10)), "each gift saw the balance that the one before it left"
    assert (await ledger_verify(either)).holds


async def test_one_request_that_reaches_two_writers_debits_once(ledger: SqlLedger, either: FrailDatabase) -> None:
    other_database = FrailDatabase(either.engine.url.render_as_string(hide_password=False))
    other = SqlLedger(other_database, ToldClock())
    same: list[GiftOrder] = [order(key="k", coins=10)]
    outcomes = await asyncio.gather(*(writer.commit(same) for _ in range(10) for writer in (ledger, other)))
    await other.close()
    await other_database.close()
    assert len({accepted(each[0]) for each in outcomes}) == 1
    assert sorted(codes([each[0] for each in outcomes])) == ["replayed"] * 19 + ["sent"]
    assert await balance(either, "vera:coin") == 990


async def test_the_starter_grant_is_a_transfer_that_comes_once(ledger: SqlLedger, either: FrailDatabase) -> None:
    given = await asyncio.gather(*(ledger.grant_starter("wang", 300) for _ in range(5)))
    assert sorted(given) == [False, False, False, False, True]
    assert await balance(either, "wang:coin") == 300
    report = await ledger_verify(either)
    assert report.holds, report.text()


@pytest.mark.parametrize(("table", "column"), [("ledger_entries", "amount"), ("ledger_transfers", "amount"),
                                               ("gifts", "coins")])  # fmt: skip
@pytest.mark.parametrize("act", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
async def test_what_is_written_cannot_be_changed(
    ledger: SqlLedger, either: FrailDatabase, table: str, column: str, act: str
) -> None:
    await commit(ledger, order())
    with pytest.raises(DBAPIError, match="append-only"):
        async with either.write() as transaction:
            await transaction.execute(text(act.format(table, column)))


async def test_a_transfer_between_currencies_is_refused_by_the_database(
    ledger: SqlLedger, either: FrailDatabase
) -> None:
    with pytest.raises(DBAPIError, match="ck_ledger_transfers_accounts"):
        async with either.write() as transaction:
            await transaction.execute(
                insert(transfers).values(
                    id="t", kind="none", currency="coin", amount=1, payer="vera:coin", payee="anna:diamond", at_ms=0
                )
            )


async def test_an_account_of_the_platform_gets_no_balance_row(ledger: SqlLedger, either: FrailDatabase) -> None:
    with pytest.raises(DBAPIError, match="ck_ledger_balances_account"):
        async with either.write() as transaction:
            await transaction.execute(insert(balances).values(account="platform:coin", amount=1))


async def test_a_big_batch_is_written_whole(ledger: SqlLedger, either: FrailDatabase) -> None:
    """More rows than are staged at once, and not a power of two of them."""
    sent = await commit(ledger, *(order(coins=1 + number % 3) for number in range(333)))
    assert [each.id for each in sent] == sorted(each.id for each in sent)
    report = await ledger_verify(either)
    assert report.holds and await rows(either, gifts) == 333


async def test_a_ledger_goes_on_after_its_connection_was_lost(ledger: SqlLedger, either: FrailDatabase) -> None:
    await commit(ledger, order(coins=10))
    await ledger.close()
    await commit(ledger, order(coins=10))
    assert await balance(either, "vera:coin") == 980


async def test_rare_transfers_are_refused_when_the_account_has_not_that_much(
    ledger: SqlLedger, either: FrailDatabase, clock: ToldClock
) -> None:
    def moved(amount: int) -> Transfer:
        return Transfer(new_id(), "payout", COIN, amount, "vera", PAYOUTS, clock.now_ms())

    async with either.write() as transaction:
        await post(transaction, [moved(600)])
    for made in ([moved(401)], [moved(200), moved(201)]):
        with pytest.raises(InsufficientFunds) as refused:
            async with either.write() as transaction:
                await post(transaction, made)
        assert refused.value.extra == {"balance": 400}
    assert await balance(either, "vera:coin") == 400
    assert (await ledger_verify(either)).holds


async def test_a_transfer_is_taken_back_once(ledger: SqlLedger, either: FrailDatabase, clock: ToldClock) -> None:
    def back(of: Transfer) -> Transfer:
        named = {"corrects": of.id, "operator": "olga", "reason": "by mistake"}
        return Transfer(new_id(), "correction", COIN, 1000, "vera", GRANTS, clock.now_ms(), **named)

    async with either.write() as transaction:
        given = await posted(transaction, request_of(GRANTS, "vera"))
        assert given is not None and (given.payer, given.payee, given.amount) == (GRANTS, "vera", 1000)
        await post(transaction, [back(given)])
    await ledger.grant_starter("wang", 1000)
    with pytest.raises(IntegrityError):
        async with either.write() as transaction:
            await post(transaction, [replace(back(given), payer="wang")])
    assert await balance(either, "wang:coin") == 1000


async def test_the_database_itself_refuses_a_negative_balance(ledger: SqlLedger, either: FrailDatabase) -> None:
    with pytest.raises(DBAPIError, match="ck_ledger_balances_amount"):
        async with either.write() as transaction:
            await transaction.execute(text("UPDATE ledger_balances SET amount = -1"))


def test_the_triggers_can_be_run_by_a_migration() -> None:
    """They go through SQLAlchemy's ``text`` and ``DDL``: no bind parameters, no format characters."""
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(dialect, ["a", "b"]):
            assert ":" not in statement and "%" not in statement
    assert len(statements("sqlite", ["a", "b"])) == 4
