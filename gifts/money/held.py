"""Payments that did not fit, and what ops do with them: two of them give the coins, or one closes the purchase."""

from dataclasses import replace

from sqlalchemy import select, update

from foundation.clock import Clock
from foundation.ids import RisingIds
from foundation.sql import Database, Transaction
from gifts.ledger import COIN
from gifts.money.errors import PurchaseUnknown
from gifts.money.purchase import Purchase, PurchaseState, Ruling, ruled
from gifts.money.tables import purchases
from gifts.money.topups import purchase_of, top_up
from gifts.money.writing import once
from gifts.posting import balance_of, post
from moderation.audit import AuditEntry, append


class HeldPayments:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ids = RisingIds()

    async def rule(self, operator: str, purchase: str, ruling: Ruling, reason: str = "") -> Purchase:
        """The purchase afterwards. ``reason`` is that of a credit or of closing; an approval has the credit's.

        A credit is all coins of the purchase, whatever was paid. The buyer decides nothing, and nobody approves what
        he has asked for himself.
        """
        return await once(lambda: self._rule(operator, purchase, ruling, reason))

    async def _rule(self, operator: str, purchase: str, ruling: Ruling, reason: str) -> Purchase:
        this = purchases.c.id == purchase
        async with self._database.write() as transaction:
            row = (await transaction.execute(select(purchases).where(this).with_for_update())).one_or_none()
            if row is None:
                raise PurchaseUnknown
            before = purchase_of(row)
            state = ruled(before, ruling, operator)
            await balance_of(transaction, before.buyer, COIN)  # held before the stamp
            after = _signed(before, state, ruling, operator, reason, self._clock.now_ms())
            if state is PurchaseState.PAID:
                after = await self._credit(transaction, after)
            await transaction.execute(update(purchases).where(this).values(vars(after)))
            await append(transaction, _entry(before, after, ruling, operator))
            return after

    async def _credit(self, transaction: Transaction, purchase: Purchase) -> Purchase:
        assert purchase.decided_at_ms is not None
        transfer = self._ids.make(purchase.decided_at_ms)
        await post(transaction, [top_up(purchase, transfer, purchase.decided_at_ms, purchase.decided_by)])
        return replace(purchase, transfer=transfer)


def _signed(
    purchase: Purchase, state: PurchaseState, ruling: Ruling, operator: str, reason: str, now_ms: int
) -> Purchase:
    if ruling is Ruling.CREDIT:
        return replace(purchase, asked_by=operator, asked_at_ms=now_ms, reason=reason)
    why = reason if ruling is Ruling.CLOSE else purchase.reason
    return replace(purchase, state=state, settled_at_ms=now_ms, decided_by=operator, decided_at_ms=now_ms, reason=why)


def _entry(before: Purchase, after: Purchase, ruling: Ruling, operator: str) -> AuditEntry:
    at_ms = after.asked_at_ms if ruling is Ruling.CREDIT else after.decided_at_ms
    assert at_ms is not None and after.reason is not None
    return AuditEntry(
        actor=operator,
        action=f"purchase.{ruling}",
        subject=f"purchase:{before.id}",
        reason=after.reason,
        at_ms=at_ms,
        before={"state": before.state, "asked_by": before.asked_by},
        after={"state": after.state, "user": before.buyer, "coins": before.coins, "transfer": after.transfer},
    )
