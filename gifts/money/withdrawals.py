"""Diamonds of hosts on their way out: held at once, paid or given back when ops have decided."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from accounts.pace import Pace
from accounts.principal import Principal, Role
from foundation.clock import Clock
from foundation.errors import Forbidden, Refusal
from foundation.ids import RisingIds, new_id
from foundation.sql import Database, Transaction
from gifts.ledger import DIAMOND, PAYOUTS, PLATFORM, Transfer, request_of
from gifts.money import kinds
from gifts.money.collecting import owed_by
from gifts.money.decisions import WITHDRAWAL, State, Verb, decided
from gifts.money.errors import DebtOpen, OwnWithdrawal, WithdrawalTooSmall, WithdrawalUnknown
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.settings import MoneySettings
from gifts.money.tables import withdrawals
from gifts.money.writing import once
from gifts.posting import balance_of, post
from moderation.audit import AuditEntry, append
from moderation.gate import Gate, Scope


@dataclass(frozen=True)
class Withdrawal:
    """``reason`` is that of a rejection, ``reference`` names the payment outside."""

    id: str
    host: str
    host_name: str
    diamonds: int
    destination: str
    state: State
    transfer: str
    asked_at_ms: int
    decided_by: str | None = None
    decided_at_ms: int | None = None
    reason: str | None = None
    paid_by: str | None = None
    paid_at_ms: int | None = None
    reference: str | None = None


@dataclass(frozen=True)
class WithdrawalWish:
    diamonds: int
    destination: str
    key: str


class Withdrawals:
    def __init__(
        self, database: Database, clock: Clock, gate: Gate, settings: MoneySettings, pace: Pace | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._gate = gate
        self._pace = pace
        self._ids = RisingIds()
        self.least = settings.least_withdrawal

    async def ask(self, host: Principal, wish: WithdrawalWish) -> Withdrawal:
        """Hold the diamonds; ``InsufficientFunds`` when there are fewer.

        Whom any sanction binds cannot ask, nor who owes diamonds. The same key with the same wish is the same answer.
        """
        checked(wish.key)
        try:
            await self._admit(host, wish)
        except Refusal as refusal:
            return await self._answered_before(host, wish, refusal)
        return await once(lambda: self._hold(host, wish))

    async def page(
        self, *, host: str | None = None, state: State | None = None, before: str | None, most: int
    ) -> list[Withdrawal]:
        """The newest first; of one host, or everybody's for ops."""
        query = select(withdrawals).order_by(withdrawals.c.id.desc()).limit(most)
        if host is not None:
            query = query.where(withdrawals.c.host == host)
        if state is not None:
            query = query.where(withdrawals.c.state == state)
        if before is not None:
            query = query.where(withdrawals.c.id < before)
        async with self._database.read() as transaction:
            return [_withdrawal(row) for row in await transaction.execute(query)]

    async def decide(self, operator: str, withdrawal: str, verb: Verb, note: str) -> Withdrawal:
        """``note`` is the reason of a rejection, the reference of a payment. Nobody decides about himself."""
        return await once(lambda: self._decide(operator, withdrawal, verb, note))

    async def _decide(self, operator: str, withdrawal: str, verb: Verb, note: str) -> Withdrawal:
        asked = withdrawals.c.id == withdrawal
        async with self._database.write() as transaction:
            row = (await transaction.execute(select(withdrawals).where(asked).with_for_update())).one_or_none()
            if row is None:
                raise WithdrawalUnknown
            before = _withdrawal(row)
            if before.host == operator:
                raise OwnWithdrawal
            state = decided(WITHDRAWAL, before.state, verb)
            if state is State.REJECTED:
                await balance_of(transaction, before.host, DIAMOND)  # held before the stamp: it gets them back
            now_ms = self._clock.now_ms()
            if state is not State.APPROVED:
                await post(transaction, [self._onward(before, state, operator, note, now_ms)])
            changed = {"state": state, **_signed(verb, operator, note, now_ms)}
            await transaction.execute(update(withdrawals).where(asked).values(changed))
            await append(transaction, _entry(before, state, operator, verb, note, now_ms))
            return _withdrawal((await transaction.execute(select(withdrawals).where(asked))).one())

    async def _admit(self, host: Principal, wish: WithdrawalWish) -> None:
        if self._pace is not None:
            await self._pace.take(host.user_id)
        if not host.has(Role.HOST):
            raise Forbidden("for hosts")
        for scope in Scope:
            await self._gate.check(host.user_id, scope)
        if wish.diamonds < self.least:
            raise WithdrawalTooSmall(f"{self.least} diamonds at least", least=self.least)

    async def _answered_before(self, host: Principal, wish: WithdrawalWish, refusal: Refusal) -> Withdrawal:
        """A retry is answered as the first time, though a sanction has come since."""
        async with self._database.read() as transaction:
            known = await self._known(transaction, host, wish)
        if known is None:
            raise refusal
        return known

    async def _known(self, transaction: Transaction, host: Principal, wish: WithdrawalWish) -> Withdrawal | None:
        request = withdrawals.c.request == request_of(host.user_id, wish.key)
        known = (await transaction.execute(select(withdrawals).where(request))).one_or_none()
        if known is None:
            return None
        may_be_answered(known.content, known.asked_at_ms, _content(wish), self._clock.now_ms())
        return _withdrawal(known)

    async def _hold(self, host: Principal, wish: WithdrawalWish) -> Withdrawal:
        async with self._database.write() as transaction:
            await balance_of(transaction, host.user_id, DIAMOND)  # held: who asks twice at once finds his first
            known = await self._known(transaction, host, wish)
            if known is not None:
                return known
            owed = await owed_by(transaction, host.user_id, DIAMOND)
            if owed:
                raise DebtOpen(owed=owed)
            now_ms = self._clock.now_ms()
            made = Withdrawal(
                id=new_id(),
                host=host.user_id,
                host_name=host.name,
                diamonds=wish.diamonds,
                destination=wish.destination,
                state=State.REQUESTED,
                transfer=self._ids.make(now_ms),
                asked_at_ms=now_ms,
            )
            await post(transaction, [_held(made)])
            row = {**vars(made), "request": request_of(host.user_id, wish.key), "content": _content(wish)}
            await transaction.execute(insert(withdrawals).values(row))
        return made

    def _onward(self, held: Withdrawal, state: State, operator: str, note: str, now_ms: int) -> Transfer:
        """Paid diamonds go back to where diamonds come from; rejected ones to the host, which corrects the holding."""
        paid = state is State.PAID
        return Transfer(
            id=self._ids.make(now_ms),
            kind=kinds.PAYOUT if paid else kinds.CORRECTION,
            currency=DIAMOND,
            amount=held.diamonds,
            payer=PAYOUTS,
            payee=PLATFORM if paid else held.host,
            at_ms=now_ms,
            request=request_of(PAYOUTS, f"{held.id}/{state}"),
            corrects=None if paid else held.transfer,
            operator=operator,
            reason=note,
        )


