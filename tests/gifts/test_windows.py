"""Scoring windows and the tally, in the database."""

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from gifts.ledger import Posted
from gifts.scoring import Contributor
from gifts.store_memory import MemoryBoard
from gifts.store_sql import SqlLedger
from gifts.tables import gifts
from gifts.verify import ledger_verify
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.world import OTHER_ROOM, ROOM, FrailDatabase, commit, order, window


@pytest.fixture
async def scoring(either: FrailDatabase, clock: ToldClock) -> SqlScoring:
    """A fight of anna (red) against bo (blue) from now on for 300 s; the last 10 s count double."""
    made = SqlScoring(either, MemoryBoard(5000))
    now = clock.now_ms()
    span = {"start_ms": now, "end_ms": now + 300_000, "rush_from_ms": now + 290_000}
    async with either.write() as transaction:
        await made.open_windows(transaction, [window("anna", "red", **span), window("bo", "blue", **span)])
    return made


async def score(either: FrailDatabase, gift_id: str) -> tuple[str | None, str | None, int, int]:
    query = select(gifts.c.battle, gifts.c.side, gifts.c.multiplier, gifts.c.score).where(gifts.c.id == gift_id)
    async with either.read() as transaction:
        row = (await transaction.execute(query)).one()
    return row.battle, row.side, row.multiplier, row.score


async def test_a_gift_in_the_window_scores_for_its_side(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase
) -> None:
    [mine, other] = await commit(ledger, order(coins=30), order(coins=20, recipient="bo"))
    assert await score(either, mine.id) == ("battle", "red", 1, 30)
    assert await score(either, other.id) == ("battle", "blue", 1, 20)


