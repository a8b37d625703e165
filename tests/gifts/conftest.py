"""Databases for the ledger: SQLite and, for what must hold on both, PostgreSQL from a wheel."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.sql import Database
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from tests.clocks import ToldClock
from tests.databases import Postgres
from tests.gifts.scene import Scene
from tests.gifts.world import FrailDatabase


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FrailDatabase]:
    """The test runs on both kinds of database."""
    if request.param == "sqlite":
        copy = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
        opened = FrailDatabase(f"sqlite+aiosqlite:///{copy}")
        yield opened
        await opened.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = await server.create()
    opened = FrailDatabase(server.url(name))
    yield opened
    await opened.close()
    await server.drop(name)


@pytest.fixture
async def ledger(either: FrailDatabase, clock: ToldClock) -> AsyncIterator[SqlLedger]:
    """A ledger on either database; vera has 1000 coins."""
    made = SqlLedger(either, clock)
    assert await made.grant_starter("vera", 1000)
    yield made
    await made.close()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def settings() -> GiftSettings:
    return GiftSettings(starter_coins=1000, linger_ms=0, relay_poll_s=0.02, relay_retry_s=0.01)


@pytest.fixture
async def scene(database: Database, redis: Redis, clock: ToldClock, settings: GiftSettings) -> AsyncIterator[Scene]:
    made = Scene(database, redis, clock, settings)
    await made.begin()
    yield made
    await made.ledger.close()
