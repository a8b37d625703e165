from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from foundation.internal import InternalClient
from foundation.sql import Database
from tests.pk.station import TOKEN, Town
from tests.pk.street import Street


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    made = Street()
    yield made
    await made.client.aclose()


@pytest.fixture
def town(redis: Redis, database: Database, valkey_url: str) -> Town:
    return Town(redis, database, valkey_url)


@pytest.fixture
async def internal() -> AsyncIterator[InternalClient]:
    client = InternalClient(TOKEN)
    yield client
    await client.close()
