"""What is remembered, for how long, and what stands in when nobody answers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from foundation.errors import Conflict, Refusal
from foundation.remembered import Patience, Remembered

QUICK = Patience(fresh_s=1.0, stale_s=10.0, patience_s=0.01)


class Source:
    """Answers with ``answer``; while ``slow`` it does not answer before it is told to."""

    def __init__(self) -> None:
        self.answer: str | Exception = "one"
        self.asked = 0
        self.slow = False
        self.told = asyncio.Event()
        self.now_s = 100.0

    async def look_up(self, key: str) -> str:
        self.asked += 1
        answer = self.answer
        if self.slow:
            await self.told.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def remembered(source: Source, no_task_left: None) -> AsyncIterator[Remembered[str, str]]:
    made = Remembered("test", source.look_up, QUICK, worth=bool, most=3, now_s=lambda: source.now_s)
    yield made
    await made.close()


async def test_what_is_fresh_is_not_asked_for_again(source: Source, remembered: Remembered[str, str]) -> None:
    assert [await remembered.get("k") for _ in range(5)] == ["one"] * 5
    assert source.asked == 1
    source.now_s, source.answer = 101.5, "two"
    assert await remembered.get("k") == "two"


async def test_a_crowd_that_asks_at_once_is_one_question(source: Source, remembered: Remembered[str, str]) -> None:
    assert await asyncio.gather(*(remembered.get("k") for _ in range(50))) == ["one"] * 50
    assert source.asked == 1


async def test_an_old_answer_stands_in_for_one_who_is_slow(source: Source, remembered: Remembered[str, str]) -> None:
    await remembered.get("k")
    source.now_s, source.slow = 105.0, True
    assert await remembered.get("k") == "one"
    source.answer = "not seen by the look-up that is on its way"
    source.told.set()


async def test_an_old_answer_stands_in_for_one_who_is_away_but_not_for_ever(
    source: Source, remembered: Remembered[str, str]
) -> None:
    await remembered.get("k")
    source.answer = ConnectionError("away")
    source.now_s = 110.0
    assert await remembered.get("k") == "one"
    source.now_s = 110.1
    with pytest.raises(ConnectionError):
        await remembered.get("k")


async def test_a_refusal_is_an_answer_that_nothing_stands_in_for(
    source: Source, remembered: Remembered[str, str]
) -> None:
    await remembered.get("k")
    source.now_s, source.answer = 105.0, Conflict()
    for _ in range(2):
        with pytest.raises(Refusal):
            await remembered.get("k")
    source.answer = "again"
    assert await remembered.get("k") == "again"


async def test_what_is_not_worth_it_is_asked_for_every_time(source: Source, remembered: Remembered[str, str]) -> None:
    source.answer = ""
    assert [await remembered.get("k") for _ in range(3)] == [""] * 3
    assert source.asked == 3


async def test_what_is_forgotten_is_asked_for_again(source: Source, remembered: Remembered[str, str]) -> None:
    await remembered.get("k")
    source.answer = "two"
    remembered.forget("k")
    assert await remembered.get("k") == "two"


async def test_what_was_looked_up_before_it_was_forgotten_is_not_remembered(
    source: Source, remembered: Remembered[str, str]
) -> None:
    source.slow = True
    asking = asyncio.create_task(remembered.get("k"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    remembered.forget("k")
    source.answer, source.slow = "two", False
    source.told.set()
    assert await asking == "one"
    assert await remembered.get("k") == "two"


async def test_only_so_much_is_remembered(source: Source, remembered: Remembered[str, str]) -> None:
    for key in "abcd":
        await remembered.get(key)
    await remembered.get("d")
    assert source.asked == 4
    await remembered.get("a")
    assert source.asked == 5


async def test_who_goes_away_does_not_end_the_look_up_for_others(
    source: Source, remembered: Remembered[str, str]
) -> None:
    source.slow = True
    first, second = asyncio.create_task(remembered.get("k")), asyncio.create_task(remembered.get("k"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    source.told.set()
    assert await second == "one"


async def test_what_is_outdated_is_asked_for_again_once_however_many_say_so(
    source: Source, remembered: Remembered[str, str]
) -> None:
    first = await remembered.get("k")
    source.answer = "two"

    async def again() -> str:
        remembered.outdate("k", first)
        return await remembered.get("k")

    assert await asyncio.gather(*(again() for _ in range(5))) == ["two"] * 5
    assert source.asked == 2
    remembered.outdate("k", first)
    assert await remembered.get("k") == "two"
    assert source.asked == 2
