"""Buying coins: a purchase is written first, then the provider says where to pay; his webhook does the rest."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, insert, select, update

from accounts.pace import Pace
from foundation.clock import Clock
from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.sql import Database, Transaction
from gifts.ledger import COIN, TOPUPS, Transfer, request_of
from gifts.money.errors import PackageUnknown, ProviderAway, PurchaseUnknown
from gifts.money.keys import checked, content_of, may_be_answered
from gifts.money.kinds import TOP_UP
from gifts.money.provider import PaymentProvider
from gifts.money.purchase import Purchase, PurchaseState
from gifts.money.settings import MoneySettings
from gifts.money.tables import purchases
from gifts.money.writing import once


class TopUps:
    """``providers`` by name; the first takes new purchases, the others are still listened to. None: no top-ups."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: MoneySettings,
        providers: Mapping[str, PaymentProvider],
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._providers = providers
        self._pace = pace
        self.packages = settings.packages

    @property
    def provider(self) -> str | None:
        return next((each.name for each in self._providers.values()), None)

    async def begin(self, buyer: str, package: str, key: str) -> Purchase:
        """A purchase that waits to be paid. The same key for the same package is the same purchase, as it is now."""
        checked(key)
        try:
            provider = await self._admit(buyer)
        except Refusal as refusal:
            return await self._answered_before(buyer, package, key, refusal)
        purchase = await once(lambda: self._open(provider, buyer, package, key))
        return purchase if purchase.pay_at is not None else await self._start(purchase)

    async def one(self, buyer: str, purchase: str) -> Purchase:
        query = select(purchases).where(purchases.c.id == purchase, purchases.c.buyer == buyer)
        async with self._database.read() as transaction:
            row = (await transaction.execute(query)).one_or_none()
        if row is None:
            raise PurchaseUnknown
        return purchase_of(row)

    async def page(
        self, *, buyer: str | None = None, state: PurchaseState | None = None, before: str | None, most: int
    ) -> list[Purchase]:
        """The newest first; of one buyer, or everybody's for ops."""
        query = select(purchases).order_by(purchases.c.id.desc()).limit(most)
        if buyer is not None:
            query = query.where(purchases.c.buyer == buyer)
        if state is not None:
            query = query.where(purchases.c.state == state)
        if before is not None:
            query = query.where(purchases.c.id < before)
        async with self._database.read() as transaction:
            return [purchase_of(row) for row in await transaction.execute(query)]

    async def _admit(self, buyer: str) -> str:
        """The provider of a new purchase."""
        if self._pace is not None:
            await self._pace.take(buyer)
        if self.provider is None:
            raise ProviderAway("this installation sells no coins")
        return self.provider

    async def _answered_before(self, buyer: str, package: str, key: str, refusal: Refusal) -> Purchase:
        """A retry is answered as the first time, though coins are no longer sold here."""
        async with self._database.read() as transaction:
            known = await self._known(transaction, buyer, package, key)
        if known is None or known.pay_at is None:
            raise refusal
        return known

    async def _known(self, transaction: Transaction, buyer: str, package: str, key: str) -> Purchase | None:
        request = purchases.c.request == request_of(buyer, key)
        known = (await transaction.execute(select(purchases).where(request))).one_or_none()
        if known is None:
            return None
        may_be_answered(known.content, known.made_at_ms, content_of(package), self._clock.now_ms())
        return purchase_of(known)

    async def _start(self, purchase: Purchase) -> Purchase:
        """Ask the purchase's own provider where to pay, and write it down."""
        provider = self._providers.get(purchase.provider)
        if provider is None:
            raise ProviderAway("the provider of this purchase is gone")
        try:
            async with asyncio.timeout(self._settings.provider_s):
                pay_at = await provider.start(purchase)
        except TimeoutError:
            raise ProviderAway(retry_after_s=1) from None
        async with self._database.write() as transaction:
            mine = purchases.c.id == purchase.id
            await transaction.execute(update(purchases).where(mine).values(pay_at=pay_at))
            return purchase_of((await transaction.execute(select(purchases).where(mine))).one())

    async def _open(self, provider: str, buyer: str, package: str, key: str) -> Purchase:
        async with self._database.write() as transaction:
            known = await self._known(transaction, buyer, package, key)
            if known is not None:
                return known
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
                made_at_ms=self._clock.now_ms(),
            )
            row = {**vars(made), "request": request_of(buyer, key), "content": content_of(package)}
            await transaction.execute(insert(purchases).values(row))
        return made


def top_up(purchase: Purchase, transfer: str, at_ms: int, operator: str | None = None) -> Transfer:
    """The transfer that brings the coins, named ``transfer``; of a payment that was held, by ``operator``."""
    return Transfer(
        id=transfer,
        kind=TOP_UP,
        currency=COIN,
        amount=purchase.coins,
        payer=TOPUPS,
        payee=purchase.buyer,
        at_ms=at_ms,
        request=request_of(TOPUPS, purchase.id),
        operator=operator,
        reason=None if operator is None else purchase.reason,
    )


def purchase_of(row: Row[Any]) -> Purchase:
    columns = {name: value for name, value in row._mapping.items() if name not in ("request", "content")}
    return Purchase(**(columns | {"state": PurchaseState(row.state)}))
