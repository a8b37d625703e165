"""PURE: a purchase of coins, what a payment provider's word does to it, and what ops do when the word did not fit.

    pending --paid--> paid --refunded | charged-back--> taken-back
       |  `-- refunded | charged-back --> taken-back   (nothing was credited, nothing ever will be)
       `--paid, but another amount or currency--> held --credit, approve--> paid   (by two of ops)
                                                   |  `--close--> closed
                                                   `-- a word: the credit that waits is void
                                                closed --paid--> held

What the tables do not have changes nothing, but is noted: a payment that is told twice is one transfer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gifts.money.errors import DecidedAlready, OwnPurchase


class PurchaseState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    HELD = "held"
    TAKEN_BACK = "taken-back"
    CLOSED = "closed"  # it was held, and nothing is credited


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


class Ruling(StrEnum):
    """What ops do with a payment that is held."""

    CREDIT = "credit"  # one of them asks for it
    APPROVE = "approve"  # another one gives the coins
    CLOSE = "close"


@dataclass(frozen=True)
class Purchase:
    """``price`` is in minor units of ``currency``. ``pay_at`` is where the payer goes; None until the provider said.

    Of ops: who has asked for the coins of a held payment, who has given them or closed it, and why.
    """

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
    asked_by: str | None = None
    asked_at_ms: int | None = None
    decided_by: str | None = None
    decided_at_ms: int | None = None
    reason: str | None = None


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
        case PurchaseState.CLOSED if event.kind is PaymentKind.PAID:
            return Step.HELD, PurchaseState.HELD
        case PurchaseState.PAID if not fits:
            return Step.HELD, PurchaseState.PAID
    return Step.REPEATED, purchase.state


_RULINGS: Mapping[tuple[PurchaseState, bool, Ruling], PurchaseState] = {  # by state, and whether a credit waits
    (PurchaseState.HELD, False, Ruling.CREDIT): PurchaseState.HELD,
    (PurchaseState.HELD, True, Ruling.APPROVE): PurchaseState.PAID,
    (PurchaseState.HELD, False, Ruling.CLOSE): PurchaseState.CLOSED,
    (PurchaseState.HELD, True, Ruling.CLOSE): PurchaseState.CLOSED,
}


def ruled(purchase: Purchase, ruling: Ruling, operator: str) -> PurchaseState:
    """The state of the purchase afterwards; ``DecidedAlready`` when that is not to be done now.

    ``OwnPurchase`` for the buyer, and for who would approve what he has asked for himself.
    """
    if operator == purchase.buyer or (ruling is Ruling.APPROVE and operator == purchase.asked_by):
        raise OwnPurchase
    after = _RULINGS.get((purchase.state, purchase.asked_by is not None, ruling))
    if after is None:
        raise DecidedAlready(f"it is {purchase.state}", state=purchase.state)
    return after
