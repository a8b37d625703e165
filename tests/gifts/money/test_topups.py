"""Buying coins: one purchase for a key, one transfer for a payment, whatever the provider says how often."""

import asyncio
from typing import Any

import pytest

from foundation.errors import Refusal
from gifts.ledger import KEY_KEPT_MS
from gifts.money.purchase import PaymentKind, Purchase, PurchaseState, Step
from gifts.money.settings import MoneySettings
from gifts.money.topups import TopUps
from gifts.verify import ledger_verify
from tests.gifts.money.world import SETTINGS, House


async def refusal(house: House, package: str, key: str, buyer: str = "vera") -> str:
    with pytest.raises(Refusal) as refused:
        await house.topups.begin(buyer, package, key)
    return refused.value.code


async def test_a_purchase_waits_until_it_is_paid(house: House) -> None:
    purchase = await house.topups.begin("vera", "small", "k")
    assert (purchase.coins, purchase.price, purchase.currency, purchase.state) == (500, 499, "EUR", "pending")
    assert purchase.pay_at == f"/wallet?pay={purchase.id}"
    assert await house.coins() == 1000
    assert await house.said(purchase) is Step.CREDITED
    paid = await house.topups.one("vera", purchase.id)
    assert (paid.state, paid.settled_at_ms) == (PurchaseState.PAID, house.clock.now_ms())
    assert await house.coins() == 1500
    assert (await ledger_verify(house.database)).holds


async def test_the_same_key_is_the_same_purchase_and_another_wish_a_conflict(house: House) -> None:
    first = await house.topups.begin("vera", "small", "k")
    assert await house.topups.begin("vera", "small", "k") == first
    assert await refusal(house, "large", "k") == "idempotency-conflict"
    assert (await house.topups.begin("wang", "small", "k")).id != first.id
    house.clock.advance(KEY_KEPT_MS)
    assert await house.topups.begin("vera", "small", "k") == first
    house.clock.advance(1)
    assert await refusal(house, "small", "k") == "key-expired"


async def test_the_same_key_at_once_is_one_purchase(house: House) -> None:
    made = await asyncio.gather(*(house.topups.begin("vera", "small", "k") for _ in range(5)))
    assert len({each.id for each in made}) == 1


async def test_bad_wishes_have_their_codes_and_leave_nothing(home: House) -> None:
    assert await refusal(home, "enormous", "k") == "package-unknown"
    assert await refusal(home, "small", "") == "idempotency-key-invalid"
    assert await home.topups.page(state=None, before=None, most=9) == []
    home.topups = TopUps(home.database, home.clock, SETTINGS, {})
    assert await refusal(home, "small", "k") == "payment-provider-away"


async def test_a_provider_that_does_not_answer_is_away_and_the_same_key_asks_it_again(home: House) -> None:
    class Slow:
        name = "slow"
        answers = asyncio.Event()

        async def start(self, purchase: Purchase) -> str:
            await self.answers.wait()
            return "https://pay.example/1"

        verify = home.provider.verify

    slow = Slow()
    impatient = MoneySettings(packages=SETTINGS.packages, provider_s=0.01)
    home.topups = TopUps(home.database, home.clock, impatient, {"slow": slow})
    assert await refusal(home, "small", "k") == "payment-provider-away"
    home.topups = TopUps(home.database, home.clock, impatient, {"test": home.provider})
    assert await refusal(home, "small", "k") == "payment-provider-away"  # another one would not know of it
    slow.answers.set()
    home.topups = TopUps(home.database, home.clock, impatient, {"test": home.provider, "slow": slow})
    assert (await home.topups.begin("vera", "small", "k")).pay_at == "https://pay.example/1"
    assert len(await home.topups.page(state=None, before=None, most=9)) == 1


async def test_a_payment_that_is_told_again_is_one_transfer(house: House) -> None:
    purchase = await house.topups.begin("vera", "small", "k")
    told = [await house.said(purchase, id="e") for _ in range(2)]
    assert [*told, await house.said(purchase)] == [Step.CREDITED, Step.REPEATED, Step.REPEATED]
    assert await house.coins() == 1500


async def test_a_payment_that_is_told_five_times_at_once_is_one_transfer(house: House) -> None:
    purchase = await house.topups.begin("vera", "small", "k")
    told = await asyncio.gather(*(house.said(purchase, id=f"e{number % 2}") for number in range(5)))
    assert sorted(told) == [Step.CREDITED] + [Step.REPEATED] * 4
    assert await house.coins() == 1500


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"currency": "USD"}])
async def test_a_payment_that_does_not_fit_is_held_and_audited(home: House, wrong: dict[str, Any]) -> None:
    purchase = await home.topups.begin("vera", "small", "k")
    assert await home.said(purchase, **wrong) is Step.HELD
    assert await home.said(purchase) is Step.HELD
    assert await home.coins() == 1000
    held = await home.topups.page(state=PurchaseState.HELD, before=None, most=9)
    assert [each.id for each in held] == [purchase.id]
    assert await home.audited() == [("payments:test", "purchase.hold", f"purchase:{purchase.id}")] * 2


async def test_money_that_is_taken_back_takes_its_coins_back(house: House) -> None:
    purchase = await house.bought()
    assert await house.said(purchase, PaymentKind.CHARGED_BACK) is Step.TAKEN_BACK
    assert await house.said(purchase, PaymentKind.REFUNDED) is Step.REPEATED
    assert await house.said(purchase) is Step.REPEATED
    assert await house.coins() == 1000
    assert await house.debts.page(owner=None, before=None, most=9) == []
    assert await house.audited() == [("payments:test", "purchase.take_back", f"purchase:{purchase.id}")]
    assert (await ledger_verify(house.database)).holds


async def test_coins_that_are_spent_already_are_a_debt_and_no_balance_is_negative(house: House) -> None:
    purchase = await house.bought()
    await house.gift(1400)
    assert await house.said(purchase, PaymentKind.CHARGED_BACK) is Step.TAKEN_BACK
    assert await house.coins() == 0
    (debt,) = await house.debts.page(owner="vera", before=None, most=9)
    assert (debt.amount, debt.currency, debt.transfer) == (400, "coin", purchase.transfer)
    assert (await ledger_verify(house.database)).holds


async def test_what_was_given_back_before_it_was_credited_never_is(house: House) -> None:
    purchase = await house.topups.begin("vera", "small", "k")
    assert await house.said(purchase, PaymentKind.REFUNDED) is Step.TAKEN_BACK
    assert await house.said(purchase) is Step.REPEATED
    assert await house.coins() == 1000


async def test_what_ops_have_taken_back_is_not_taken_twice(house: House) -> None:
    purchase = await house.bought()
    await house.corrections.correct("root", str(purchase.transfer), "bought by a child", "k")
    assert await house.said(purchase, PaymentKind.REFUNDED) is Step.TAKEN_BACK
    assert await house.coins() == 1000


async def test_a_purchase_is_the_buyers_own_and_the_till_is_only_his(home: House) -> None:
    purchase = await home.topups.begin("vera", "small", "k")
    with pytest.raises(Refusal, match="no such purchase"):
        await home.topups.one("wang", purchase.id)
    with pytest.raises(Refusal, match="no such purchase"):
        await home.till.pay("wang", purchase.id)
    for _ in range(2):
        assert (await home.till.pay("vera", purchase.id)).state is PurchaseState.PAID
    assert await home.coins() == 1500
