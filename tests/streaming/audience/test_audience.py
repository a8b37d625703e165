"""The audience of a room, counted over api processes."""

import asyncio
import random
from contextlib import suppress

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from accounts.principal import Principal
from foundation.stopping import end
from streaming.audience.audience import AT_ONCE, Audience
from streaming.audience.rules import GONE_AFTER_MS, AudienceRules
from streaming.audience.store import Audiences, Beat, Counted, Figures
from streaming.audience.store_memory import MemoryAudiences
from streaming.audience.store_redis import RedisAudiences
from streaming.feed.store_memory import MemoryWire
from tests.clocks import ToldClock
from tests.pk.virtual import VirtualClock, passes, play, virtual_seconds
from tests.streaming.scene import until


def person(user: str) -> Principal:
    return Principal(user, user.title(), frozenset())


class Processes:
    """Two api processes on one store."""

    def __init__(self, store: Audiences | None = None) -> None:
        self.clock = ToldClock()
        self.store = store or MemoryAudiences()
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


@pytest.mark.parametrize("phase_ms", range(0, 5_000, 500))
async def test_a_room_hears_within_twenty_seconds_of_a_process_that_died_at_any_moment(phase_ms: int) -> None:
    """It dies as it has just said how many watch, so long before a heartbeat of the other; a second is for the way."""
    both = Processes()
    await both.first.enter("a", "c1")
    await both.second.enter("a", "c2")
    await both.second.tell()
    died_ms = both.clock.now_ms()
    both.clock.advance(phase_ms)
    while both.told(1) == [2]:
        both.clock.advance(round(AudienceRules().beat_every_s * 1000))
        await both.second.beat()
        await both.second.tell()
    assert both.told(1) == [2, 1]
    assert both.clock.now_ms() - died_ms <= 19_000


async def test_a_host_with_no_viewer_in_his_process_hears_that_those_of_another_one_died() -> None:
    both = Processes()
    await both.first.enter("a", "c1")
    both.second.enter_beside("a", "host")
    await both.second.beat()
    await both.second.tell()
    assert both.told(1) == [1]
    both.clock.advance(GONE_AFTER_MS + 1)  # the first process was killed
    await both.second.beat()
    await both.second.tell()
    assert both.told(1) == [1, 0]
    await both.second.leave("a", "host")
    assert both.second.rooms == frozenset()


async def test_who_is_no_viewer_is_not_counted_and_keeps_no_viewer() -> None:
    both = Processes()
    both.first.enter_beside("a", "host")
    await both.first.enter("a", "c1")
    assert await both.first.count("a") == 1
    await both.first.leave("a", "c1")
    await both.first.tell()
    assert (await both.first.count("a"), both.told(0)) == (0, [0])


async def test_a_room_hears_of_its_peak_and_its_newest_viewers_by_name() -> None:
    both = Processes()
    for number in range(7):
        await both.first.enter("a", f"c{number}", person(f"user{number}"))
        both.clock.advance(1)
    await both.first.leave("a", "c6")
    await both.first.tell()
    body = both.wires[0].messages[-1].body
    assert (body["count"], body["peak"]) == (6, 7)
    assert [each["user"] for each in body["newest"]] == [f"user{number}" for number in (5, 4, 3, 2, 1)]  # type: ignore


async def test_a_user_with_two_sockets_is_one_visitor_and_two_viewers() -> None:
    both = Processes()
    await both.store.begin("a", "b1")
    await both.first.enter("a", "c1", person("ann"))
    await both.second.enter("a", "c2", person("ann"))
    await both.first.enter("a", "c3")
    assert await both.store.figures("a") == Figures(peak=3, unique=2)


async def test_those_who_wait_for_a_broadcast_are_its_visitors() -> None:
    both = Processes()
    await both.first.enter("a", "c1", person("ann"))
    await both.first.enter("a", "c2")
    await both.store.begin("a", "b1")
    assert await both.store.figures("a") == Figures()
    await both.first.beat()
    assert await both.store.figures("a") == Figures(peak=2, unique=2)


