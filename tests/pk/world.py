"""A control process in memory, in virtual time: an office with twins of everything around it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from foundation.bus import Bus, MemoryBus
from foundation.clock import Clock
from foundation.errors import NotFound, Unavailable
from foundation.feed import FeedMessage
from foundation.ids import new_id
from foundation.lease import MemoryLeases
from foundation.sql import Transaction
from gifts.scoring import Contributor, ScoringWindow, Tally
from pk.battle import invite
from pk.composite import Composite, CompositeSettings
from pk.inputs import Input
from pk.office import Office
from pk.referee import Equipment
from pk.rules import BattleRules
from pk.state import Phase, Side, State
from pk.store_memory import MemoryBattles, MemoryRing
from streaming.presence import LiveBroadcast, RoomCard
from streaming.stage import StageGuest
from tests.pk.people import strangers
from tests.pk.virtual import VirtualClock, passes, virtual_seconds
from transcode.job import EndReason, JobEnded, JobState, JobStatus

RULES = BattleRules(fight_ms=60_000)


class Ledger:
    """``gifts.scoring.Scoring`` with gifts that a test gives."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.windows: dict[str, list[ScoringWindow]] = {}
        self.scores: dict[str, dict[str, int]] = {}
        self.first_at: dict[str, int] = {}  # side -> when its fan gave first
        self.tallied: list[str] = []
        self.away = False

    def give(self, battle_id: str, recipient: str, coins: int) -> bool:
        """A gift at this moment; whether it scored."""
        now_ms = self._clock.now_ms()
        for window in self.windows.get(battle_id, ()):
            if window.recipient == recipient and window.start_ms <= now_ms < window.end_ms:
                times = window.rush_multiplier if now_ms >= window.rush_from_ms else 1
                scores = self.scores.setdefault(battle_id, {})
                scores[window.side] = scores.get(window.side, 0) + coins * times
                return True
        return False

    async def open_windows(self, transaction: Transaction, windows: Sequence[ScoringWindow]) -> None:
        for window in windows:
            self.windows.setdefault(window.battle_id, []).append(window)

    async def close_windows(self, transaction: Transaction, battle_id: str, at_ms: int) -> None:
        kept = self.windows.get(battle_id, [])
        self.windows[battle_id] = [replace(window, end_ms=min(window.end_ms, at_ms)) for window in kept]

    async def tally(self, transaction: Transaction, battle_id: str) -> Tally:
        if self.away:
            raise ConnectionResetError("the ledger is away")
        self.tallied.append(battle_id)
        self.windows[battle_id] = []
        scores = dict(self.scores.get(battle_id, {}))
        return Tally(scores, self._fans(battle_id), len(scores))

    def _fans(self, battle_id: str) -> tuple[Contributor, ...]:
        scores = self.scores.get(battle_id, {}).items()
        return tuple(
            Contributor(f"fan of {side}", side, side, score, self.first_at.get(side, 0)) for side, score in scores
        )

    async def live_scores(self, battle_id: str) -> dict[str, int]:
        return dict(self.scores.get(battle_id, {}))

    async def top_contributors(self, battle_id: str) -> tuple[Contributor, ...]:
        return self._fans(battle_id)


class Hosts:
    """``streaming.presence.Presence``."""

    def __init__(self) -> None:
        self.broadcasts: dict[str, LiveBroadcast] = {}

    def go_live(self, side: Side, pipe: str = "127.0.0.1:7001") -> None:
        for member in side.members:
            self.broadcasts[member.room] = LiveBroadcast(
                new_id(), member.room, member.user, member.name, "title", "live", "media-0", "http://m", pipe, 0
            )

    def lose(self, room: str) -> None:
        self.broadcasts[room] = replace(self.broadcasts[room], state="reconnecting")

    async def room(self, room_id: str) -> RoomCard | None:
        found = self.broadcasts.get(room_id)
        return None if found is None else RoomCard(found.room, found.host_user, found.host_name, found.title)

    async def room_of(self, user_id: str) -> RoomCard | None:
        found = [each.room for each in self.broadcasts.values() if each.host_user == user_id]
        return await self.room(found[0]) if found else None

    async def broadcast(self, room_id: str) -> LiveBroadcast | None:
        return self.broadcasts.get(room_id)

    async def live(self) -> list[LiveBroadcast]:
        return list(self.broadcasts.values())


