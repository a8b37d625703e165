"""A payment that did not fit: two of ops give its coins, or one closes it; the buyer has no say in it."""

import asyncio
from typing import Any

import pytest

from foundation.errors import Refusal
from gifts.money.purchase import PaymentKind, Purchase, PurchaseState, Ruling, Step
from gifts.money.statements import Span
from gifts.verify import ledger_verify
from tests.gifts.money.world import House


async def held(house: House) -> Purchase:
    purchase = await house.topups.begin("vera", "small", "held")
    assert await house.said(purchase, amount=498) is Step.HELD
    return purchase


async def ruling(house: House, purchase: Purchase, ruling: Ruling, operator: str = "root") -> str:
    """The state after it, or the code of the refusal."""
    house.clock.advance(1)
    try:
        return (await house.held.rule(operator, purchase.id, ruling, "the bank took a fee")).state
    except Refusal as refused:
        return refused.code


async def test_two_operators_give_the_coins_of_a_payment_that_did_not_fit(house: House) -> None:
    purchase = await held(house)
    assert await ruling(house, purchase, Ruling.APPROVE, "other") == "decided-already"
    assert await ruling(house, purchase, Ruling.CREDIT) == "held"
    assert await ruling(house, purchase, Ruling.CREDIT, "other") == "decided-already"
    assert await ruling(house, purchase, Ruling.APPROVE) == "own-purchase"
    assert await house.coins() == 1000
    assert await ruling(house, purchase, Ruling.APPROVE, "other") == "paid"
    for late in Ruling:
        assert await ruling(house, purchase, late, "third") == "decided-already"
    assert await house.coins() == 1500
    (line, _) = (await house.statements.page("vera", Span("coin"), most=9)).lines
    assert (line.kind, line.amount, line.reason) == ("top-up", 500, "the bank took a fee")
    (paid,) = await house.topups.page(state=PurchaseState.PAID, before=None, most=9)
    assert (paid.asked_by, paid.decided_by, paid.transfer) == ("root", "other", line.id)
    assert paid.settled_at_ms == paid.decided_at_ms == line.at_ms
    about = f"purchase:{purchase.id}"
    assert await house.audited() == [
        ("payments:test", "purchase.hold", about),
        ("root", "purchase.credit", about),
        ("other", "purchase.approve", about),
    ]
    assert (await ledger_verify(house.database)).holds


async def test_many_approvals_at_once_credit_once(house: House) -> None:
    purchase = await held(house)
    await ruling(house, purchase, Ruling.CREDIT)
    told = await asyncio.gather(*(ruling(house, purchase, Ruling.APPROVE, f"other{n}") for n in range(4)))
    assert sorted(told) == ["decided-already"] * 3 + ["paid"]
    assert await house.coins() == 1500


@pytest.mark.parametrize("asked", [False, True])
async def test_a_payment_that_is_closed_gives_nothing(house: House, asked: bool) -> None:
    purchase = await held(house)
    if asked:
        await ruling(house, purchase, Ruling.CREDIT)
    assert await ruling(house, purchase, Ruling.CLOSE) == "closed"
    for late in Ruling:
        assert await ruling(house, purchase, late, "other") == "decided-already"
    assert await house.said(purchase, PaymentKind.REFUNDED) is Step.REPEATED
    (closed,) = await house.topups.page(buyer="vera", before=None, most=9)
    assert (closed.state, closed.decided_by, closed.reason) == (PurchaseState.CLOSED, "root", "the bank took a fee")
    assert (await house.audited())[-1] == ("root", "purchase.close", f"purchase:{purchase.id}")
    assert await house.coins() == 1000
    assert (await ledger_verify(house.database)).holds


async def test_the_buyer_decides_nothing_about_his_own_payment(home: House) -> None:
    purchase = await held(home)
    for each in (Ruling.CREDIT, Ruling.CLOSE):
        assert await ruling(home, purchase, each, "vera") == "own-purchase"
    await ruling(home, purchase, Ruling.CREDIT)
    assert await ruling(home, purchase, Ruling.APPROVE, "vera") == "own-purchase"
    assert await home.coins() == 1000


@pytest.mark.parametrize(
    "said", [{}, {"kind": PaymentKind.CHARGED_BACK}, {"amount": 498, "kind": PaymentKind.REFUNDED}]
)
async def test_what_the_provider_says_meanwhile_voids_what_was_asked_for(home: House, said: dict[str, Any]) -> None:
    purchase = await held(home)
    await ruling(home, purchase, Ruling.CREDIT)
    assert await home.said(purchase, **said) is Step.HELD
    assert await ruling(home, purchase, Ruling.APPROVE, "other") == "decided-already"
    assert await ruling(home, purchase, Ruling.CREDIT, "other") == "held"
    assert await ruling(home, purchase, Ruling.APPROVE) == "paid"


async def test_a_payment_that_comes_after_closing_is_held_again(home: House) -> None:
    purchase = await held(home)
    await ruling(home, purchase, Ruling.CLOSE)
    assert await home.said(purchase) is Step.HELD
    assert await ruling(home, purchase, Ruling.CREDIT, "other") == "held"
    assert await ruling(home, purchase, Ruling.APPROVE) == "paid"
    assert (await ledger_verify(home.database)).holds


async def test_what_ops_have_credited_is_taken_back_as_any_top_up(home: House) -> None:
    purchase = await held(home)
    await ruling(home, purchase, Ruling.CREDIT)
    await ruling(home, purchase, Ruling.APPROVE, "other")
    assert await home.said(purchase, amount=1) is Step.HELD  # a line in the audit log; what is credited stays
    assert await home.said(purchase) is Step.REPEATED
    assert await home.coins() == 1500
    assert await home.said(purchase, PaymentKind.CHARGED_BACK) is Step.TAKEN_BACK
    assert await home.coins() == 1000
    assert (await ledger_verify(home.database)).holds


async def test_only_what_is_held_can_be_decided(home: House) -> None:
    pending = await home.topups.begin("vera", "small", "k")
    for purchase in (pending, await home.bought()):
        for each in Ruling:
            assert await ruling(home, purchase, each) == "decided-already"
    with pytest.raises(Refusal, match="no such purchase"):
        await home.held.rule("root", "no-such", Ruling.CREDIT, "why")
