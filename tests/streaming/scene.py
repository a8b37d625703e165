"""People, media workers and stores for tests of streaming."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from accounts.principal import Principal, Role, TokenExpired, TokenInvalid
from foundation.bus import MemoryBus, Subscription
from foundation.errors import NotFound, Unavailable
from foundation.facts import Fact
from foundation.ids import new_id
from moderation.gate import Sanctioned, Scope
from streaming.audience.store_memory import MemoryAudiences
from streaming.broadcast import Broadcast, CameraUp, Home
from streaming.chat.store_memory import MemoryTalk
from streaming.events import CameraStarted
from streaming.feed.store_memory import MemoryWire
from streaming.guest_acts import GuestActs
from streaming.guest_composite import PictureSettings
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules, GuestRules
from streaming.store import Record
from streaming.store_memory import MemoryBroadcasts, MemoryGuestBook, MemoryRooms, MemoryStages
from streaming.surroundings import Surroundings
from tests.clocks import ToldClock
from transcode.job import EndReason, JobState, JobStatus

HOME = Home("media-1", "http://media-1", "127.0.0.1:7001")
OTHER = Home("media-2", "http://media-2", "127.0.0.1:7002")
NOW = 1_700_000_000_000


def card(host: str = "", name: str = "Ann", title: str = "Songs") -> RoomCard:
    return RoomCard(new_id(), host or new_id(), name, title)


def live(of: RoomCard, session: str = "s1", home: Home = HOME) -> Record:
    """A broadcast that has just begun."""
    broadcast = Broadcast(new_id(), of.room, of.host_user, NOW)
    broadcast.handle(CameraUp(session, home), NOW, BroadcastRules())
    return Record(broadcast, of, "camera")


def camera_started(of: RoomCard, session: str = "s1", home: Home = HOME, user: str = "") -> CameraStarted:
    return CameraStarted(of.room, user or of.host_user, session, home.worker_id, home.url, home.pipe, NOW)


async def until(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Wait until ``holds()``; fails after ``seconds``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not holds():
        assert loop.time() < deadline, f"not within {seconds} s: {what}"
        with suppress(TimeoutError):
            async with asyncio.timeout(0.005):  # look again when something may have happened
                await asyncio.Event().wait()


class ToldGate:
    """A gate that forbids what it is told to forbid."""

    def __init__(self) -> None:
        self.sanctions: set[tuple[str, Scope]] = set()

    async def check(self, user_id: str, scope: Scope) -> None:
        if {(user_id, scope), (user_id, Scope.PLATFORM)} & self.sanctions:
            raise Sanctioned(reason="spam")

    async def banned_since(self, since_ms: int) -> frozenset[str]:
        return frozenset(user for user, scope in self.sanctions if scope is Scope.PLATFORM)


class ToldTokens:
    """Tokens are names of people; those in ``expired`` have been good once."""

    def __init__(self) -> None:
        self.people: dict[str, Principal] = {}
        self.expired: set[str] = set()

    def add(self, name: str, *roles: Role) -> Principal:
        person = self.people[name] = Principal(new_id(), name, frozenset((Role.VIEWER, *roles)))
        return person

    async def person(self, user_id: str) -> Principal | None:
        return next((person for person in self.people.values() if person.user_id == user_id), None)

    def principal(self, token: str) -> Principal:
        if token in self.expired:
            raise TokenExpired
        if token not in self.people:
            raise TokenInvalid
        return self.people[token]


class ToldKeys:
    """Fingerprints of stream keys, by user."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.asked: list[str] = []
        self.away = False

    async def fingerprints(self, users: Collection[str]) -> dict[str, str]:
        self.asked += users
        if self.away:
            raise Unavailable("SQL does not answer")
        return {user: self.known[user] for user in users if user in self.known}