class SlowBeats(MemoryAudiences):
    """A store whose answer to a heartbeat takes as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = asyncio.Event()
        self.beats = 0

    async def beat(self, room: str, beat: Beat) -> Counted:
        self.beats += 1
        await self.go_on.wait()
        return await super().beat(room, beat)


async def test_who_leaves_while_his_heartbeat_is_on_its_way_is_no_ghost() -> None:
    store, clock = SlowBeats(), ToldClock()
    audience = Audience(store, MemoryWire(), clock, AudienceRules())
    store.go_on.set()
    await audience.enter("a", "c1")
    await audience.enter("a", "c2")
    store.go_on.clear()
    beating = asyncio.create_task(audience.beat())
    await until(lambda: store.beats == 3, "it is on its way")
    await audience.leave("a", "c1")
    store.go_on.set()
    await beating
    assert await audience.count("a") == 1


async def test_a_storm_of_newcomers_is_said_in_one_go() -> None:
    store = SlowBeats()
    audience = Audience(store, MemoryWire(), ToldClock(), AudienceRules())
    entering = [asyncio.create_task(audience.enter("a", f"c{number}")) for number in range(1_000)]
    await asyncio.sleep(0)
    store.go_on.set()
    await asyncio.gather(*entering)
    assert (await audience.count("a"), store.beats) == (1_000, 2)


async def test_a_room_without_viewers_here_is_forgotten() -> None:
    both = Processes()
    await both.first.enter("a", "c1")
    await both.first.leave("a", "c1")
    await both.first.leave("a", "c1")
    assert both.first.rooms == frozenset()
    await both.first.tell()
    assert both.told(0) == [0]
    await both.first.tell()
    assert both.told(0) == [0]


class AwayForAMoment(MemoryAudiences):
    """A store that does not answer while ``away``."""

    away = False

    async def beat(self, room: str, beat: Beat) -> Counted:
        if self.away:
            raise RedisError
        return await super().beat(room, beat)


async def test_who_left_while_redis_was_away_is_gone_with_the_next_heartbeat() -> None:
    store = AwayForAMoment()
    both = Processes(store)
    for connection in ("c1", "c2"):
        await both.first.enter("a", connection)
    store.away = True
    with pytest.raises(RedisError):
        await both.first.leave("a", "c1")
    store.away = False
    await both.first.beat()
    assert await both.first.count("a") == 1


@pytest.mark.parametrize("seed", range(3))
async def test_after_a_thousand_deaths_the_count_is_that_of_the_living(redis: Redis, seed: int) -> None:
    """Sockets come, leave, and die with their process; so long after the last death as a viewer may be missed."""
    dice, store = random.Random(seed), RedisAudiences(redis)
    both = Processes(store)
    processes = [both.first, both.second]
    alive: list[dict[str, Audience]] = [{}, {}]
    for number in range(1_000):
        which = dice.randrange(2)
        await processes[which].enter("a", f"c{number}", person("u") if dice.random() < 0.1 else None)
        alive[which][f"c{number}"] = processes[which]
        if dice.random() < 0.9:
            victim = dice.choice([connection for of in alive for connection in of])
            where = 0 if victim in alive[0] else 1
            await alive[where].pop(victim).leave("a", victim)
        elif dice.random() < 0.3:  # the process is killed, and another one begins in its place
            processes[which] = Audience(store, both.wires[which], both.clock, AudienceRules())
            alive[which].clear()
        both.clock.advance(dice.randrange(200))
    for _ in range(4):
        both.clock.advance(5_000)
        for process in processes:
            await process.beat()
    assert GONE_AFTER_MS + 5_000 <= 4 * 5_000
    assert await processes[0].count("a") == len(alive[0]) + len(alive[1])


async def test_who_comes_and_goes_while_another_heartbeat_is_on_its_way_is_a_visitor_all_the_same() -> None:
    store = SlowBeats()
    await store.begin("a", "b1")
    audience = Audience(store, MemoryWire(), ToldClock(), AudienceRules())
    entering = asyncio.create_task(audience.enter("a", "c1", person("ann")))
    await asyncio.sleep(0)
    await audience.enter("a", "c2", person("bob"))
    await audience.leave("a", "c2")
    await audience.leave("a", "c1")
    store.go_on.set()
    await entering
    assert (await store.figures("a")).unique == 2
    assert (audience.rooms, await audience.count("a")) == (frozenset(), 0)


class BusyStore(MemoryAudiences):
    """A store that remembers how many asked it at one time; it fails at room ``r3``."""

    def __init__(self) -> None:
        super().__init__()
        self.asking, self.most = 0, 0

    async def _take_part(self, room: str) -> None:
        self.asking += 1
        self.most = max(self.most, self.asking)
        for _ in range(3):
            await asyncio.sleep(0)
        self.asking -= 1
        if room == "r3":
            raise RedisError("just now")

    async def beat(self, room: str, beat: Beat) -> Counted:
        await self._take_part(room)
        return await super().beat(room, beat)

    async def look(self, room: str, now_ms: int) -> Counted:
        await self._take_part(room)
        return await super().look(room, now_ms)


async def test_of_many_rooms_is_spoken_a_few_at_a_time_and_one_that_fails_keeps_no_other_waiting() -> None:
    store, wire, clock = BusyStore(), MemoryWire(), ToldClock()
    audience = Audience(store, wire, clock, AudienceRules())
    rooms = [f"r{number}" for number in range(100)]
    for room in rooms:
        with suppress(RedisError):
            await audience.enter(room, f"c of {room}")
    with pytest.raises(RedisError):
        await audience.tell()
    assert wire.messages == [], "they are told when it is there again"
    store.most = 0
    clock.advance(GONE_AFTER_MS)
    with pytest.raises(RedisError):
        await audience.beat()
    assert 1 < store.most <= AT_ONCE
    clock.advance(GONE_AFTER_MS)
    counts = await store.counts(rooms, clock.now_ms())
    assert {room for room, count in counts.items() if not count} == {"r3"}
    with pytest.raises(RedisError):
        await audience.tell()
    await audience.leave("r0", "c of r0")


class LateStore(MemoryAudiences):
    """Every answer takes three quarters of a second of virtual time."""

    def __init__(self) -> None:
        super().__init__()
        self.beats_s: list[float] = []

    async def beat(self, room: str, beat: Beat) -> Counted:
        self.beats_s.append(virtual_seconds())
        await passes(750)
        return await super().beat(room, beat)

    async def look(self, room: str, now_ms: int) -> Counted:
        await passes(750)
        return await super().look(room, now_ms)


def test_heartbeats_come_by_the_clock_whatever_they_and_the_counting_take() -> None:
    store = LateStore()

    async def half_a_minute() -> None:
        audience = Audience(store, MemoryWire(), VirtualClock(), AudienceRules())
        audience.enter_beside("a", "host")
        running = asyncio.create_task(audience.run())
        await passes(31_000)
        await end(running)

    play(half_a_minute())
    assert len(store.beats_s) == 6
    assert all(abs(at_s - 5.0 * number) <= 1.0 for number, at_s in enumerate(store.beats_s, 1))