async def test_the_last_rush_is_written_on_the_row(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    clock.advance(290_000)
    [sent] = await commit(ledger, order(coins=30))
    assert await score(either, sent.id) == ("battle", "red", 2, 60)


async def test_a_gift_in_the_last_millisecond_scores(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    clock.advance(299_999)
    [sent] = await commit(ledger, order(coins=30))
    assert await score(either, sent.id) == ("battle", "red", 2, 60)


async def test_a_gift_on_the_deadline_does_not_score(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    clock.advance(300_000)
    [sent] = await commit(ledger, order(coins=30))
    assert await score(either, sent.id) == (None, None, 1, 0)
    assert sent.diamonds == 15, "it is paid all the same"


async def test_the_stamp_is_taken_after_the_write_lock(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    """A gift that waits for the lock over the deadline does not score, though it was sent before."""
    async with either.write() as transaction:
        await transaction.execute(select(gifts.c.id))
        if not either.is_sqlite:
            from_vera = "SELECT 1 FROM ledger_balances WHERE account = 'vera:coin' FOR UPDATE"
            await transaction.exec_driver_sql(from_vera)
        sending = asyncio.create_task(ledger.commit([order(coins=30)]))
        done, _ = await asyncio.wait([sending], timeout=0.2)
        assert not done, "it waits for the lock"
        clock.advance(300_000)
    [outcome] = await sending
    assert isinstance(outcome, Posted)
    assert outcome.gift.accepted_at_ms == clock.now_ms()
    assert outcome.gift.battle is None


async def test_the_gift_is_seen_in_both_rooms_of_the_battle(ledger: SqlLedger, scoring: SqlScoring) -> None:
    [outcome] = await ledger.commit([order(room=OTHER_ROOM)])
    assert isinstance(outcome, Posted)
    assert set(outcome.rooms) == {ROOM, OTHER_ROOM}


async def test_a_tally_is_the_sum_of_the_rows_with_the_best_three_a_side(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    start = clock.now_ms()
    for user in ("ada", "ben", "cyd", "dan"):
        await ledger.grant_starter(user, 1000)
    for user, coins in (("ada", 10), ("ben", 50), ("cyd", 10), ("dan", 10), ("ada", 30), ("cyd", 30)):
        await commit(ledger, order(user, coins=coins))
        clock.advance(1000)
    await commit(ledger, order("dan", coins=7, recipient="bo"))
    async with either.write() as transaction:
        tally = await scoring.tally(transaction, "battle")
    assert tally.scores == {"red": 140, "blue": 7}
    assert tally.gifts == 7
    assert tally.contributors == (
        Contributor("dan", "Dan", "blue", 7, start + 6000),
        Contributor("ben", "Ben", "red", 50, start + 1000),
        Contributor("ada", "Ada", "red", 40, start),
        Contributor("cyd", "Cyd", "red", 40, start + 2000),
    )


async def test_a_side_without_gifts_has_nothing(scoring: SqlScoring, either: FrailDatabase) -> None:
    async with either.write() as transaction:
        tally = await scoring.tally(transaction, "battle")
    assert (tally.scores, tally.contributors, tally.gifts) == ({"red": 0, "blue": 0}, (), 0)


async def test_after_the_tally_no_gift_scores_even_before_the_deadline(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase
) -> None:
    async with either.write() as transaction:
        await scoring.tally(transaction, "battle")
    [sent] = await commit(ledger, order(coins=30))
    assert (await score(either, sent.id))[0] is None


async def test_a_tally_that_is_rolled_back_leaves_the_windows_open(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase
) -> None:
    either.fail_before = 1
    with pytest.raises(ConnectionResetError):
        async with either.write() as transaction:
            await scoring.tally(transaction, "battle")
    [sent] = await commit(ledger, order(coins=30))
    assert (await score(either, sent.id))[0] == "battle"


async def test_a_gift_waits_for_a_tally_that_is_going_on_and_then_does_not_score(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase
) -> None:
    async with either.write() as transaction:
        tally = await scoring.tally(transaction, "battle")
        sending = asyncio.create_task(ledger.commit([order(coins=30)]))
        done, _ = await asyncio.wait([sending], timeout=0.2)
        assert not done, "the tally holds the windows"
    [outcome] = await sending
    assert isinstance(outcome, Posted) and outcome.gift.battle is None
    assert tally.scores["red"] == 0


async def test_windows_that_are_closed_early_end_there(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    [before] = await commit(ledger, order(coins=30))
    async with either.write() as transaction:
        await scoring.close_windows(transaction, "battle", clock.advance(1000))
        await scoring.close_windows(transaction, "battle", clock.now_ms() + 60_000)  # the first word stands
    [after] = await commit(ledger, order(coins=30))
    assert (await score(either, before.id))[0] == "battle"
    assert (await score(either, after.id))[0] is None
    assert (await ledger_verify(either)).holds


async def test_a_gift_that_came_before_the_closing_was_written_keeps_its_score(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    """The fight was decided at one moment, and written some moments later."""
    decided_ms = clock.now_ms()
    clock.advance(40)
    [between] = await commit(ledger, order(coins=30))
    async with either.write() as transaction:
        await scoring.close_windows(transaction, "battle", decided_ms)
    clock.advance(1)
    [after] = await commit(ledger, order(coins=30))
    assert (await score(either, between.id))[0] == "battle"
    assert (await score(either, after.id))[0] is None
    report = await ledger_verify(either)
    assert report.holds, report.text()


async def test_a_person_has_one_window_a_battle(scoring: SqlScoring, either: FrailDatabase) -> None:
    with pytest.raises(DBAPIError):
        async with either.write() as transaction:
            await scoring.open_windows(transaction, [window()])


async def test_a_rematch_scores_in_its_own_window(
    ledger: SqlLedger, scoring: SqlScoring, either: FrailDatabase, clock: ToldClock
) -> None:
    await commit(ledger, order(coins=30))
    async with either.write() as transaction:
        await scoring.tally(transaction, "battle")
        await scoring.open_windows(
            transaction, [window(battle_id="rematch"), window("bo", "blue", battle_id="rematch")]
        )
    await commit(ledger, order(coins=5))
    assert await scoring.live_scores("battle") == {"red": 30, "blue": 0}
    assert await scoring.live_scores("rematch") == {"red": 5, "blue": 0}
