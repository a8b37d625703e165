"""Money in and out on the api: which payment providers there are, and what the routes of money are given."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from fastapi import FastAPI
from sqlalchemy import select

from accounts.bucket import Bucket
from accounts.errors import UnknownUser
from accounts.pace import Pace
from accounts.ranks import Ranks
from accounts.store_redis import RedisThrottle
from foundation.sql import Database
from gifts.money.admin_router import Desk, admin_router
from gifts.money.collecting import Debts
from gifts.money.corrections import Corrections
from gifts.money.earnings import Earnings
from gifts.money.grants import Grants
from gifts.money.held import HeldPayments
from gifts.money.provider import PaymentProvider
from gifts.money.router import Counter, router
from gifts.money.statements import Statements
from gifts.money.test_provider import TestProvider
from gifts.money.till import Till
from gifts.money.topups import TopUps
from gifts.money.webhooks import Webhooks
from gifts.money.withdrawals import Withdrawals
from gifts.service import GiftService
from moderation.gate import Gate
from server.process import Resources
from server.settings import Settings
from streaming.tables import rooms

# How often somebody may ask to buy or to be paid out: each leaves a row.
ASKING = Bucket(burst=20, refill_ms=10_000)


class ShownNames:
    """``gifts.money.statements.Names``: gifts as the catalogue calls them, rooms by their titles."""

    def __init__(self, database: Database, service: GiftService) -> None:
        self._database = database
        self._service = service

    def gift(self, item: str) -> str:
        found = self._service.catalogue.find(item)
        return item if found is None else found.name

    async def rooms(self, named: Sequence[str]) -> Mapping[str, str]:
        if not named:
            return {}
        query = select(rooms.c.id, rooms.c.title).where(rooms.c.id.in_(named))
        async with self._database.read() as transaction:
            return {row.id: row.title for row in await transaction.execute(query)}


class KnownPeople:
    """``gifts.money.grants.People``."""

    def __init__(self, ranks: Ranks) -> None:
        self._ranks = ranks

    async def check(self, user: str) -> None:
        if await self._ranks.person(user) is None:
            raise UnknownUser


def provider_of_development(settings: Settings) -> TestProvider | None:
    """The provider of development, where settings ask for it."""
    if not settings.test_payments:
        return None
    assert settings.secret_key is not None
    if settings.payment_secret is not None:
        return TestProvider(settings.payment_secret.get_secret_value().encode())
    return TestProvider(hmac.digest(settings.secret_key.get_secret_value().encode(), b"payments", hashlib.sha256))


def install(app: FastAPI, has: Resources, gate: Gate, ranks: Ranks, service: GiftService) -> None:
    """Put the routes of money on ``app``."""
    database, clock, settings = has.database, has.clock, has.settings.money
    tested = provider_of_development(has.settings)
    # A real provider is one more entry, by its name; the first of them takes new purchases.
    providers: dict[str, PaymentProvider] = {} if tested is None else {tested.name: tested}
    pace = Pace(RedisThrottle(has.redis), clock, "money:user", ASKING)
    topups = TopUps(database, clock, settings, providers, pace)
    webhooks = Webhooks(database, clock, providers)
    withdrawals = Withdrawals(database, clock, gate, settings, pace)
    corrections, debts = Corrections(database, clock), Debts(database, clock)
    counter = Counter(
        topups=topups,
        webhooks=webhooks,
        till=Till(topups, webhooks, clock, tested),
        withdrawals=withdrawals,
        statements=Statements(database, ShownNames(database, service)),
        earnings=Earnings(database, clock),
        debts=debts,
        csv_page=settings.csv_page,
    )
    app.include_router(router(counter))
    grants = Grants(database, clock, KnownPeople(ranks), settings)
    held = HeldPayments(database, clock)
    app.include_router(admin_router(Desk(topups, held, withdrawals, corrections, debts, grants)))
