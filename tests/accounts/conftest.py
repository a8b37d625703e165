from collections.abc import AsyncIterator

import pytest

from foundation.sql import Database
from tests.accounts.house import House, opened
from tests.clocks import ToldClock


@pytest.fixture
async def house(database: Database, clock: ToldClock) -> AsyncIterator[House]:
    async with opened(database, clock) as opened_house:
        yield opened_house
