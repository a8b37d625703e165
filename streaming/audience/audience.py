"""Who is there: this process says how many of its sockets watch a room, and tells the room what has changed.

The count of a room is the sum of what all api processes say, each at every change and every five seconds; a host's
own sockets are not viewers. A room is spoken of by one task at a time: what changes meanwhile is said in one go.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

import structlog

from accounts.principal import Principal
from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.ids import new_id
from foundation.redis import RedisAway
from foundation.stopping import heed_cancellation
from streaming.audience.rules import AudienceRules
from streaming.audience.store import NEWEST, Audiences, Beat, Counted, Here, Newcomer

log = structlog.get_logger(__name__)

TOLD_NEWEST = 5
UNSAID = 20_000  # visitors of a room who are not forgotten while Redis is away
AT_ONCE = 16  # rooms of which is spoken, or which are looked at, at one time


@dataclass
class RoomHere:
    """The viewers of one room in this process."""

    watching: dict[str, Newcomer | None] = field(default_factory=dict)
    """By connection, the newest last; None for who is not signed in."""
    unsaid: set[str] = field(default_factory=set)
    """Names of visitors of whom Redis has not been told."""
    beside: set[str] = field(default_factory=set)
    """Connections that are no viewers, the host's own."""
    broadcast: str = ""

    @property
    def empty(self) -> bool:
        return not self.watching and not self.beside

    def visitors(self) -> set[str]:
        return {_visitor(connection, who) for connection, who in self.watching.items()}

    def shown(self) -> Here:
        named = [who for who in self.watching.values() if who is not None][-NEWEST:]
        return Here(len(self.watching), tuple(reversed(named)))


class Audience:
    def __init__(self, store: Audiences, outlet: FeedOutlet, clock: Clock, rules: AudienceRules) -> None:
        self._store = store
        self._outlet = outlet
        self._clock = clock
        self._rules = rules
        self._process = new_id()  # what an earlier process of this name has said is not ours
        self._here: dict[str, RoomHere] = {}
        self._speaking: set[str] = set()
        self._again: set[str] = set()
        self._changed: set[str] = set()
        self._told: dict[str, dict[str, object]] = {}

    @property
    def rooms(self) -> frozenset[str]:
        """Rooms with a socket in this process, or of which it has still to be said who was there."""
        return frozenset(self._here) | self._speaking

    def enter_beside(self, room: str, connection: str) -> None:
        """Somebody who is no viewer, the host: he hears how many there are, even with none of them in this process."""
        self._here.setdefault(room, RoomHere()).beside.add(connection)

    async def enter(self, room: str, connection: str, principal: Principal | None = None) -> None:
        here = self._here.setdefault(room, RoomHere())
        who = None if principal is None else Newcomer(principal.user_id, principal.name, self._clock.now_ms())
        here.watching[connection] = who
        if len(here.unsaid) < UNSAID:
            here.unsaid.add(_visitor(connection, who))
        self._changed.add(room)
        await self._speak(room)

    async def leave(self, room: str, connection: str) -> None:
        here = self._here.get(room)
        if here is None:
            return
        watched = connection in here.watching
        here.watching.pop(connection, None)
        here.beside.discard(connection)
        if watched:
            self._changed.add(room)
            await self._speak(room)
        else:
            self._forget(room)

    async def count(self, room: str) -> int:
        return (await self._store.counts([room], self._clock.now_ms()))[room]

    async def shown(self, room: str) -> dict[str, object]:
        """The body of ``viewers.counted``, as it would be now."""
        return _body(await self._store.look(room, self._clock.now_ms()))

    async def run(self) -> None:
        """By the clock: what it takes delays no heartbeat."""
        loop, rules = asyncio.get_running_loop(), self._rules
        counts_s = loop.time()
        beats_s = counts_s + rules.beat_every_s - rules.count_every_s / 2  # so that it never waits for one count more
        while True:
            heed_cancellation()
            counts_s = max(counts_s + rules.count_every_s, loop.time())
            await asyncio.sleep(counts_s - loop.time())
            try:
                if loop.time() >= beats_s:
                    beats_s = max(beats_s + rules.beat_every_s, loop.time())
                    await self.beat()
                await self.tell()
            except RedisAway as error:
                log.warning("the audience could not be counted", error=repr(error))

    async def beat(self) -> None:
        """Say of every room again how it is here."""
        await _each(list(self._here), self._speak)

    async def tell(self) -> None:
        """Tell the rooms whose audience has changed."""
        changed, self._changed = self._changed, set()
        news: dict[str, dict[str, object]] = {}

        async def look(room: str) -> None:
            body = _body(await self._store.look(room, self._clock.now_ms()))
            if body != self._told.get(room):
                news[room] = body

        try:
            await _each(changed, look)
            await self._outlet.post(
                *(FeedMessage(room, "viewers.counted", body, Delivery.LATEST) for room, body in news.items())
            )
        except RedisAway:
            self._changed |= changed  # they are told when it is there again
            raise
        self._told = {room: body for room, body in {**self._told, **news}.items() if room in self._here}

    async def _speak(self, room: str) -> None:
        if room in self._speaking:
            self._again.add(room)
            return
        self._speaking.add(room)
        try:
            while True:
                self._again.discard(room)
                await self._speak_once(room)
                if room not in self._again:
                    break
        finally:
            self._speaking.discard(room)
            self._again.discard(room)
        self._forget(room)

    def _forget(self, room: str) -> None:
        """When it has been said who was there."""
        here = self._here.get(room)
        if here is not None and here.empty and not here.unsaid and room not in self._speaking:
            del self._here[room]

    async def _speak_once(self, room: str) -> None:
        here = self._here.get(room) or RoomHere()
        visitors = set(here.unsaid)
        counted = await self._store.beat(room, Beat(self._process, here.shown(), self._clock.now_ms(), visitors))
        here.unsaid -= visitors
        if counted.broadcast != here.broadcast:  # its visitors count anew, and those who are here are among them
            here.broadcast = counted.broadcast
            here.unsaid |= here.visitors()
            if here.unsaid:
                self._again.add(room)
        if _body(counted) != self._told.get(room):
            self._changed.add(room)


async def _each(rooms: Collection[str], do: Callable[[str], Awaitable[None]]) -> None:
    """A few at one time. One that fails keeps no other from its turn; then what it raised is raised."""
    left = iter(rooms)
    failed: list[Exception] = []

    async def work() -> None:
        for room in left:
            try:
                await do(room)
            except RedisAway as error:
                failed.append(error)

    await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(rooms)))))
    if failed:
        raise failed[0]


def _visitor(connection: str, who: Newcomer | None) -> str:
    return connection if who is None else who.user


def _body(counted: Counted) -> dict[str, object]:
    """Of ``viewers.counted``."""
    newest = [{"user": each.user, "name": each.name} for each in counted.newest[:TOLD_NEWEST]]
    return {"count": counted.count, "peak": counted.peak, "newest": newest}
