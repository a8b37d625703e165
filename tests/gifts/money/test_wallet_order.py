"""A wallet is moved by one at a time on PostgreSQL: whoever waits for it is stamped after whom he has waited for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import text

from foundation import scripts
from foundation.sql import Database
from gifts.errors import LedgerAway
from gifts.ledger import COIN, DIAMOND
from gifts.money.decisions import Verb
from gifts.money.grants import GrantWish
from gifts.money.purchase import PaymentKind, Ruling
from gifts.money.statements import Line, Span
from gifts.posting import balance_of
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.money.world import House
from tests.gifts.world import accepted, order
from tests.waiting import until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
# The first so many transfers of a purse are refused as those are that wait for each other in a circle.
CIRCLES = (
    "CREATE SEQUENCE attempts",
    "CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF nextval('attempts') <= {circles} THEN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END IF;"
    " RETURN NEW; END $$",
    "CREATE TRIGGER meets BEFORE INSERT ON ledger_transfers FOR EACH STATEMENT EXECUTE FUNCTION meet()",
)

Act = Callable[[], Coroutine[Any, Any, Any]]


class TickingClock(ToldClock):
    """No two looks at it show the same."""

    def now_ms(self) -> int:
        return self.advance(1)


@pytest.fixture
async def house(on_postgres: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """Vera has 1000 coins, Anna 50 diamonds of a gift. However slow the machine is, a gift waits for its turn."""
    monkeypatch.setattr(scripts, "ANSWER_S", 30.0)
    made = House(on_postgres, TickingClock())
    await made.ledger.grant_starter("vera", 1000)
    await made.gift(100)
    yield made
    await made.close()


async def grant_is_given(house: House) -> Act:
    grant = await house.grants.ask("root", GrantWish("vera", 500, "lost a gift", "k"))
    return lambda: house.grants.decide("other", grant.id, Verb.APPROVE)


async def payment_is_told(house: House) -> Act:
    purchase = await house.topups.begin("vera", "small", "k")
    return lambda: house.said(purchase)


async def payment_is_charged_back(house: House) -> Act:
    purchase = await house.bought()
    return lambda: house.said(purchase, PaymentKind.CHARGED_BACK)


async def held_payment_is_credited(house: House) -> Act:
    purchase = await house.topups.begin("vera", "small", "k")
    await house.said(purchase, amount=498)
    await house.held.rule("root", purchase.id, Ruling.CREDIT, "the bank took a fee")
    return lambda: house.held.rule("other", purchase.id, Ruling.APPROVE)


async def gift_is_refunded(house: House) -> Act:
    gift = await house.gift(100)
    return lambda: house.corrections.refund("root", gift.id, "by mistake", "k")


async def diamonds_are_held(house: House) -> Act:
    return lambda: house.asked(20)


async def diamonds_are_given_back(house: House) -> Act:
    asked = await house.asked(20)
    return lambda: house.withdrawals.decide("root", asked.id, Verb.REJECT, "no")


async def debt_is_collected(house: House) -> Act:
    gift = await house.gift(100)
    await house.asked(60)
    await house.corrections.refund("root", gift.id, "by mistake", "k")
    await house.gift(100)
    (debt,) = await house.debts.page(before=None, most=9)
    return lambda: house.debts.collect("root", debt.id, "k")


DOORS = {
    grant_is_given: ("vera", COIN),
    payment_is_told: ("vera", COIN),
    payment_is_charged_back: ("vera", COIN),
    held_payment_is_credited: ("vera", COIN),
    gift_is_refunded: ("vera", COIN),
    diamonds_are_held: ("anna", DIAMOND),
    diamonds_are_given_back: ("anna", DIAMOND),
    debt_is_collected: ("anna", DIAMOND),
}


async def as_many_wait(house: House, number: int) -> bool:
    async with house.database.read() as transaction:
        return bool((await transaction.execute(text(WAITING))).scalar_one() == number)


async def lines(house: House, owner: str, currency: str) -> tuple[Line, ...]:
    return (await house.statements.page(owner, Span(currency), most=99)).lines


@pytest.mark.parametrize("door", DOORS, ids=[door.__name__ for door in DOORS])
async def test_what_waits_for_a_gift_stands_after_it_in_the_statement(house: House, door: Any) -> None:
    act, (owner, currency) = await door(house), DOORS[door]

    async with house.database.write() as holder:
        await balance_of(holder, owner, currency)
        gift = asyncio.create_task(house.ledger.commit([order(coins=40)]))
        await until(lambda: as_many_wait(house, 1), "the gift waits for the wallet")
        moved = asyncio.create_task(act())
        await until(lambda: as_many_wait(house, 2), "the other one waits for the wallet too")
    sent = accepted((await gift)[0])
    await moved
    last, before, *_ = await lines(house, owner, currency)
    assert before.gift is not None and before.gift.id == sent.id
    assert last.at_ms > sent.accepted_at_ms
    if currency == COIN:
        assert before.balance == sent.balance
    assert (await ledger_verify(house.database)).holds


async def test_a_wallet_that_is_not_there_yet_can_be_waited_for(house: House) -> None:
    act = await payment_of_a_newcomer(house)

    async with house.database.write() as holder:
        assert await balance_of(holder, "wang", COIN) == 0
        moved = asyncio.create_task(act())
        await until(lambda: as_many_wait(house, 1), "the payment waits for the wallet")
        seen_at_ms = house.clock.now_ms()
    await moved
    (line,) = await lines(house, "wang", COIN)
    assert (line.amount, line.at_ms > seen_at_ms) == (500, True)


async def payment_of_a_newcomer(house: House) -> Act:
    purchase = await house.topups.begin("wang", "small", "k")
    return lambda: house.said(purchase)


async def circles(house: House, number: int) -> None:
    async with house.database.write() as transaction:
        for statement in CIRCLES:
            await transaction.execute(text(statement.format(circles=number)))


@pytest.mark.parametrize("door", DOORS, ids=[door.__name__ for door in DOORS])
async def test_what_meets_others_in_a_circle_of_locks_is_done_all_the_same(house: House, door: Any) -> None:
    act, (owner, currency) = await door(house), DOORS[door]
    before = await lines(house, owner, currency)
    await circles(house, 2)
    await act()
    assert len(await lines(house, owner, currency)) == len(before) + 1
    assert (await ledger_verify(house.database)).holds


async def test_what_meets_them_each_time_is_refused_and_leaves_nothing(house: House) -> None:
    act = await diamonds_are_held(house)
    await circles(house, 99)
    with pytest.raises(LedgerAway):
        await act()
    assert await house.diamonds() == 50
    assert await house.withdrawals.page(before=None, most=9) == []
