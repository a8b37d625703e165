"""PURE: a purchase of coins, and what a payment provider's word does to it.

    pending --paid--> paid --refunded | charged-back--> taken-back
       |  `-- refunded | charged-back --> taken-back   (nothing was credited, nothing ever will be)
       `--paid, but another amount or currency--> held   (ops look at it)

What the table does not have changes nothing, but is noted: a payment that is told twice is one transfer.
"""

from dataclasses import dataclass
from enum import StrEnum


class PurchaseState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    HELD = "held"
    TAKEN_BACK = "taken-back"


class PaymentKind(StrEnum):
    PAID = "paid"
    REFUNDED = "refunded"  # the provider gave the money back because we or the payer asked for it
    CHARGED_BACK = "charged-back"  # the payer's bank took it back


class Step(StrEnum):
    """What is done with a provider's word."""

    CREDITED = "credited"
    TAKEN_BACK = "taken-back"
    HELD = "held"
    REPEATED = "repeated"  # nothing to do: it was said before, or comes too late


@dataclass(frozen=True)
class Purchase:
    """``price`` is in minor units of ``currency``. ``pay_at`` is where the payer goes; None until the provider said."""

    id: str
    buyer: str
    package: str
    coins: int
    price: int
    currency: str
    provider: str
    state: PurchaseState
    pay_at: str | None
    made_at_ms: int
    settled_at_ms: int | None = None
    transfer: str | None = None


@dataclass(frozen=True)
class PaymentEvent:
    """What a provider says of a purchase, with its own unique ``id``; ``amount`` in minor units."""

    id: str
    kind: PaymentKind
    purchase: str
    amount: int
    currency: str


_BACK = frozenset((PaymentKind.REFUNDED, PaymentKind.CHARGED_BACK))


def step(purchase: Purchase, event: PaymentEvent) -> tuple[Step, PurchaseState]:
    """What is to be done, and the state of the purchase afterwards."""
    fits = (event.amount, event.currency) == (purchase.price, purchase.currency)
    match purchase.state:
        case PurchaseState.PENDING if event.kind is PaymentKind.PAID:
            return (Step.CREDITED, PurchaseState.PAID) if fits else (Step.HELD, PurchaseState.HELD)
        case PurchaseState.PENDING | PurchaseState.PAID if event.kind in _BACK:
            return (Step.TAKEN_BACK, PurchaseState.TAKEN_BACK) if fits else (Step.HELD, purchase.state)
        case PurchaseState.HELD:
            return Step.HELD, PurchaseState.HELD
        case PurchaseState.PAID if not fits:
            return Step.HELD, PurchaseState.PAID
    return Step.REPEATED, purchase.state