class ToldWorkers:
    """Media workers as a keeper sees them: what was ordered, and states that the test sets."""

    def __init__(self) -> None:
        self.orders: list[tuple[str, ...]] = []
        self.states: dict[str, list[dict[str, Any]]] = {}
        self.away: set[str] = set()

    def _reach(self, url: str) -> None:
        if url in self.away or not url:
            raise Unavailable(f"{url} is away")

    async def set_source(self, url: str, room: str, source: str, composite: str = "") -> object:
        self._reach(url)
        self.orders.append(("source", url, room, source, composite))
        return {}

    async def close_room(self, url: str, room: str, reason: str = "ended") -> None:
        self._reach(url)
        self.orders.append(("close-room", url, room, reason))
        self.states[url] = [state for state in self.states.get(url, []) if state["room"] != room]

    async def close_user(self, url: str, user: str) -> None:
        self._reach(url)
        self.orders.append(("close-user", url, user))

    async def close_guest(self, url: str, room: str, user: str, screen: bool = False) -> None:
        self._reach(url)
        self.orders.append(("close-screen" if screen else "close-guest", url, room, user))

    async def close_watcher(self, url: str, room: str, user: str) -> None:
        self._reach(url)
        self.orders.append(("close-watcher", url, room, user))

    async def close_former_keys(self, url: str, user: str, credential: str) -> None:
        self._reach(url)
        self.orders.append(("close-former-keys", url, user, credential))

    async def rooms(self, url: str) -> list[dict[str, Any]]:
        self._reach(url)
        return self.states.get(url, [])

    def show(self, home: Home, of: RoomCard, session: str = "s1", camera: str = "live", **more: object) -> None:
        """The worker at ``home`` reports this camera from now on."""
        state = {
            "room": of.room,
            "camera": camera,
            "session": session,
            "user": of.host_user,
            "credential": "",
            "guests": [],
            "watchers": [],
            "wanted": "camera",
            "composite": "",
            "showing": "camera",
            "viewers": {"program": 0, "camera": 0},
        }
        others = [each for each in self.states.get(home.url, []) if each["room"] != of.room]
        self.states[home.url] = [*others, {**state, **more}]


class ToldJobs:
    """Transcode nodes as a guest composite sees them: jobs are ready at once, and end when the test says so."""

    def __init__(self) -> None:
        self.started: list[tuple[str, Mapping[str, Any]]] = []
        self.running: set[str] = set()
        self.ended: dict[str, EndReason] = {}
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.hidden = False

    async def start(self, kind: str, arguments: Mapping[str, Any], job_id: str, *, renewed: bool = False) -> object:
        assert kind in ("mixer", "posters")
        if job_id not in self.running:
            self.started.append((job_id, arguments))
            self.running.add(job_id)
        return None

    async def stop(self, job_id: str) -> object:
        if job_id in self.running:
            self.end(job_id, EndReason.STOPPED)
        return None

    def end(self, job_id: str, reason: EndReason = EndReason.DIED) -> None:
        self.running.remove(job_id)
        self.ended[job_id] = reason

    async def status(self, job_id: str) -> JobStatus:
        run = f"{job_id}:{sum(started == job_id for started, _ in self.started)}"
        if job_id in self.running and not self.hidden:
            return JobStatus(job_id, "mixer", run, JobState.READY, 1, NOW)
        if job_id in self.ended and not self.hidden:
            return JobStatus(job_id, "mixer", run, JobState.ENDED, 1, NOW, self.ended[job_id])
        raise NotFound(job_id)

    async def tell(self, job_id: str, message: Mapping[str, Any]) -> None:
        assert job_id in self.running
        self.told.append((job_id, message))

    def last(self, word: str) -> Any:
        """What was told last under this word."""
        return next(message[word] for _, message in reversed(self.told) if word in message)


class Stand:
    """Everything a keeper needs, in memory."""

    def __init__(self, jobs: ToldJobs | None = None) -> None:
        self.clock = ToldClock(NOW)
        self.bus = MemoryBus()
        self.wire = MemoryWire()
        self.rooms = MemoryRooms()
        self.broadcasts = MemoryBroadcasts()
        self.stages = MemoryStages()
        self.book = MemoryGuestBook()
        self.talk = MemoryTalk()
        self.audiences = MemoryAudiences()
        self.workers = ToldWorkers()
        self.gate = ToldGate()
        self.jobs = jobs or ToldJobs()
        self.mates: set[str] = set()  # who may watch every camera
        self.acts = GuestActs(self.book, self.wire, self.bus, self.clock, GuestRules())
        self.around = Surroundings(
            bus=self.bus,
            clock=self.clock,
            feed=self.wire,
            rooms=self.rooms,
            broadcasts=self.broadcasts,
            stages=self.stages,
            talk=self.talk,
            audiences=self.audiences,
            workers=self.workers,
            gate=self.gate,
            guests=self.acts,
            rights=self,
            jobs=self.jobs,
            picture=PictureSettings("pipe token"),
        )

    async def strangers(self, room: str, users: Collection[str]) -> set[str]:
        return set(users) - self.mates

    @property
    def said(self) -> list[str]:
        """Types of the feed messages so far."""
        return [message.type for message in self.wire.messages]


class Heard:
    """Facts that were published while listening."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription

    async def next(self) -> Fact:
        async with asyncio.timeout(5):
            return await anext(self._subscription)


@asynccontextmanager
async def listening(bus: MemoryBus, *kinds: type[Fact]) -> AsyncIterator[Heard]:
    async with bus.subscribe(*kinds) as subscription:
        yield Heard(subscription)


@asynccontextmanager
async def no_task_left_behind() -> AsyncIterator[None]:
    """Fails when the block leaves a task behind that does not end by itself at once."""
    before = asyncio.all_tasks()
    yield
    await until(lambda: not asyncio.all_tasks() - before, "every task of the block has ended", 3)
