"""Group commit: who waits, who is answered, and when."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from foundation.ids import new_id
from foundation.sql import Database
from gifts.committer import Committer
from gifts.errors import InsufficientCoins, LedgerAway
from gifts.ledger import Books, GiftOrder, Outcome, decide
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.world import order


class GatedLedger:
    """Keeps books in memory and commits when the test opens the gate."""

    def __init__(self) -> None:
        self.books = Books(coins={"vera": 1000})
        self.batches: list[int] = []
        self.gate = asyncio.Event()
        self.entered = asyncio.Event()
        self.broken = False

    async def commit(self, orders: Sequence[GiftOrder], wanted: Callable[[], bool]) -> list[Outcome]:
        self.batches.append(len(orders))
        self.entered.set()
        await self.gate.wait()
        if self.broken:
            raise ZeroDivisionError
        if not wanted():
            return [LedgerAway(retry_after_s=1) for _ in orders]
        return decide(orders, self.books, 0, new_id)


@asynccontextmanager
async def running(
    ledger: GatedLedger | SqlLedger, settings: GiftSettings, rung: Callable[[], None] = lambda: None
) -> AsyncIterator[Committer]:
    committer = Committer(ledger, settings, rung)
    committer.start()
    try:
        yield committer
    finally:
        await committer.close()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to pass")


async def test_gifts_that_arrive_while_a_batch_is_written_are_the_next_batch(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    async with running(ledger, settings) as committer:
        first = asyncio.create_task(committer.submit(order()))
        await ledger.entered.wait()
        others = [asyncio.create_task(committer.submit(order())) for _ in range(9)]
        await until(lambda: committer._waiting.qsize() == 9)
        ledger.gate.set()
        await asyncio.gather(first, *others)
    assert ledger.batches == [1, 9]


async def test_a_lone_gift_waits_a_little_for_company(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    ledger.gate.set()
    async with running(ledger, replace(settings, linger_ms=5)) as committer:
        first = asyncio.create_task(committer.submit(order()))
        await until(lambda: committer._waiting.empty() and first.get_coro() is not None)
        await asyncio.gather(first, committer.submit(order()), committer.submit(order()))
    assert ledger.batches == [3]


async def test_gifts_that_have_company_wait_for_no_more(settings: GiftSettings) -> None:
    """In a storm the next batch has gathered while the one before it was written: it is there without a pause."""
    committer = Committer(GatedLedger(), replace(settings, linger_ms=5), lambda: None)
    for _ in range(3):
        committer._waiting.put_nowait((order(), asyncio.get_running_loop().create_future()))
    with pytest.raises(StopIteration) as gathered:
        committer._gather().send(None)
    assert len(gathered.value.value) == 3


async def test_a_batch_is_bounded(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    ledger.gate.set()
    async with running(ledger, replace(settings, batch_gifts=4)) as committer:
        await asyncio.gather(*(committer.submit(order()) for _ in range(10)))
    assert max(ledger.batches) == 4 and sum(ledger.batches) == 10


async def test_nobody_is_answered_before_the_commit(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    async with running(ledger, settings) as committer:
        sending = asyncio.create_task(committer.submit(order()))
        await ledger.entered.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not sending.done()
        ledger.gate.set()
        assert (await sending).gift.coins == 10


async def test_each_gift_of_a_batch_has_its_own_outcome(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    ledger.gate.set()
    async with running(ledger, settings) as committer:
        outcomes = await asyncio.gather(
            *(committer.submit(order(who)) for who in ("vera", "poor", "vera")), return_exceptions=True
        )
    assert [isinstance(each, InsufficientCoins) for each in outcomes] == [False, True, False]


async def test_more_gifts_than_may_wait_are_refused_at_once(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    async with running(ledger, replace(settings, waiting_gifts=2)) as committer:
        served = [asyncio.create_task(committer.submit(order()))]
        await ledger.entered.wait()
        served += [asyncio.create_task(committer.submit(order())) for _ in range(2)]
        await until(lambda: committer._waiting.full())
        with pytest.raises(LedgerAway):
            await committer.submit(order())
        ledger.gate.set()
        await asyncio.gather(*served)


async def test_who_stops_waiting_before_his_gift_is_handed_over_has_not_given(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    async with running(ledger, settings) as committer:
        first = asyncio.create_task(committer.submit(order()))
        await ledger.entered.wait()
        gone, stays = (asyncio.create_task(committer.submit(order())) for _ in range(2))
        await until(lambda: committer._waiting.qsize() == 2)
        gone.cancel()
        await asyncio.wait((gone,))
        ledger.gate.set()
        await asyncio.gather(first, stays)
    assert ledger.batches == [1, 1] and ledger.books.coins == {"vera": 980}


@pytest.mark.parametrize("stay", [0, 1])
async def test_a_batch_is_given_up_when_the_last_of_it_has_stopped_waiting(settings: GiftSettings, stay: int) -> None:
    ledger = GatedLedger()
    async with running(ledger, replace(settings, linger_ms=5)) as committer:
        waiting = [asyncio.create_task(committer.submit(order())) for _ in range(2)]
        await ledger.entered.wait()
        for gone in waiting[stay:]:
            gone.cancel()
        await asyncio.wait(waiting[stay:])
        ledger.gate.set()
        await asyncio.wait(waiting)
    assert ledger.batches == [2] and ledger.books.coins == {"vera": 1000 - 20 * stay}


async def test_a_fault_of_ours_ends_one_batch_and_not_the_committer(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    ledger.gate.set()
    async with running(ledger, settings) as committer:
        ledger.broken = True
        with pytest.raises(LedgerAway):
            await committer.submit(order())
        ledger.broken = False
        assert (await committer.submit(order())).gift.coins == 10


async def test_closing_serves_who_waits_and_refuses_who_comes(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    committer = Committer(ledger, settings, lambda: None)
    committer.start()
    sending = asyncio.create_task(committer.submit(order()))
    await ledger.entered.wait()
    closing = asyncio.create_task(committer.close())
    await asyncio.sleep(0)
    with pytest.raises(LedgerAway):
        await committer.submit(order())
    ledger.gate.set()
    await closing
    assert (await sending).gift.coins == 10
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_the_doorbell_is_rung_when_something_was_written(settings: GiftSettings) -> None:
    ledger = GatedLedger()
    ledger.gate.set()
    rings: list[None] = []
    async with running(ledger, settings, lambda: rings.append(None)) as committer:
        with pytest.raises(InsufficientCoins):
            await committer.submit(order("poor"))
        assert not rings
        await committer.submit(order())
        assert len(rings) == 1


async def test_the_same_request_twenty_times_at_once_debits_once(
    database: Database, clock: ToldClock, settings: GiftSettings
) -> None:
    ledger = SqlLedger(database, clock)
    await ledger.grant_starter("vera", 1000)
    async with running(ledger, replace(settings, batch_gifts=7)) as committer:
        answers = await asyncio.gather(*(committer.submit(order(key="k", coins=100)) for _ in range(20)))
    await ledger.close()
    assert len({each.gift for each in answers}) == 1
    assert answers[0].gift.balance == 900
    report = await ledger_verify(database)
    assert report.holds and ("coins_given", 100) in [figure for check in report.checks for figure in check.figures]


async def test_spending_at_once_never_goes_below_zero(
    database: Database, clock: ToldClock, settings: GiftSettings
) -> None:
    ledger = SqlLedger(database, clock)
    await ledger.grant_starter("vera", 100)
    async with running(ledger, replace(settings, batch_gifts=16)) as committer:
        outcomes = await asyncio.gather(
            *(committer.submit(order(coins=10)) for _ in range(200)), return_exceptions=True
        )
    await ledger.close()
    refused = [each for each in outcomes if isinstance(each, InsufficientCoins)]
    assert len(refused) == 190
    left = sorted(each.gift.balance for each in outcomes if not isinstance(each, BaseException))
    assert left == list(range(0, 100, 10))