class Stages:
    """``streaming.stage.Stage``: which battle a room is asked to show."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.left: list[str] = []  # rooms that had a composite and gave it back, in order
        self.unreachable = False
        self.beside: dict[str, tuple[StageGuest, ...]] = {}  # room -> its guests

    async def guests(self, room: str) -> tuple[StageGuest, ...]:
        return self.beside.get(room, ())

    async def join(self, battle_id: str, room: str) -> None:
        self.shown[room] = battle_id

    async def leave(self, battle_id: str, room: str) -> None:
        if self.unreachable:
            raise Unavailable("the stage does not answer")
        if self.shown.get(room) == battle_id:
            del self.shown[room]
            self.left.append(room)


class Jobs:
    """``transcode.client.JobClient``: jobs that are ready ``after_ms``, if at all, and end when a test says so."""

    def __init__(self, clock: Clock, bus: Bus) -> None:
        self._clock = clock
        self._bus = bus
        self.after_ms = 100
        self.refusing = False
        self.started: list[tuple[str, Mapping[str, Any]]] = []
        self.jobs: dict[str, tuple[int, JobState]] = {}
        self.rosters: list[Mapping[str, Any]] = []  # that a running one was told
        self.mutes: dict[str, dict[str, list[int]]] = {}  # run -> room -> seats, as it was told

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object:
        assert kind == "mixer"
        if self.refusing:
            raise Unavailable("no transcode node")
        if self.running(job_id):
            return None
        self.started.append((job_id, arguments))
        self.jobs[job_id] = self._clock.now_ms() + self.after_ms, JobState.STARTING
        return None

    async def stop(self, job_id: str) -> object:
        if job_id in self.jobs:
            self.jobs[job_id] = 0, JobState.ENDED
        return None

    async def status(self, job_id: str) -> JobStatus:
        if job_id not in self.jobs:
            raise NotFound(job_id)
        ready_at_ms, state = self.jobs[job_id]
        if state is JobState.STARTING and self._clock.now_ms() >= ready_at_ms:
            state = JobState.READY
        return JobStatus(job_id, "mixer", self.run_of(job_id), state, 1, 0)

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None:
        if not self.running(job_id):
            raise NotFound(job_id)
        if "stage" in message:
            self.rosters.append(message["stage"])
            return
        mute = message["mute"]
        self.mutes.setdefault(self.run_of(job_id), {})[mute["room"]] = mute["seats"]

    def run_of(self, job_id: str) -> str:
        """Differs for each start of one id."""
        return f"{job_id}:{sum(started == job_id for started, _ in self.started)}"

    @property
    def muted(self) -> dict[str, list[int]]:
        """What the mixer that runs does not let the rooms hear."""
        told = self.mutes.get(self.run_of(self.alive[0]), {})
        return {room: seats for room, seats in told.items() if seats}

    def running(self, job_id: str) -> bool:
        return job_id in self.jobs and self.jobs[job_id][1] is not JobState.ENDED

    @property
    def alive(self) -> list[str]:
        return [job_id for job_id in self.jobs if self.running(job_id)]

    async def kill(self) -> None:
        """The mixer that runs dies; its runner says so."""
        for job_id in self.alive:
            self.jobs[job_id] = 0, JobState.ENDED
            await self._bus.publish(JobEnded(job_id, "mixer", "run", EndReason.DIED, "", 0))


class FeedLog:
    """``foundation.feed.FeedOutlet`` that remembers."""

    def __init__(self) -> None:
        self.messages: list[FeedMessage] = []
        self.away = False

    async def post(self, *messages: FeedMessage) -> None:
        if self.away:
            raise ConnectionResetError("the feed is away")
        self.messages.extend(messages)

    def types(self, room: str) -> list[str]:
        return [message.type for message in self.messages if message.room == room]

    def last(self, room: str) -> dict[str, Any]:
        return next(message.body for message in reversed(self.messages) if message.room == room)


@dataclass
class World:
    clock: VirtualClock = field(default_factory=VirtualClock)
    bus: MemoryBus = field(default_factory=MemoryBus)
    ring: MemoryRing = field(default_factory=MemoryRing)
    hosts: Hosts = field(default_factory=Hosts)
    stages: Stages = field(default_factory=Stages)
    feed: FeedLog = field(default_factory=FeedLog)
    leases: MemoryLeases = field(default_factory=MemoryLeases)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.clock)
        self.battles = MemoryBattles(self.ledger)
        self.jobs = Jobs(self.clock, self.bus)
        self.equipment = Equipment(
            "http://control-0",
            self.clock,
            self.battles,
            self.ring,
            self.bus,
            self.feed,
            self.ledger,
            self.hosts,
            self._composite,
        )
        self.office = Office(self.equipment, self.leases)

    def _composite(self, report: Callable[[Input], None]) -> Composite:
        settings = CompositeSettings("a token")
        return Composite(self.jobs, self.stages, self.hosts, settings, report, virtual_seconds)

    async def invite(self, rules: BattleRules = RULES, sides: tuple[Side, ...] | None = None) -> State:
        """Two hosts go live, and one invites the other."""
        sides = sides or strangers()
        for side in sides:
            self.hosts.go_live(side)
        return await self.office.open(invite(new_id(), sides, rules, rules.fight_ms, self.clock.now_ms()))

    async def state(self, battle_id: str) -> State:
        copy = await self.ring.copy(battle_id)
        assert copy is not None
        return copy.state

    async def reaches(self, battle_id: str, *phases: Phase, within_ms: int = 400_000) -> State:
        """The state of the battle as soon as it is in one of ``phases``."""
        over = self.clock.now_ms() + within_ms
        while True:
            copy = await self.ring.copy(battle_id)
            if copy is not None and copy.state.phase in phases:
                return copy.state
            assert self.clock.now_ms() < over, f"{copy and copy.state.phase} instead of {phases}"
            await passes(5)


@asynccontextmanager
async def working(office: Office) -> AsyncIterator[None]:
    """The office runs inside, and is closed in good order after."""
    running = asyncio.get_running_loop().create_task(office.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
