"""Bodies of requests and answers."""

from collections.abc import Sequence
from typing import Annotated, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from gifts.money.collecting import OpenDebt
from gifts.money.corrections import Correction
from gifts.money.earnings import EarningsDay
from gifts.money.grants import Grant
from gifts.money.purchase import Purchase
from gifts.money.statements import Line, Statement
from gifts.money.withdrawals import Withdrawal

_STRICT = ConfigDict(extra="forbid")
MOST = 10**15  # of anything; far below what a 64-bit column takes
NAME = r"^[0-9A-Za-z_-]+$"  # an id of ours, in an address, a query or a body

# What people write: something to read, and nothing that PostgreSQL has no place for.
Prose = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class Listed(Protocol):
    @property
    def id(self) -> str: ...


def next_before(found: Sequence[Listed], limit: int) -> str | None:
    """Where the next page begins, when one more than ``limit`` was looked for; None: this was the last one."""
    return found[limit - 1].id if len(found) > limit else None


class TopUpBody(BaseModel):
    model_config = _STRICT

    package: str = Field(min_length=1, max_length=32)
    key: str = Field(max_length=1024)  # its form is judged by the service, which has a code for it


class PackageAnswer(BaseModel):
    id: str
    coins: int
    price: int
    currency: str


class PackagesAnswer(BaseModel):
    """``test`` when the provider is the one of development, whose payers pay by ``/payments/test/pay``."""

    packages: list[PackageAnswer]
    open: bool
    test: bool


class PurchaseAnswer(BaseModel):
    id: str
    package: str
    coins: int
    price: int
    currency: str
    state: str
    pay_at: str | None
    made_at_ms: int
    settled_at_ms: int | None
    transfer: str | None

    @classmethod
    def of(cls, purchase: Purchase) -> Self:
        return cls(**{name: getattr(purchase, name) for name in cls.model_fields})


class PurchaseForOps(PurchaseAnswer):
    """Of a payment that was held: who has asked for its coins, who has given them or closed it, and why."""

    buyer: str
    provider: str
    asked_by: str | None
    asked_at_ms: int | None
    decided_by: str | None
    decided_at_ms: int | None
    reason: str | None


class PurchasesPage(BaseModel):
    topups: list[PurchaseForOps]
    next_before: str | None


class OwnPurchasesPage(BaseModel):
    topups: list[PurchaseAnswer]
    next_before: str | None


class TestPayBody(BaseModel):
    __test__ = False  # for pytest, which takes the name for a suite
    model_config = _STRICT

    purchase: str = Field(max_length=26, pattern=NAME)


class HeardAnswer(BaseModel):
    """What was done: credited, taken-back, held or repeated."""

    done: str


class WithdrawalBody(BaseModel):
    model_config = _STRICT

    diamonds: StrictInt = Field(ge=1, le=MOST)
    destination: Prose
    key: str = Field(max_length=1024)


class WithdrawalAnswer(BaseModel):
    id: str
    diamonds: int
    destination: str
    state: str
    transfer: str
    asked_at_ms: int
    decided_at_ms: int | None
    reason: str | None
    paid_at_ms: int | None
    reference: str | None

    @classmethod
    def of(cls, withdrawal: Withdrawal) -> Self:
        return cls(**{name: getattr(withdrawal, name) for name in cls.model_fields})


class WithdrawalsPage(BaseModel):
    least: int
    withdrawals: list[WithdrawalAnswer]
    next_before: str | None


class WithdrawalForOps(WithdrawalAnswer):
    host: str
    host_name: str
    decided_by: str | None
    paid_by: str | None


class WithdrawalsForOps(BaseModel):
    withdrawals: list[WithdrawalForOps]
    next_before: str | None


class ReasonBody(BaseModel):
    model_config = _STRICT

    reason: Prose


class PaidBody(BaseModel):
    """``reference`` names the payment outside."""

    model_config = _STRICT

    reference: Prose


class RefundBody(ReasonBody):
    key: str = Field(max_length=1024)


class CorrectionBody(RefundBody):
    transfer: str = Field(max_length=40, pattern=NAME)


class MovedAnswer(BaseModel):
    id: str
    corrects: str | None
    currency: str
    amount: int
    payer: str
    payee: str


