"""Who is there: this process says every five seconds which of its sockets live, and tells a room its changed number.

The count of a room is the number of its living connections in all api processes; its own host's are not viewers.
"""

import asyncio
from collections import defaultdict

import structlog

from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.redis import RedisAway
from foundation.stopping import heed_cancellation
from streaming.audience.rules import AudienceRules
from streaming.audience.store import Audiences

log = structlog.get_logger(__name__)


class Audience:
    def __init__(self, store: Audiences, outlet: FeedOutlet, clock: Clock, rules: AudienceRules) -> None:
        self._store = store
        self._outlet = outlet
        self._clock = clock
        self._rules = rules
        self._here: dict[str, set[str]] = defaultdict(set)
        self._changed: set[str] = set()
        self._told: dict[str, int] = {}

    @property
    def rooms(self) -> frozenset[str]:
        """Rooms with a viewer in this process."""
        return frozenset(self._here)

    async def enter(self, room: str, connection: str) -> None:
        self._here[room].add(connection)
        self._changed.add(room)
        await self._store.beat(room, [connection], self._clock.now_ms())

    async def leave(self, room: str, connection: str) -> None:
        self._here[room].discard(connection)
        if not self._here[room]:
            del self._here[room]
        self._changed.add(room)
        await self._store.leave(room, connection)

    async def count(self, room: str) -> int:
        return await self._store.count(room, self._clock.now_ms())

    async def run(self) -> None:
        beat_every = max(1, round(self._rules.beat_every_s / self._rules.count_every_s))
        rounds = 0
        while True:
            heed_cancellation()
            await asyncio.sleep(self._rules.count_every_s)
            rounds += 1
            try:
                if rounds % beat_every == 0:
                    await self.beat()
                await self.tell()
            except RedisAway as error:
                log.warning("the audience could not be counted", error=repr(error))

    async def beat(self) -> None:
        """Every connection of this process is alive."""
        now_ms = self._clock.now_ms()
        for room, connections in list(self._here.items()):
            said = list(connections)
            count = await self._store.beat(room, said, now_ms)
            for left in set(said).difference(self._here.get(room, ())):
                # It went while Redis was told that it lives: without this it would be a ghost until its time is over.
                await self._store.leave(room, left)
                self._changed.add(room)
            if count != self._told.get(room):
                self._changed.add(room)

    async def tell(self) -> None:
        """Tell the rooms whose number has changed."""
        changed, self._changed = self._changed, set()
        counts = await self._store.counts(list(changed), self._clock.now_ms())
        news = {room: count for room, count in counts.items() if count != self._told.get(room)}
        await self._outlet.post(
            *(FeedMessage(room, "viewers.counted", {"count": count}, Delivery.LATEST) for room, count in news.items())
        )
        self._told = {room: count for room, count in {**self._told, **news}.items() if room in self._here}