def _content(wish: WithdrawalWish) -> str:
    return content_of(wish.diamonds, wish.destination)


def _held(asked: Withdrawal) -> Transfer:
    return Transfer(
        id=asked.transfer,
        kind=kinds.WITHDRAWAL,
        currency=DIAMOND,
        amount=asked.diamonds,
        payer=asked.host,
        payee=PAYOUTS,
        at_ms=asked.asked_at_ms,
        request=request_of(PAYOUTS, asked.id),
    )


def _signed(verb: Verb, operator: str, note: str, now_ms: int) -> dict[str, object]:
    if verb is Verb.PAY:
        return {"paid_by": operator, "paid_at_ms": now_ms, "reference": note}
    return {"decided_by": operator, "decided_at_ms": now_ms, "reason": note if verb is Verb.REJECT else None}


def _withdrawal(row: Row[Any]) -> Withdrawal:
    columns = {name: value for name, value in row._mapping.items() if name not in ("request", "content")}
    return Withdrawal(**(columns | {"state": State(row.state)}))


def _entry(before: Withdrawal, state: State, operator: str, verb: Verb, note: str, now_ms: int) -> AuditEntry:
    return AuditEntry(
        actor=operator,
        action=f"withdrawal.{verb}",
        subject=f"withdrawal:{before.id}",
        reason=note,
        at_ms=now_ms,
        before={"state": before.state, "host": before.host, "diamonds": before.diamonds},
        after={"state": state},
    )
