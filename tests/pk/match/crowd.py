"""Hosts who wait for a random match, in virtual time, with a matchmaker and a working office."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from accounts.pace import Pace
from accounts.principal import Principal, Role
from accounts.store_memory import MemoryThrottle
from foundation.errors import Refusal, RemoteRefusal, Unavailable
from foundation.lease import MemoryLeases
from foundation.stopping import end
from gifts.scoring import Tally
from pk.battle import Battle
from pk.errors import NoReferee, TooFrequent
from pk.inputs import Surrender, Tallied
from pk.match.matchmaker import Matchmaker, Surroundings
from pk.match.service import MatchService
from pk.match.store_memory import MemoryMatchQueue
from pk.rules import BattleRules, MatchRules
from pk.schema import Order, command_of
from pk.state import Member, Phase, Side, State
from pk.store import Change
from tests.pk.people import fighting, follows, strangers
from tests.pk.street import People
from tests.pk.virtual import passes, play
from tests.pk.world import World, working

FIGHTS = BattleRules(fight_ms=60_000, victory_ms=5_000, draw_ms=5_000)


class Desk:
    """``pk.service.Referees`` of the world's office.

    ``refusal`` is what it says instead of opening a battle, ``mute`` how often it does not take an acceptance,
    ``stuck`` who hears nothing when he accepts, ``eager`` whose invitations are too many.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.refusal: Refusal | None = None
        self.mute = 0
        self.stuck: set[str] = set()
        self.eager: set[str] = set()
        self.opened: list[State] = []
        self.hangs_before: str | None = None  # "open", "accept" or "answer"
        self.reached = asyncio.Event()

    async def open(self, state: State) -> State:
        await self._hang("open")
        if self.refusal is not None:
            raise self.refusal
        if state.inviter.user in self.eager:
            raise RemoteRefusal(429, TooFrequent.code, TooFrequent.title, 60)
        self.opened.append(state)
        return await self._world.office.open(state)

    async def command(
        self, battle_id: str, verb: str, user: str, *, reason: str | None = None, target: str | None = None
    ) -> State:
        await self._hang("accept")
        if user in self.stuck:
            await asyncio.get_running_loop().create_future()
        if self.mute:
            self.mute -= 1
            raise NoReferee
        event = command_of(verb, Order(user=user))
        assert event is not None
        state = await self._world.office.command(battle_id, event)
        await self._hang("answer")
        return state

    async def _hang(self, where: str) -> None:
        if self.hangs_before == where:
            self.reached.set()
            await asyncio.get_running_loop().create_future()


class Crowd:
    def __init__(self, rules: MatchRules | None = None) -> None:
        self.world = World()
        self.rules = rules or MatchRules()
        self.queue = MemoryMatchQueue()
        self.people = People()
        self.desk = Desk(self.world)
        self.leases = MemoryLeases()
        self.full = False
        world = self.world
        self.service = MatchService(
            FIGHTS,
            self.rules,
            world.clock,
            world.hosts,
            self.people,
            world.battles,
            world.ring,
            self.queue,
            Pace(MemoryThrottle(), world.clock, "match"),
            world.bus,
            world.feed,
        )

    def matchmaker(self, desk: Desk | None = None) -> Matchmaker:
        world = self.world
        around = Surroundings(
            world.clock,
            world.bus,
            world.feed,
            world.hosts,
            self.people,
            self.people,
            world.battles,
            world.ring,
            self.queue,
            desk or self.desk,
            self,
            FIGHTS,
            self.rules,
        )
        return Matchmaker(around, self.leases)

    async def expect_room(self, kind: str) -> None:
        """``pk.service.Mixers``."""
        if self.full:
            raise Unavailable("every core is busy")

    def comes(self) -> Member:
        """A host goes live."""
        (side,) = strangers(1)
        self.world.hosts.go_live(side)
        return side.host

    async def asks(self, host: Member, duration_s: int | None = None) -> dict[str, object]:
        return await self.service.ask(principal(host), host.room, duration_s)

    async def waiter(self, duration_s: int | None = None) -> Member:
        """A host who is live and waits."""
        host = self.comes()
        await self.asks(host, duration_s)
        return host

    async def waits(self, host: Member) -> bool:
        return await self.queue.find(host.room) is not None

    async def has_met(self, winner: Member, loser: Member) -> None:
        """They have had a battle."""
        sides = (Side("red", (replace(winner, seat=0),)), Side("blue", (replace(loser, seat=1),)))
        battle, now_ms = fighting(sides=sides), self.world.clock.now_ms()
        battle.handle(Surrender(loser.user), now_ms)
        state = battle.state
        await self.world.battles.insert(Change(state, 0, 1), now_ms)

        def decide(tally: Tally) -> State:
            settled = Battle(state)
            settled.handle(Tallied(()), now_ms)
            return settled.state

        settled = await self.world.battles.settle(state.battle, state.version, 1, decide)
        await self.world.battles.update(Change(follows(settled, phase=Phase.ENDED), settled.version, 1))
        await self.world.battles.close(state.battle, 1, now_ms)

    def told(self, host: Member) -> list[tuple[str, object]]:
        """What he was told of his wait: the type, and the window or the reason."""
        return [
            (message.type, message.body.get("window", message.body.get("reason")))
            for message in self.world.feed.messages
            if message.room == host.room and message.type.startswith("match.") and message.users == (host.user,)
        ]

    def ends(self, host: Member) -> list[object]:
        return [what for kind, what in self.told(host) if kind == "match.ended"]

    async def meet(self, one: Member, other: Member, within_ms: int = 2_000) -> State:
        """The battle of the two, once it is being prepared."""
        over = self.world.clock.now_ms() + within_ms
        while True:
            battle = await self.world.ring.battle_of(one.room)
            copy = None if battle is None else await self.world.ring.copy(battle)
            if copy is not None and copy.state.public and not await self.waits(one) and not await self.waits(other):
                assert set(copy.state.rooms) == {one.room, other.room}
                return copy.state
            assert self.world.clock.now_ms() < over, "they did not meet"
            await passes(10)


def principal(host: Member) -> Principal:
    return Principal(host.user, host.name, frozenset({Role.HOST}))


@asynccontextmanager
async def working_matchmaker(matchmaker: Matchmaker) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.get_running_loop().create_task(matchmaker.run())
    try:
        await passes(1)  # he has got his lease
        yield task
    finally:
        await end(task)


def gathering(scenario: Callable[[Crowd], Awaitable[None]], rules: MatchRules | None = None) -> None:
    """Play ``scenario`` with an office that works and no matchmaker yet, and see that nothing is left behind."""

    async def whole() -> None:
        before = asyncio.all_tasks()
        crowd = Crowd(rules)
        async with working(crowd.world.office):
            await asyncio.sleep(0)
            await scenario(crowd)
        left = asyncio.all_tasks() - before
        assert not left, [task.get_name() for task in left]

    play(whole())


def matching(scenario: Callable[[Crowd], Awaitable[None]], rules: MatchRules | None = None) -> None:
    """The same with a matchmaker at work."""

    async def with_matchmaker(crowd: Crowd) -> None:
        async with working_matchmaker(crowd.matchmaker()):
            await scenario(crowd)

    gathering(with_matchmaker, rules)
