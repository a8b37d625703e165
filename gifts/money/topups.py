"""Buying coins: a purchase is written first, then the provider says where to pay; his webhook does the rest."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select, update

from foundation.clock import Clock
from foundation.ids import new_id
from foundation.sql import Database, Transaction
from gifts.ledger import request_of
from gifts.money.errors import PackageUnknown, ProviderAway, PurchaseUnknown
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.provider import PaymentProvider
from gifts.money.purchase import Purchase, PurchaseState
from gifts.money.settings import MoneySettings
from gifts.money.tables import purchases
from gifts.money.writing import once


class TopUps:
    """``providers`` by name; the first takes new purchases, the others are still listened to. None: no top-ups."""

    def __init__(
        self, database: Database, clock: Clock, settings: MoneySettings, providers: Mapping[str, PaymentProvider]
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._provider = next(iter(providers.values()), None)
        self.packages = settings.packages

    @property
    def provider(self) -> str | None:
        return None if self._provider is None else self._provider.name

    async def begin(self, buyer: str, package: str, key: str) -> Purchase:
        """A purchase that waits to be paid. The same key for the same package is the same purchase, as it is now."""
        checked(key)
        if self._provider is None:
            raise ProviderAway("this installation sells no coins")
        provider = self._provider
        purchase = await once(lambda: self._open(provider.name, buyer, package, key))
        if purchase.pay_at is not None:
            return purchase
        try:
            async with asyncio.timeout(self._settings.provider_s):
                pay_at = await provider.start(purchase)
        except TimeoutError:
            raise ProviderAway(retry_after_s=1) from None
        async with self._database.write() as transaction:
            mine = purchases.c.id == purchase.id
            await transaction.execute(update(purchases).where(mine).values(pay_at=pay_at))
            return purchase_of((await transaction.execute(select(purchases).where(mine))).one())

    async def one(self, buyer: str, purchase: str) -> Purchase:
        query = select(purchases).where(purchases.c.id == purchase, purchases.c.buyer == buyer)
        async with self._database.read() as transaction:
            row = (await transaction.execute(query)).one_or_none()
        if row is None:
            raise PurchaseUnknown
        return purchase_of(row)

    async def page(self, *, state: PurchaseState | None, before: str | None, most: int) -> list[Purchase]:
        """Everybody's, the newest first: for ops."""
        query = select(purchases).order_by(purchases.c.id.desc()).limit(most)
        if state is not None:
            query = query.where(purchases.c.state == state)
        if before is not None:
            query = query.where(purchases.c.id < before)
        async with self._database.read() as transaction:
            return [purchase_of(row) for row in await transaction.execute(query)]

    async def _open(self, provider: str, buyer: str, package: str, key: str) -> Purchase:
        request, content, now_ms = request_of(buyer, key), content_of(package), self._clock.now_ms()
        async with self._database.write() as transaction:
            known = await _known(transaction, request)
            if known is not None:
                may_be_answered(known.content, known.made_at_ms, content, now_ms)
                return purchase_of(known)
            chosen = next((each for each in self.packages if each.id == package), None)
            if chosen is None:
                raise PackageUnknown
            made = Purchase(
                id=new_id(),
                buyer=buyer,
                package=package,
                coins=chosen.coins,
                price=chosen.price,
                currency=chosen.currency,
                provider=provider,
                state=PurchaseState.PENDING,
                pay_at=None,
                made_at_ms=now_ms,
            )
            row = {**vars(made), "request": request, "content": content}
            await transaction.execute(insert(purchases).values(row))
        return made


async def _known(transaction: Transaction, request: str) -> Row[Any] | None:
    return (await transaction.execute(select(purchases).where(purchases.c.request == request))).one_or_none()


def purchase_of(row: Row[Any]) -> Purchase:
    columns = {name: value for name, value in row._mapping.items() if name not in ("request", "content")}
    return Purchase(**(columns | {"state": PurchaseState(row.state)}))
