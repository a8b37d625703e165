"""What a provider's word does to a purchase, and what ops do to one that is held, cell by cell."""

from dataclasses import replace
from typing import Any

import pytest

from foundation.errors import Refusal
from gifts.money.purchase import PaymentEvent, PaymentKind, Purchase, PurchaseState, Ruling, Step, ruled, step

PURCHASE = Purchase("p", "vera", "small", 500, 499, "EUR", "test", PurchaseState.PENDING, None, 0)
PAID = PaymentEvent("e", PaymentKind.PAID, "p", 499, "EUR")


@pytest.mark.parametrize(
    ("state", "kind", "done", "after"),
    [
        ("pending", "paid", "credited", "paid"),
        ("pending", "refunded", "taken-back", "taken-back"),
        ("pending", "charged-back", "taken-back", "taken-back"),
        ("paid", "paid", "repeated", "paid"),
        ("paid", "refunded", "taken-back", "taken-back"),
        ("paid", "charged-back", "taken-back", "taken-back"),
        ("taken-back", "paid", "repeated", "taken-back"),
        ("taken-back", "refunded", "repeated", "taken-back"),
        ("taken-back", "charged-back", "repeated", "taken-back"),
        ("held", "paid", "held", "held"),
        ("held", "refunded", "held", "held"),
        ("closed", "paid", "held", "held"),
        ("closed", "refunded", "repeated", "closed"),
        ("closed", "charged-back", "repeated", "closed"),
    ],
)
def test_each_word_in_each_state(state: str, kind: str, done: str, after: str) -> None:
    purchase = replace(PURCHASE, state=PurchaseState(state))
    assert step(purchase, replace(PAID, kind=PaymentKind(kind))) == (Step(done), PurchaseState(after))


@pytest.mark.parametrize("wrong", [{"amount": 498}, {"amount": 500}, {"currency": "USD"}])
@pytest.mark.parametrize(
    ("state", "after"), [("pending", "held"), ("paid", "paid"), ("held", "held"), ("closed", "held")]
)
def test_another_amount_or_currency_is_held(state: str, after: str, wrong: dict[str, Any]) -> None:
    purchase = replace(PURCHASE, state=PurchaseState(state))
    assert step(purchase, replace(PAID, **wrong)) == (Step.HELD, PurchaseState(after))


def test_a_partial_refund_is_held_and_takes_nothing() -> None:
    purchase = replace(PURCHASE, state=PurchaseState.PAID)
    said = replace(PAID, kind=PaymentKind.REFUNDED, amount=100)
    assert step(purchase, said) == (Step.HELD, PurchaseState.PAID)


RULED = {
    ("held", None, "credit"): "held",
    ("held", "root", "approve"): "paid",
    ("held", None, "close"): "closed",
    ("held", "root", "close"): "closed",
}


@pytest.mark.parametrize("ruling", Ruling)
@pytest.mark.parametrize("asked_by", [None, "root"])
@pytest.mark.parametrize("state", PurchaseState)
def test_each_ruling_in_each_state(state: PurchaseState, asked_by: str | None, ruling: Ruling) -> None:
    purchase = replace(PURCHASE, state=state, asked_by=asked_by)
    after = RULED.get((state, asked_by, ruling))
    if after is not None:
        assert ruled(purchase, ruling, "other") == after
        return
    with pytest.raises(Refusal) as refused:
        ruled(purchase, ruling, "other")
    assert (refused.value.code, refused.value.extra) == ("decided-already", {"state": state})
