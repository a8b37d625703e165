"""The audience of a room, counted over api processes."""

import asyncio
from collections.abc import Sequence

from streaming.audience.audience import Audience
from streaming.audience.rules import AudienceRules
from streaming.audience.store_memory import MemoryAudiences
from streaming.feed.store_memory import MemoryWire
from tests.clocks import ToldClock


class Processes:
    """Two api processes on one store."""

    def __init__(self) -> None:
        self.clock = ToldClock()
        self.store = MemoryAudiences()
        self.wires = MemoryWire(), MemoryWire()
        self.first, self.second = (Audience(self.store, wire, self.clock, AudienceRules()) for wire in self.wires)

    def told(self, process: int) -> list[object]:
        return [message.body["count"] for message in self.wires[process].messages]


async def test_a_room_is_told_its_number_once_however_many_came() -> None:
    both = Processes()
    for number in range(10):
        await both.first.enter("a", f"c{number}")
    await both.first.tell()
    await both.first.tell()
    assert both.told(0) == [10]


async def test_the_viewers_of_every_process_count() -> None:
    both = Processes()
    await both.first.enter("a", "c1")
    await both.second.enter("a", "c2")
    await both.second.tell()
    assert both.told(1) == [2]
    await both.first.leave("a", "c1")
    await both.first.tell()
    assert both.told(0) == [1]


async def test_heartbeats_keep_viewers_and_their_absence_loses_them() -> None:
    both = Processes()
    await both.first.enter("a", "c1")
    await both.second.enter("a", "c2")
    await both.second.tell()
    for _ in range(4):  # the first process was killed: it says nothing any more
        both.clock.advance(5_000)
        await both.second.beat()
    await both.second.tell()
    assert both.told(1) == [2, 1]
    assert await both.second.count("a") == 1


class SlowBeats(MemoryAudiences):
    """A store whose answer to a heartbeat takes as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()

    async def beat(self, room: str, connections: Sequence[str], now_ms: int) -> int:
        await self.go_on.wait()
        return await super().beat(room, connections, now_ms)


async def test_who_leaves_while_his_heartbeat_is_on_its_way_is_no_ghost() -> None:
    store, clock = SlowBeats(), ToldClock()
    audience = Audience(store, MemoryWire(), clock, AudienceRules())
    store.go_on.set()
    await audience.enter("a", "c1")
    await audience.enter("a", "c2")
    store.go_on.clear()
    beating = asyncio.create_task(audience.beat())
    await asyncio.sleep(0)
    await audience.leave("a", "c1")
    store.go_on.set()
    await beating
    assert await audience.count("a") == 1


async def test_a_room_without_viewers_here_is_forgotten() -> None:
    both = Processes()
    await both.first.enter("a", "c1")
    await both.first.leave("a", "c1")
    assert both.first.rooms == frozenset()
    await both.first.tell()
    assert both.told(0) == [0]
    await both.first.tell()
    assert both.told(0) == [0]
