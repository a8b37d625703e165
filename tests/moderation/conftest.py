"""A stage on SQLite and Valkey, and for what must hold on both kinds of SQL a PostgreSQL too."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from foundation.bus import MemoryBus
from foundation.ids import new_id
from foundation.sql import Database
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from tests.clocks import ToldClock
from tests.gifts.conftest import postgres
from tests.moderation.stage import Stage, opened

__all__ = ["bus", "on_postgres", "postgres", "stage"]


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def stage(database: Database, redis: Redis, bus: MemoryBus, clock: ToldClock) -> AsyncIterator[Stage]:
    async with opened(SqlModeration(database), RedisSanctionCache(redis), bus, clock) as opened_stage:
        yield opened_stage


@pytest.fixture
async def on_postgres(postgres: str) -> AsyncIterator[Database]:
    """A fresh PostgreSQL database with the tables of every domain."""
    name = f"test_{new_id()}"
    await _say(postgres, f"CREATE DATABASE {name} TEMPLATE template_ringside")
    opened_database = Database(postgres.format(name))
    yield opened_database
    await opened_database.close()
    await _say(postgres, f"DROP DATABASE {name}")


async def _say(url: str, statement: str) -> None:
    database = Database(url.format("postgres"))
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text(statement))
    await database.close()
