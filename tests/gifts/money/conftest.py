"""The house of money, on SQLite and PostgreSQL; vera has 1000 coins."""

from collections.abc import AsyncIterator

import pytest

from foundation.sql import Database
from tests.clocks import ToldClock
from tests.gifts.money.world import House
from tests.gifts.world import FrailDatabase


@pytest.fixture
async def house(either: FrailDatabase, clock: ToldClock) -> AsyncIterator[House]:
    """On either database."""
    made = House(either, clock)
    await made.ledger.grant_starter("vera", 1000)
    yield made
    await made.close()


@pytest.fixture
async def home(database: Database, clock: ToldClock) -> AsyncIterator[House]:
    """On SQLite alone, for what does not depend on the kind of database."""
    made = House(database, clock)
    await made.ledger.grant_starter("vera", 1000)
    yield made
    await made.close()
