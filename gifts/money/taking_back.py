"""PURE: how transfers are taken back. Each by a new one that names it, the other way round, as far as the balance
carries; what it does not carry is a debt. The platform's accounts carry everything.

Who is given something back gets it before something is taken from him, so that the sender of a gift that has won
returns the win out of the coins that he gets back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gifts.ledger import SYSTEM_OWNERS, Transfer, account_of
from gifts.money.kinds import CORRECTION


@dataclass(frozen=True)
class Cause:
    """Who takes back, why and when."""

    operator: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class Debt:
    """What ``owner`` should have given back of ``transfer`` and did not have."""

    owner: str
    currency: str
    amount: int
    transfer: str


@dataclass(frozen=True)
class TakenBack:
    transfers: tuple[Transfer, ...]
    debts: tuple[Debt, ...]


def take_back(
    old: Sequence[Transfer], amounts: Mapping[str, int], cause: Cause, make_id: Callable[[], str]
) -> TakenBack:
    """``amounts`` are the balances of the users concerned, by account."""
    left = dict(amounts)
    made: list[Transfer] = []
    debts: list[Debt] = []
    for each in sorted(old, key=lambda transfer: transfer.payee not in SYSTEM_OWNERS):
        carried = each.amount
        if each.payee not in SYSTEM_OWNERS:
            account = account_of(each.payee, each.currency)
            carried = min(each.amount, left.get(account, 0))
            left[account] = left.get(account, 0) - carried
        if each.payer not in SYSTEM_OWNERS:
            account = account_of(each.payer, each.currency)
            left[account] = left.get(account, 0) + carried
        if carried:
            made.append(_correction(each, carried, cause, make_id()))
        if carried < each.amount:
            debts.append(Debt(each.payee, each.currency, each.amount - carried, each.id))
    return TakenBack(tuple(made), tuple(debts))


def _correction(old: Transfer, amount: int, cause: Cause, transfer_id: str) -> Transfer:
    return Transfer(
        id=transfer_id,
        kind=CORRECTION,
        currency=old.currency,
        amount=amount,
        payer=old.payee,
        payee=old.payer,
        at_ms=cause.at_ms,
        corrects=old.id,
        operator=cause.operator,
        reason=cause.reason,
    )
