"""The random match on the real stores: a matchmaker who is killed is followed by another one within three seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

import foundation.redis
from accounts.pace import Pace
from accounts.store_redis import RedisThrottle
from foundation.bus_redis import RedisBus
from foundation.internal import InternalClient
from foundation.sql import Database
from foundation.stopping import end
from pk.match.matchmaker import Matchmaker, Surroundings
from pk.match.service import MatchService
from pk.match.store_redis import RedisMatchQueue
from pk.referee_client import RefereeClient
from pk.rules import BattleRules, MatchRules
from pk.service import Referees
from pk.state import Member, Phase, State
from tests.pk.match.crowd import principal
from tests.pk.people import strangers
from tests.pk.station import TOKEN, Abandoned, Friendly, Town, station
from tests.streaming.media.rig import breathe

FIGHTS = BattleRules(countdown_ms=50, fight_ms=60_000)
RULES = MatchRules()


class Roomy:
    """``pk.service.Mixers`` of a place with room for everybody."""

    async def expect_room(self, kind: str) -> None:
        return None


@dataclass
class Post:
    """What a process has of the random match: a connection of its own to everything."""

    town: Town
    redis: Redis
    bus: RedisBus
    internal: InternalClient

    def __post_init__(self) -> None:
        self.queue = RedisMatchQueue(self.redis)
        self.leases = Abandoned(self.redis, self.town.database)
        self.referees: Referees = RefereeClient(self.town.nodes, self.internal, self.town.ring, self.town.battles)

    def service(self) -> MatchService:
        town = self.town
        return MatchService(
            FIGHTS,
            RULES,
            town.clock,
            town.hosts,
            Friendly(),
            town.battles,
            town.ring,
            self.queue,
            Pace(RedisThrottle(self.redis), town.clock, "match"),
            self.bus,
            town.feed,
        )

    def matchmaker(self) -> Matchmaker:
        town = self.town
        around = Surroundings(
            town.clock,
            self.bus,
            town.feed,
            town.hosts,
            Friendly(),
            town.relations,
            town.battles,
            town.ring,
            self.queue,
            self.referees,
            Roomy(),
            FIGHTS,
            RULES,
        )
        return Matchmaker(around, self.leases)


class Hanging:
    """``pk.service.Referees`` that open battles and never answer after that."""

    def __init__(self, referees: Referees) -> None:
        self._referees = referees
        self.reached = asyncio.Event()

    async def open(self, state: State) -> State:
        return await self._referees.open(state)

    async def command(
        self, battle_id: str, verb: str, user: str, *, reason: str | None = None, target: str | None = None
    ) -> State:
        self.reached.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nobody answers")


@pytest.fixture
def town(redis: Redis, database: Database, valkey_url: str) -> Town:
    return Town(redis, database, valkey_url)


@pytest.fixture
async def posts(town: Town, valkey_url: str) -> AsyncIterator[list[Post]]:
    made = []
    for name in ("one", "two"):
        redis = foundation.redis.connect(valkey_url, name)
        bus = RedisBus(redis)
        await bus.start()
        made.append(Post(town, redis, bus, InternalClient(TOKEN)))
    yield made
    for post in made:
        await post.internal.close()
        await post.bus.close()
        await post.redis.aclose()


def comes(town: Town) -> Member:
    (side,) = strangers(1)
    town.hosts.go_live(side)
    return side.host


async def meet(town: Town, one: Member, other: Member, within_s: float) -> State:
    deadline = time.monotonic() + within_s
    while True:
        battle = await town.ring.battle_of(one.room)
        copy = None if battle is None else await town.ring.copy(battle)
        if copy is not None and copy.state.phase in (Phase.PREPARING, Phase.FIGHTING):
            assert {each.user for each in copy.state.members} == {one.user, other.user}
            return copy.state
        assert time.monotonic() < deadline, copy and copy.state
        await breathe()


def ended(town: Town) -> dict[str, dict[str, object]]:
    """What those who waited were told at the end of it, by room; of a killed matchmaker's telling perhaps twice."""
    return {message.room: message.body for message in town.feed.messages if message.type == "match.ended"}


async def test_two_meet_and_a_killed_matchmaker_costs_the_next_two_three_seconds(town: Town, posts: list[Post]) -> None:
    first, second = posts
    service = second.service()
    async with station(town, "control"):
        making = asyncio.create_task(first.matchmaker().run())
        one, other = comes(town), comes(town)
        await service.ask(principal(one), one.room, None)
        await service.ask(principal(other), other.room, None)
        await meet(town, one, other, 10)

        hanging = Hanging(first.referees)
        await end(making)
        first.referees = hanging
        making = asyncio.create_task(first.matchmaker().run())
        one, other = comes(town), comes(town)
        await service.ask(principal(one), one.room, None)
        await service.ask(principal(other), other.room, None)
        async with asyncio.timeout(10):
            await hanging.reached.wait()
        waiting = asyncio.create_task(second.matchmaker().run())
        first.leases.killed = True  # it gives nothing back
        await end(making)
        killed = time.monotonic()
        state = await meet(town, one, other, 10)
        assert time.monotonic() - killed < 3.8
        deadline = time.monotonic() + 10
        while await second.queue.waiting():  # first told, then out of the queue
            assert time.monotonic() < deadline, ended(town)
            await breathe()
        await end(waiting)
    told = ended(town)
    assert [body["reason"] for body in told.values()] == ["found"] * 4
    assert told[one.room]["battle"] == told[other.room]["battle"] == state.battle
