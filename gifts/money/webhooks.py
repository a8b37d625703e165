"""What payment providers say, heard once: the event, the transfer and the state of the purchase in one transaction."""

from collections.abc import Mapping

from sqlalchemy import insert, select, update

from foundation.clock import Clock
from foundation.ids import RisingIds
from foundation.sql import Database, Transaction
from gifts.ledger import COIN, request_of
from gifts.money.corrections import Wish, correct, transfers_of
from gifts.money.errors import CorrectedAlready, ProviderUnknown, PurchaseUnknown
from gifts.money.provider import PaymentProvider
from gifts.money.purchase import PaymentEvent, Purchase, PurchaseState, Step, step
from gifts.money.tables import payment_events, purchases
from gifts.money.taking_back import Cause
from gifts.money.topups import purchase_of, top_up
from gifts.money.writing import once
from gifts.posting import balance_of, post
from moderation.audit import AuditEntry, append


class Webhooks:
    def __init__(self, database: Database, clock: Clock, providers: Mapping[str, PaymentProvider]) -> None:
        self._database = database
        self._clock = clock
        self._providers = providers
        self._ids = RisingIds()

    async def hear(self, provider: str, headers: Mapping[str, str], body: bytes) -> Step:
        """What was done, durable; ``REPEATED`` for an event that was heard before. Refused when it is not his."""
        speaker = self._providers.get(provider)
        if speaker is None:
            raise ProviderUnknown
        event = speaker.verify(headers, body, self._clock.now_ms())
        return await once(lambda: self._hear(speaker.name, event))

    async def _hear(self, provider: str, event: PaymentEvent) -> Step:
        async with self._database.write() as transaction:
            query = select(purchases).where(purchases.c.id == event.purchase, purchases.c.provider == provider)
            row = (await transaction.execute(query.with_for_update())).one_or_none()
            if row is None:
                raise PurchaseUnknown
            heard = select(payment_events.c.id).where(
                payment_events.c.provider == provider, payment_events.c.id == event.id
            )
            if (await transaction.execute(heard)).first() is not None:
                return Step.REPEATED
            await balance_of(transaction, row.buyer, COIN)  # held before the stamp
            return await self._settle(transaction, purchase_of(row), event, self._clock.now_ms())

    async def _settle(self, transaction: Transaction, purchase: Purchase, event: PaymentEvent, now_ms: int) -> Step:
        done, state = step(purchase, event)
        transfer = purchase.transfer
        if done is Step.CREDITED:
            transfer = await self._credit(transaction, purchase, now_ms)
        elif done is Step.TAKEN_BACK and transfer is not None:
            await self._take_back(transaction, purchase, event, now_ms)
        if state is not purchase.state or state is PurchaseState.HELD:
            changed: dict[str, object] = {"state": state, "transfer": transfer, "settled_at_ms": now_ms}
            if state is PurchaseState.HELD:  # what ops had in mind they did not know this word
                changed |= dict.fromkeys(("asked_by", "asked_at_ms", "decided_by", "decided_at_ms", "reason"))
            await transaction.execute(update(purchases).where(purchases.c.id == purchase.id).values(changed))
        said = {"provider": purchase.provider, "step": done, "heard_at_ms": now_ms, **vars(event)}
        await transaction.execute(insert(payment_events).values(said))
        if done in (Step.HELD, Step.TAKEN_BACK):
            await append(transaction, _entry(purchase, event, done, now_ms))
        return done

    async def _credit(self, transaction: Transaction, purchase: Purchase, now_ms: int) -> str:
        transfer = top_up(purchase, self._ids.make(now_ms), now_ms)
        await post(transaction, [transfer])
        return transfer.id

    async def _take_back(self, transaction: Transaction, purchase: Purchase, event: PaymentEvent, now_ms: int) -> None:
        """As far as the balance carries. Ops may have done it before; then there is nothing left to take."""
        subject, request = f"transfer:{purchase.transfer}", request_of(_who(purchase), event.id)
        wish = Wish(subject, request, "", Cause(_who(purchase), event.kind, now_ms))
        try:
            await correct(transaction, wish, await transfers_of(transaction, subject), self._ids)
        except CorrectedAlready:
            return


def _who(purchase: Purchase) -> str:
    return f"payments:{purchase.provider}"


def _entry(purchase: Purchase, event: PaymentEvent, done: Step, now_ms: int) -> AuditEntry:
    return AuditEntry(
        actor=_who(purchase),
        action="purchase.hold" if done is Step.HELD else "purchase.take_back",
        subject=f"purchase:{purchase.id}",
        reason=event.kind,
        at_ms=now_ms,
        before={"state": purchase.state, "price": purchase.price, "currency": purchase.currency},
        after={"event": event.id, "amount": event.amount, "currency": event.currency},
    )
