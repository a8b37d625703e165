"""The doorbell and the ending of tasks that may miss a cancellation."""

import asyncio
from contextlib import suppress

import pytest

from foundation.bus import MemoryBus
from foundation.facts import Fact
from foundation.stopping import end, heed_cancellation
from gifts.doorbell import Doorbell
from gifts.events import GiftsCommitted


class SlowBus(MemoryBus):
    """Publishes when the test lets it; may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.rung = asyncio.Event()
        self.published = 0
        self.away = False

    async def publish(self, *facts: Fact) -> None:
        self.rung.set()
        await self.gate.wait()
        if self.away:
            raise ConnectionRefusedError
        self.published += 1
        await super().publish(*facts)


async def test_rings_that_come_while_one_is_on_its_way_are_one() -> None:
    bus = SlowBus()
    bell = Doorbell(bus)
    bell.start()
    async with bus.subscribe(GiftsCommitted) as heard:
        bell.ring()
        await asyncio.wait_for(bus.rung.wait(), 5)
        for _ in range(50):
            bell.ring()
        bus.gate.set()
        for _ in range(2):
            await asyncio.wait_for(anext(heard), 5)
        await bell.close()
    assert bus.published == 2


async def test_a_bus_that_is_away_does_not_end_the_doorbell() -> None:
    bus = SlowBus()
    bus.gate.set()
    bus.away = True
    bell = Doorbell(bus)
    bell.start()
    bell.ring()
    await asyncio.wait_for(bus.rung.wait(), 5)
    bus.away = False
    async with bus.subscribe(GiftsCommitted) as heard:
        bell.ring()
        await asyncio.wait_for(anext(heard), 5)
    await bell.close()


async def test_a_task_that_missed_its_cancellation_is_asked_again() -> None:
    missed = asyncio.Event()

    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        missed.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await end(task)
    assert missed.is_set() and task.cancelled()


async def test_an_owner_loop_that_asks_hears_of_a_cancellation_that_was_swallowed() -> None:
    async def loop() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        heed_cancellation()

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    heed_cancellation()  # who was not cancelled goes on
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