class DebtAnswer(BaseModel):
    owner: str
    currency: str
    amount: int
    transfer: str

    @classmethod
    def of(cls, debt: Any) -> Self:
        return cls(owner=debt.owner, currency=debt.currency, amount=debt.amount, transfer=debt.transfer)


class CorrectionAnswer(BaseModel):
    """``debts`` is what the balances did not carry."""

    id: str
    subject: str
    operator: str
    reason: str
    at_ms: int
    transfers: list[MovedAnswer]
    debts: list[DebtAnswer]

    @classmethod
    def of(cls, made: Correction) -> Self:
        moved = [
            MovedAnswer(**{name: getattr(each, name) for name in MovedAnswer.model_fields}) for each in made.transfers
        ]
        return cls(
            id=made.id,
            subject=made.subject,
            operator=made.operator,
            reason=made.reason,
            at_ms=made.at_ms,
            transfers=moved,
            debts=[DebtAnswer.of(each) for each in made.debts],
        )


class DebtForOps(DebtAnswer):
    """``left`` of it is still owed; ``reason`` is that of the correction."""

    id: str
    left: int
    correction: str
    reason: str
    at_ms: int

    @classmethod
    def of(cls, debt: OpenDebt) -> Self:
        return cls(**vars(debt))


class OwnDebtAnswer(BaseModel):
    """``left`` of ``amount`` is still owed; ``transfer`` was to be taken back."""

    id: str
    currency: str
    amount: int
    left: int
    transfer: str
    reason: str
    at_ms: int

    @classmethod
    def of(cls, debt: OpenDebt) -> Self:
        return cls(**{name: getattr(debt, name) for name in cls.model_fields})


class OwnDebtsPage(BaseModel):
    debts: list[OwnDebtAnswer]
    next_before: str | None


class CollectBody(BaseModel):
    model_config = _STRICT

    key: str = Field(max_length=1024)


class DebtsPage(BaseModel):
    debts: list[DebtForOps]
    next_before: str | None


class GrantBody(BaseModel):
    """``coins`` is judged by the service, which has a code for it."""

    model_config = _STRICT

    user: str = Field(max_length=32, pattern=NAME)
    coins: StrictInt
    reason: Prose
    key: str = Field(max_length=1024)


class GrantAnswer(BaseModel):
    id: str
    user: str
    coins: int
    reason: str
    state: str
    asked_by: str
    asked_at_ms: int
    decided_by: str | None
    decided_at_ms: int | None
    refusal: str | None
    transfer: str | None

    @classmethod
    def of(cls, grant: Grant) -> Self:
        members = vars(grant) | {"user": grant.recipient}
        return cls(**{name: members[name] for name in cls.model_fields})


class GrantsPage(BaseModel):
    grants: list[GrantAnswer]
    next_before: str | None


class GiftLineAnswer(BaseModel):
    id: str
    item: str
    name: str
    count: int
    room: str
    room_title: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    guest_name: str | None


class LineAnswer(BaseModel):
    """``balance`` is the wallet's right after this entry; ``amount`` is negative when it left the wallet."""

    id: str
    at_ms: int
    kind: str
    amount: int
    balance: int
    gift: GiftLineAnswer | None
    corrects: str | None
    corrects_kind: str | None
    corrected_by: str | None
    reason: str | None

    @classmethod
    def of(cls, line: Line) -> Self:
        gift = None if line.gift is None else GiftLineAnswer(**vars(line.gift))
        return cls(**(vars(line) | {"gift": gift}))


class StatementAnswer(BaseModel):
    currency: str
    balance: int
    entries: list[LineAnswer]
    next_before: str | None

    @classmethod
    def of(cls, statement: Statement) -> Self:
        return cls(
            currency=statement.currency,
            balance=statement.balance,
            entries=[LineAnswer.of(line) for line in statement.lines],
            next_before=statement.next_before,
        )


class EarningsDayAnswer(BaseModel):
    day: str
    gifts: int
    earned: int
    taken_back: int
    withdrawn: int

    @classmethod
    def of(cls, day: EarningsDay) -> Self:
        return cls(**vars(day))


class EarningsAnswer(BaseModel):
    """The newest day first."""

    days: list[EarningsDayAnswer]
