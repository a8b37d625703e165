"""Everything that moves money, on one database, with a payment provider whose words the test writes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from accounts.bucket import Bucket
from accounts.pace import Pace
from accounts.principal import Principal, Role
from accounts.store_memory import MemoryThrottle
from foundation.errors import NotFound, TooMany
from foundation.ids import new_id
from foundation.sql import Database
from gifts.ledger import COIN, DIAMOND, Gift, account_of
from gifts.money.collecting import Debts
from gifts.money.corrections import Corrections
from gifts.money.decisions import Verb
from gifts.money.earnings import Earnings
from gifts.money.grants import Grants, GrantWish
from gifts.money.held import HeldPayments
from gifts.money.purchase import PaymentEvent, PaymentKind, Purchase, Step
from gifts.money.settings import MoneySettings, Package
from gifts.money.statements import Statements
from gifts.money.test_provider import TestProvider
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.money.withdrawals import Withdrawals, WithdrawalWish
from gifts.store_sql import SqlLedger
from gifts.tables import balances
from moderation.tables import audit_log
from tests.clocks import ToldClock
from tests.gifts.world import ToldGate, commit, order

BURST = 60  # top-ups and withdrawals of one user at once
HOST = Principal("anna", "Anna", frozenset({Role.VIEWER, Role.HOST}))
SETTINGS = MoneySettings(
    packages=(Package("small", 500, 499, "EUR"), Package("large", 6_500, 4_999, "EUR")),
    least_withdrawal=10,
    most_grant=1_000,
    most_grants_a_day=1_500,
    csv_page=3,
)


class ToldPeople:
    """Everybody but ``nobody`` is a user."""

    async def check(self, user: str) -> None:
        if user == "nobody":
            raise NotFound


class ToldNames:
    def gift(self, item: str) -> str:
        return item.title()

    async def rooms(self, rooms: Sequence[str]) -> Mapping[str, str]:
        return {room: f"The room {room}" for room in rooms}


class House:
    """``close`` after use. Each thing that it does has a millisecond of its own, so that statements have an order."""

    def __init__(self, database: Database, clock: ToldClock) -> None:
        self.database, self.clock = database, clock
        self.gate, self.host = ToldGate(), HOST
        self.ledger = SqlLedger(database, clock)
        self.provider = TestProvider(b"secret")
        providers = {self.provider.name: self.provider}
        self.pace = Pace(MemoryThrottle(), clock, "money:user", Bucket(burst=BURST, refill_ms=1000))
        self.topups = TopUps(database, clock, SETTINGS, providers, self.pace)
        self.webhooks = Webhooks(database, clock, providers)
        self.till = Till(self.topups, self.webhooks, clock, self.provider)
        self.withdrawals = Withdrawals(database, clock, self.gate, SETTINGS, self.pace)
        self.held = HeldPayments(database, clock)
        self.corrections = Corrections(database, clock)
        self.debts = Debts(database, clock)
        self.grants = Grants(database, clock, ToldPeople(), SETTINGS)
        self.statements = Statements(database, ToldNames())
        self.earnings = Earnings(database, clock)

    async def close(self) -> None:
        await self.ledger.close()

    async def bought(self, buyer: str = "vera", package: str = "small") -> Purchase:
        """A purchase that was paid."""
        self.clock.advance(1)
        purchase = await self.topups.begin(buyer, package, new_id())
        return await self.till.pay(buyer, purchase.id)

    async def said(self, purchase: Purchase, kind: PaymentKind = PaymentKind.PAID, **changes: Any) -> Step:
        """The provider says something of a purchase, under an id of its own unless told another."""
        self.clock.advance(1)
        members: dict[str, Any] = {"id": new_id(), "amount": purchase.price, "currency": purchase.currency} | changes
        event = PaymentEvent(kind=kind, purchase=purchase.id, **members)
        return await self.webhooks.hear("test", *self.provider.signed(event, self.clock.now_ms()))

    async def gift(self, coins: int = 100, *, sender: str = "vera", recipient: str = "anna", **changes: Any) -> Gift:
        self.clock.advance(1)
        members: dict[str, Any] = {
            "coins": coins,
            "recipient": recipient,
            "recipient_name": recipient.title(),
        } | changes
        return (await commit(self.ledger, order(sender, **members)))[0]

    async def asked(self, diamonds: int, *, host: Principal = HOST, key: str = "") -> Any:
        self.clock.advance(1)
        return await self.withdrawals.ask(host, WithdrawalWish(diamonds, "DE00 1234", key or new_id()))

    async def ops_give(self, user: str, coins: int) -> None:
        """A grant with its two operators."""
        self.clock.advance(1)
        grant = await self.grants.ask("root", GrantWish(user, coins, "lost a gift", new_id()))
        await self.grants.decide("other", grant.id, Verb.APPROVE)

    async def out_of_breath(self, user: str) -> None:
        """``user`` has asked as often as he may."""
        with suppress(TooMany):
            while True:
                await self.pace.take(user)

    async def coins(self, user: str = "vera") -> int:
        return (await self.amounts()).get(account_of(user, COIN), 0)

    async def diamonds(self, user: str = "anna") -> int:
        return (await self.amounts()).get(account_of(user, DIAMOND), 0)

    async def amounts(self) -> dict[str, int]:
        async with self.database.read() as transaction:
            return {row.account: row.amount for row in await transaction.execute(select(balances))}

    async def audited(self) -> list[tuple[str, str, str]]:
        """(who, what, of whom), the oldest first."""
        query = select(audit_log).order_by(audit_log.c.number)
        async with self.database.read() as transaction:
            return [(row.actor, row.action, row.subject) for row in await transaction.execute(query)]
