"""A stage on SQLite and Valkey, and for what must hold on both kinds of SQL a PostgreSQL too."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.sql import Database
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from tests.clocks import ToldClock
from tests.moderation.stage import Stage, opened


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
async def stage(database: Database, redis: Redis, bus: MemoryBus, clock: ToldClock) -> AsyncIterator[Stage]:
    async with opened(SqlModeration(database), RedisSanctionCache(redis), bus, clock) as opened_stage:
        yield opened_stage
