"""Debts: what corrections could not take back, and how ops collect it when there is something to take.

Nothing is collected by itself. A payment is a transfer from the debtor to where the money should have gone; the debt's
row stays what it is, and what is left of it is its amount less its payments.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select

from foundation.clock import Clock
from foundation.ids import RisingIds
from foundation.sql import Database, Transaction
from gifts.errors import InsufficientFunds
from gifts.ledger import Transfer, request_of
from gifts.money.errors import DebtPaid, DebtUnknown
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.kinds import DEBT
from gifts.money.tables import corrections, debt_payments, debts
from gifts.money.writing import once
from gifts.posting import balance_of, owner_of, post, posted
from gifts.tables import transfers
from moderation.audit import AuditEntry, append


@dataclass(frozen=True)
class OpenDebt:
    """``left`` of ``amount`` is still owed; ``reason`` is that of the correction."""

    id: str
    owner: str
    currency: str
    amount: int
    left: int
    transfer: str
    correction: str
    reason: str
    at_ms: int


class Debts:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids = RisingIds()

    async def page(
        self, *, owner: str | None = None, paid: bool = True, before: str | None, most: int
    ) -> list[OpenDebt]:
        """The newest first; of one debtor, or everybody's; ``paid`` ones too, or only what is left."""
        query = _debts().order_by(debts.c.id.desc()).limit(most)
        if owner is not None:
            query = query.where(debts.c.owner == owner)
        if not paid:
            query = query.where(debts.c.amount > _paid())
        if before is not None:
            query = query.where(debts.c.id < before)
        async with self._database.read() as transaction:
            return [_debt(row) for row in await transaction.execute(query)]

    async def collect(self, operator: str, debt: str, key: str) -> OpenDebt:
        """Take what the debtor has now, at most what is left. The same key takes once."""
        request, content = request_of(operator, f"debt/{checked(key)}"), content_of(debt)
        return await once(lambda: self._collect(operator, debt, request, content))

    async def _collect(self, operator: str, debt: str, request: str, content: str) -> OpenDebt:
        async with self._database.write() as transaction:
            if await self._done(transaction, request, content):
                return await _one(transaction, debt)
            known = (await transaction.execute(select(debts).where(debts.c.id == debt))).one_or_none()
            if known is None:
                raise DebtUnknown
            balance = await balance_of(transaction, known.owner, known.currency)  # held before anything is judged
            if await self._done(transaction, request, content):
                return await _one(transaction, debt)
            now_ms = self._clock.now_ms()
            owed = await _one(transaction, debt)
            if not owed.left:
                raise DebtPaid
            amount = min(balance, owed.left)
            if not amount:
                raise InsufficientFunds(balance=0)
            payment = Transfer(
                id=self._ids.make(now_ms),
                kind=DEBT,
                currency=owed.currency,
                amount=amount,
                payer=owed.owner,
                payee=await _creditor(transaction, owed),
                at_ms=now_ms,
                request=request,
                content=content,
                operator=operator,
                reason=f"debt {owed.id}",
            )
            await post(transaction, [payment])
            await transaction.execute(insert(debt_payments).values(transfer=payment.id, debt=owed.id, amount=amount))
            await append(transaction, _entry(owed, operator, amount, now_ms))
            return await _one(transaction, debt)

    async def _done(self, transaction: Transaction, request: str, content: str) -> bool:
        """Whether this was collected before."""
        before = await posted(transaction, request)
        if before is not None:
            may_be_answered(str(before.content), before.at_ms, content, self._clock.now_ms())
        return before is not None


async def owed_by(transaction: Transaction, owner: str, currency: str) -> int:
    """What is left of all debts of ``owner`` in ``currency``."""
    mine = _debts().where(debts.c.owner == owner, debts.c.currency == currency)
    return sum(_debt(row).left for row in await transaction.execute(mine))


def _debts() -> Select[Any]:
    of_correction = corrections.c.id == debts.c.correction
    return select(debts, corrections.c.reason, _paid().label("paid")).join(corrections, of_correction)


def _paid() -> ColumnElement[int]:
    paid = select(func.sum(debt_payments.c.amount)).where(debt_payments.c.debt == debts.c.id).scalar_subquery()
    return func.coalesce(paid, 0)


def _debt(row: Row[Any]) -> OpenDebt:
    columns = dict(row._mapping)
    return OpenDebt(left=row.amount - int(columns.pop("paid")), **columns)


async def _one(transaction: Transaction, debt: str) -> OpenDebt:
    return _debt((await transaction.execute(_debts().where(debts.c.id == debt))).one())


async def _creditor(transaction: Transaction, owed: OpenDebt) -> str:
    """Who has given what was to be taken back."""
    query = select(transfers.c.payer).where(transfers.c.id == owed.transfer)
    return owner_of((await transaction.execute(query)).scalar_one())


def _entry(owed: OpenDebt, operator: str, amount: int, now_ms: int) -> AuditEntry:
    return AuditEntry(
        actor=operator,
        action="debt.collect",
        subject=f"user:{owed.owner}",
        reason=f"debt {owed.id}",
        at_ms=now_ms,
        before={"left": owed.left, "currency": owed.currency},
        after={"left": owed.left - amount},
    )
