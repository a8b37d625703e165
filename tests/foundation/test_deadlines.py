"""One deadline for many: who is late is told, nobody else is disturbed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from foundation.deadlines import Deadlines


@pytest.fixture
async def deadlines(no_task_left: None) -> AsyncIterator[Deadlines]:
    made = Deadlines(0.01)
    made.start()
    yield made
    await made.close()


async def waiting(deadlines: Deadlines) -> None:
    with deadlines.term():
        await asyncio.Event().wait()


async def test_who_takes_too_long_is_told(deadlines: Deadlines) -> None:
    for _ in range(2):  # after that he is as free as before
        with pytest.raises(TimeoutError):
            await waiting(deadlines)


async def test_who_is_ready_in_time_is_left_alone(deadlines: Deadlines) -> None:
    with deadlines.term():
        await asyncio.sleep(0)
    with pytest.raises(TimeoutError):
        await waiting(deadlines)  # so the time of the first one is over, too


async def test_an_error_of_ones_own_stays_what_it_is(deadlines: Deadlines) -> None:
    with pytest.raises(ZeroDivisionError), deadlines.term():
        raise ZeroDivisionError


async def test_a_crowd_is_told_one_by_one(deadlines: Deadlines) -> None:
    told = await asyncio.gather(*(waiting(deadlines) for _ in range(100)), return_exceptions=True)
    assert {type(each) for each in told} == {TimeoutError}


async def test_who_is_cancelled_by_somebody_else_is_cancelled(deadlines: Deadlines) -> None:
    slow = Deadlines(60)
    slow.start()
    task = asyncio.create_task(waiting(slow))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()
    await slow.close()
