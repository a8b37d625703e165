"""What a provider's word does to a purchase, cell by cell."""

from dataclasses import replace
from typing import Any

import pytest

from gifts.money.purchase import PaymentEvent, PaymentKind, Purchase, PurchaseState, Step, step

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
    ],
)
def test_each_word_in_each_state(state: str, kind: str, done: str, after: str) -> None:
    purchase = replace(PURCHASE, state=PurchaseState(state))
    assert step(purchase, replace(PAID, kind=PaymentKind(kind))) == (Step(done), PurchaseState(after))


@pytest.mark.parametrize("wrong", [{"amount": 498}, {"amount": 500}, {"currency": "USD"}])
@pytest.mark.parametrize(("state", "after"), [("pending", "held"), ("paid", "paid")])
def test_another_amount_or_currency_is_held(state: str, after: str, wrong: dict[str, Any]) -> None:
    purchase = replace(PURCHASE, state=PurchaseState(state))
    assert step(purchase, replace(PAID, **wrong)) == (Step.HELD, PurchaseState(after))


def test_a_partial_refund_is_held_and_takes_nothing() -> None:
    purchase = replace(PURCHASE, state=PurchaseState.PAID)
    said = replace(PAID, kind=PaymentKind.REFUNDED, amount=100)
    assert step(purchase, said) == (Step.HELD, PurchaseState.PAID)
