"""Whoever owns tasks ends them, also those that miss their first cancellation."""

import asyncio
import contextlib

import pytest
from structlog.testing import capture_logs

from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner


async def test_closing_ends_every_task(no_task_left: None) -> None:
    owner = TaskOwner("test")
    tasks = [owner.start(asyncio.Event().wait(), f"task {number}") for number in range(3)]
    await asyncio.sleep(0)
    await owner.close()
    assert all(task.cancelled() for task in tasks) and len(owner) == 0


async def test_a_task_that_swallows_its_first_cancellation_is_asked_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed += 1
        await asyncio.Event().wait()

    owner = TaskOwner("test")
    owner.start(stubborn(), "stubborn")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await owner.close()
    assert swallowed == 1 and len(owner) == 0


async def test_a_loop_that_asks_notices_a_cancellation_that_was_swallowed() -> None:
    rounds = 0

    async def loop() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            heed_cancellation()

    task = asyncio.get_running_loop().create_task(loop())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rounds == 1


async def test_a_failure_is_logged_by_name_and_spares_the_others() -> None:
    async def fails() -> None:
        raise ValueError("no ground")

    owner = TaskOwner("test")
    other = owner.start(asyncio.Event().wait(), "other")
    failing = owner.start(fails(), "failing")
    with capture_logs() as logs:
        await asyncio.wait({failing})
        await asyncio.sleep(0)
    assert [entry["task"] for entry in logs] == ["test/failing"]
    assert not other.done()
    await owner.close()


async def test_a_closed_owner_starts_nothing() -> None:
    owner = TaskOwner("test")
    await owner.close()
    with pytest.raises(RuntimeError):
        owner.start(asyncio.Event().wait(), "late")
