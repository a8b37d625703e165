"""A control process on real stores: its office behind real HTTP, and what api needs to talk to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from fastapi import FastAPI
from redis.asyncio import Redis

import foundation.redis
import transcode.client
from accounts.principal import Principal, Role
from accounts.store_sql_relations import SqlRelations
from foundation import problem
from foundation.bus_redis import RedisBus
from foundation.clock import SystemClock
from foundation.feed import FeedOutlet
from foundation.internal import InternalClient
from foundation.lease import Lease, RedisLeases
from foundation.nodes import Node, RedisNodes, keep_announcing
from foundation.sql import Database
from foundation.tasks import TaskOwner
from gifts.store_redis import RedisBoard
from gifts.windows import SqlScoring
from moderation.gate import Gate
from pk.composite import Composite, CompositeSettings
from pk.inputs import Input
from pk.internal_router import internal_router
from pk.office import Office
from pk.referee import Equipment
from pk.referee_client import NODE_KIND, RefereeClient
from pk.rules import BattleRules
from pk.service import BattleService
from pk.state import Phase, State
from pk.store_redis import RedisRing
from pk.store_sql import SqlBattles
from pk.store_sql_settings import SqlHostSettings
from pk.willingness import Willingness
from server.http import listen, serving
from streaming.presence import Presence
from tests.pk.people import strangers
from tests.pk.world import FeedLog, Hosts, Jobs, Stages
from tests.streaming.media.rig import breathe
from transcode.client import JobClient

TOKEN = "internal"
LONG = BattleRules(countdown_ms=50, fight_ms=60_000, victory_ms=200, draw_ms=200)
PATIENT = BattleRules(countdown_ms=50, fight_ms=60_000, invitations_per_minute=99)


class Friendly:
    """``moderation.gate.Gate`` of a place without sanctions."""

    async def check(self, user_id: str, scope: object) -> None:
        return None


class Abandoned(RedisLeases):
    """Leases of a process that is killed: it gives none of them back."""

    killed = False

    async def release(self, lease: Lease) -> None:
        if not self.killed:
            await super().release(lease)


@dataclass
class Town:
    """What all processes share: stores, hosts, stages and transcode nodes."""

    redis: Redis
    database: Database
    valkey_url: str

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.scoring = SqlScoring(self.database, RedisBoard(self.redis, 5000))
        self.battles = SqlBattles(self.database, self.scoring)
        self.ring = RedisRing(self.redis)
        self.relations = SqlRelations(self.database)
        self.settings = SqlHostSettings(self.database)
        self.willingness = Willingness(self.relations, self.settings)
        self.hosts = Hosts()
        self.presence: Presence = self.hosts
        self.gate: Gate = Friendly()
        self.stages = Stages()
        self.feed = FeedLog()
        self.outlet: FeedOutlet = self.feed
        self.nodes = RedisNodes(self.redis)

    def service(self, internal: InternalClient, rules: BattleRules) -> BattleService:
        client = RefereeClient(self.nodes, internal, self.ring, self.battles)
        return BattleService(
            rules,
            self.clock,
            self.presence,
            self.gate,
            self.willingness,
            self.scoring,
            self.battles,
            self.ring,
            client,
            JobClient(self.nodes, internal),
        )


class Station:
    def __init__(self, town: Town, name: str, redis: Redis, bus: RedisBus) -> None:
        self.name = name
        self.leases = Abandoned(redis, town.database)
        self.listener = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.jobs = Jobs(town.clock, bus)
        self.jobs.after_ms = 20
        equipment = Equipment(
            self.url,
            town.clock,
            town.battles,
            town.ring,
            bus,
            town.outlet,
            town.scoring,
            town.presence,
            self._composite(town),
        )
        self.office = Office(equipment, self.leases)
        self.app = FastAPI()
        problem.install(self.app)
        self.app.include_router(internal_router(self.office, town.clock, TOKEN))
        self.stack = AsyncExitStack()

    def _composite(self, town: Town) -> Callable[[Callable[[Input], None]], Composite]:
        settings = CompositeSettings("pipe token")
        return lambda report: Composite(self.jobs, town.stages, town.presence, settings, report)

    async def kill(self) -> None:
        """Stop answering and working at once, and give nothing back."""
        self.leases.killed = True
        await self.stack.aclose()


def _same(node: Node) -> Node:
    return node


@asynccontextmanager
async def station(town: Town, name: str, *, mixes: bool = True) -> AsyncIterator[Station]:
    """A control process that works. ``mixes``: a transcode node is announced beside it, which takes every job."""
    redis = foundation.redis.connect(town.valkey_url, name)
    bus = RedisBus(redis)
    await bus.start()
    here = Station(town, name, redis, bus)
    tasks = TaskOwner(name)
    running = asyncio.create_task(here.office.run())
    try:
        await here.stack.enter_async_context(serving(here.app, here.listener))
        here.stack.push_async_callback(asyncio.wait, {running})
        here.stack.callback(running.cancel)
        here.stack.push_async_callback(tasks.close)
        for node in (Node(NODE_KIND, name, here.url), Node(transcode.client.NODE_KIND, name, "http://127.0.0.1:9")):
            if mixes or node.kind == NODE_KIND:
                await town.nodes.announce(node)
                tasks.start(keep_announcing(town.nodes, partial(_same, node)), f"announce {node.kind}")
        yield here
    finally:
        await here.stack.aclose()
        await bus.close()
        await redis.aclose()


def two_hosts(town: Town) -> tuple[str, str]:
    """Two hosts go live; their rooms."""
    sides = strangers()
    for side in sides:
        town.hosts.go_live(side)
    return sides[0].host.room, sides[1].host.room


def host(town: Town, room: str) -> Principal:
    broadcast = town.hosts.broadcasts[room]
    return Principal(broadcast.host_user, broadcast.host_name, frozenset({Role.HOST}))


async def until(town: Town, battle_id: str, check: Callable[[State], bool], within_s: float = 20) -> State:
    """The copy of the battle, as soon as ``check`` likes it."""
    deadline = time.monotonic() + within_s
    while True:
        copy = await town.ring.copy(battle_id)
        if copy is not None and check(copy.state):
            return copy.state
        assert time.monotonic() < deadline, copy and copy.state
        await breathe()


def phase(*phases: Phase) -> Callable[[State], bool]:
    return lambda state: state.phase in phases


async def begin(town: Town, service: BattleService) -> State:
    """A battle that is being fought."""
    red, blue = two_hosts(town)
    body = await service.invite(host(town, red), red, [[red], [blue]], None)
    battle_id = str(body["battle"])
    await service.command(host(town, blue), battle_id, "accept")
    return await until(town, battle_id, phase(Phase.FIGHTING))
