"""Many who ask at once are one question."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping

import pytest

from foundation.gathered import MOST, Gathered


class Far:
    """Answers when the gate is open; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.broken = False

    async def look_up(self, keys: Collection[int]) -> Mapping[int, str]:
        self.asked.append(sorted(keys))
        self.reached.set()
        await self.gate.wait()
        if self.broken:
            raise ConnectionError
        return {key: str(key) for key in keys}


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
async def gathered(far: Far, no_task_left: None) -> AsyncIterator[Gathered[int, str]]:
    made = Gathered("test", far.look_up)
    yield made
    await made.close()


async def test_who_asks_while_a_look_up_is_on_its_way_is_in_the_next(far: Far, gathered: Gathered[int, str]) -> None:
    first = asyncio.create_task(gathered.get(1))
    await far.reached.wait()
    others = [asyncio.create_task(gathered.get(key)) for key in (2, 3, 2, 1)]
    await asyncio.sleep(0)
    far.gate.set()
    assert await asyncio.gather(first, *others) == ["1", "2", "3", "2", "1"]
    assert far.asked == [[1], [1, 2, 3]]


async def test_a_failure_is_told_to_all_and_the_next_one_asks_again(far: Far, gathered: Gathered[int, str]) -> None:
    far.gate.set()
    far.broken = True
    told = await asyncio.gather(*(gathered.get(key) for key in range(3)), return_exceptions=True)
    assert all(isinstance(each, ConnectionError) for each in told)
    far.broken = False
    assert await gathered.get(1) == "1"


async def test_who_stops_waiting_takes_nobody_along(far: Far, gathered: Gathered[int, str]) -> None:
    one, other = (asyncio.create_task(gathered.get(7)) for _ in range(2))
    await far.reached.wait()
    one.cancel()
    far.gate.set()
    assert await other == "7"


async def test_one_look_up_is_bounded(far: Far, gathered: Gathered[int, str]) -> None:
    far.gate.set()
    await asyncio.gather(*(gathered.get(key) for key in range(MOST + 1)))
    assert [len(each) for each in far.asked] == [MOST, 1]


async def test_who_waits_at_the_end_is_let_go(far: Far, no_task_left: None) -> None:
    made = Gathered("test", far.look_up)
    waiting = asyncio.create_task(made.get(1))
    await far.reached.wait()
    await made.close()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
