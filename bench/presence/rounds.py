"""A round: a crowd in some rooms, at some api processes, of whom many go at random moments and in random ways.

Right is: within ``within_s`` of the last of them every room counts those who are there, as Redis has it and as each of
them was told last, and goes on to do so; and nobody has lost his socket whose end was not our doing.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from bench.presence.viewers import Seat, Viewer, Way, come_and_go

LOOKS_EVERY_S = 0.1
STANDS_S = 2.5  # so long the number is looked at once it is right: a room is told every second
COMERS_AT_ONCE = 16
GAP_S = 0.02  # between two of those who go, on average
JOINS = 0.2  # so many come for one who goes
EARLY_S = 0.03  # at the latest
WAYS = (Way.LEFT, Way.HUNG_UP, Way.RESET, Way.SILENT, Way.EARLY)


@dataclass(frozen=True)
class Place:
    """Where the rounds are: ``rooms`` of one platform, at the api processes on ``ports``."""

    ports: Sequence[int]
    rooms: Sequence[str]
    within_s: float
    counts: Callable[[], Awaitable[Mapping[str, int]]]
    """By room, as Redis has it."""
    token: Callable[[], str]
    """Of somebody who has not been here before."""
    kill_api: Callable[[int], Awaitable[None]] | None = None
    """Kill the process on the port of this index; another one takes its place."""


@dataclass
class Verdict:
    seed: int
    ways: Counter[Way] = field(default_factory=Counter)
    lost_with_api: int = 0
    """Connections of the api processes that were killed."""
    settled_s: float | None = None
    """How long after the last end every number was right; None: it was not, in time."""
    complaints: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.ways.total()


class Round:
    def __init__(self, place: Place, seed: int) -> None:
        self._place = place
        self._dice = Random(seed)
        self._there: list[Viewer] = []
        self._gone: list[Viewer] = []
        self._coming: list[asyncio.Task[None]] = []
        self._turns = asyncio.Semaphore(COMERS_AT_ONCE)
        self.verdict = Verdict(seed)

    async def run(self, viewers: int, kills: int) -> Verdict:
        """``viewers`` come, and ``kills`` ends are made; in between others come."""
        try:
            await asyncio.gather(*(self._come(self._seat()) for _ in range(viewers)))
            if await self._settled() is None:
                return self.verdict
            await self._kill(kills)
            self.verdict.settled_s = await self._settled()
            if self.verdict.settled_s is not None:
                await self._stands()
            self._look_for_lost()
        finally:
            await asyncio.gather(*(viewer.close() for viewer in (*self._there, *self._gone)))
        return self.verdict

    def _seat(self) -> Seat:
        token = self._place.token() if self._dice.random() < 0.5 else ""
        return Seat(self._dice.choice(self._place.ports), self._dice.choice(self._place.rooms), token)

    async def _come(self, seat: Seat) -> None:
        async with self._turns:
            self._there.append(await Viewer.come(seat))

    async def _kill(self, kills: int) -> None:
        api_at = self._dice.choice((self._dice.randrange(kills), kills - 1)) if self._place.kill_api else None
        for number in range(kills):
            await asyncio.sleep(self._dice.expovariate(1 / GAP_S))
            await self._kill_one(Way.API if number == api_at else None)
            if self._dice.random() < JOINS:
                self._coming.append(asyncio.create_task(self._come(self._seat()), name="comer"))
        await asyncio.gather(*self._coming)

    async def _kill_one(self, way: Way | None) -> None:
        way = way or (self._dice.choice(WAYS) if self._there else Way.EARLY)
        self.verdict.ways[way] += 1
        match way:
            case Way.API:
                await self._kill_api()
            case Way.EARLY:
                early = come_and_go(self._seat(), self._dice.uniform(0, EARLY_S))
                self._coming.append(asyncio.create_task(early, name="early"))
            case _:
                victim = self._there.pop(self._dice.randrange(len(self._there)))
                self._gone.append(victim)
                await victim.go(way)

    async def _kill_api(self) -> None:
        assert self._place.kill_api is not None
        await asyncio.gather(*self._coming)  # nobody is between two processes
        index = self._dice.randrange(len(self._place.ports))
        port = self._place.ports[index]
        lost = [viewer for viewer in self._there if viewer.seat.port == port]
        for viewer in lost:
            viewer.expected = True
            self._there.remove(viewer)
        self._gone += lost
        self.verdict.lost_with_api += len(lost)
        await self._place.kill_api(index)

    async def _settled(self) -> float | None:
        """Seconds until every number was right."""
        loop = asyncio.get_running_loop()
        began_s, wrong = loop.time(), ["nobody has looked"]
        while wrong and loop.time() - began_s < self._place.within_s:
            wrong = await self._wrong()
            if wrong:
                await asyncio.sleep(LOOKS_EVERY_S)
        if wrong:
            self.verdict.complaints += [f"after {self._place.within_s:g} s: {each}" for each in wrong]
            return None
        return loop.time() - began_s

    async def _stands(self) -> None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + STANDS_S
        while loop.time() < until_s and not self.verdict.complaints:
            self.verdict.complaints += [f"after it was right: {each}" for each in await self._wrong()]
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _wrong(self) -> list[str]:
        there = Counter(viewer.seat.room for viewer in self._there)
        counted = await self._place.counts()
        wrong = []
        for room in self._place.rooms:
            heard = Counter(viewer.heard for viewer in self._there if viewer.seat.room == room)
            if counted[room] != there[room] or heard.keys() - {there[room]}:
                wrong.append(
                    f"{there[room]} are in {room}, Redis counts {counted[room]}, they have heard {dict(heard)}"
                )
        return wrong

    def _look_for_lost(self) -> None:
        lost = [viewer for viewer in self._there if viewer.lost]
        if lost:
            self.verdict.complaints.append(f"{len(lost)} have lost their sockets without a reason")
