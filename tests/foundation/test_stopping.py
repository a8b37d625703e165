"""Tasks that talk to Redis end when they are told to."""

import asyncio

from redis.asyncio import Redis

from foundation.stopping import end, heed_cancellation
from tests.streaming.scene import no_task_left_behind


async def test_a_loop_that_talks_to_redis_ends_however_its_cancellation_falls(redis: Redis) -> None:
    async def work() -> None:
        while True:
            heed_cancellation()
            await redis.set("a", 1)

    for turns in range(60):
        task = asyncio.create_task(work())
        for _ in range(turns % 10):
            await asyncio.sleep(0)
        task.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait([task])
        assert task.cancelled()


async def test_a_task_that_does_not_heed_is_asked_again_and_its_outcome_is_told() -> None:
    async def deaf() -> str:
        for _ in range(3):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        return "done"

    async def failing() -> None:
        raise ValueError("broken")

    async with no_task_left_behind():
        tasks = asyncio.create_task(deaf()), asyncio.create_task(failing())
        await asyncio.sleep(0)
        done, failed = await end(*tasks)
    assert done == "done"
    assert isinstance(failed, ValueError)
