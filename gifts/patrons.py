"""Who has given most in a room today: its first three, for everybody in it.

The lists in SQL are the truth. Redis has a copy of each room's head, so that a crowd that comes at once asks SQL once.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from accounts.principal import Principal
from foundation.clock import Clock
from gifts.bodies import Body
from gifts.spans import DAY_MS, Span, day_of, days_of
from gifts.totals import Patron, SqlTotals

PATRONS_KEY = "{{room:{room}}}:patrons:{day}"  # string, body of patrons.changed; expires
KEEP_S = 60  # a gift that was taken back may stand in a copy for so long
SHOWN = 3


class PatronCopies(Protocol):
    """Twins: ``store_redis_patrons`` and ``store_memory_patrons``. Redis being away raises ``RedisAway``."""

    async def put(self, day: int, bodies: Mapping[str, Body]) -> None:
        """By room, in the place of what was there."""

    async def add(self, day: int, room: str, body: Body) -> None:
        """Unless there is one."""

    async def get(self, day: int, room: str) -> Body | None: ...


class Patrons:
    def __init__(self, totals: SqlTotals, copies: PatronCopies, clock: Clock) -> None:
        self._totals = totals
        self._copies = copies
        self._clock = clock

    async def refresh(self, rooms: Collection[str]) -> dict[str, Body]:
        """By room, as the lists have it now; ``shown`` says so from then on."""
        now_ms = self._clock.now_ms()
        bodies = await self._read(rooms, now_ms)
        await self._copies.put(day_of(now_ms), bodies)
        return bodies

    async def shown(self, room: str) -> Body:
        """From the copy, which is made when there is none."""
        now_ms = self._clock.now_ms()
        found = await self._copies.get(day_of(now_ms), room)
        if found is None:
            found = (await self._read([room], now_ms))[room]
            await self._copies.add(day_of(now_ms), room, found)
        return found

    async def _read(self, rooms: Collection[str], now_ms: int) -> dict[str, Body]:
        leaders = await self._totals.leaders(rooms, days_of(Span.DAY, now_ms), SHOWN)
        return {room: _body(best, now_ms) for room, best in leaders.items()}


def _body(patrons: Iterable[Patron], now_ms: int) -> Body:
    """Of ``patrons.changed``, the best first."""
    told = [{"user": each.user, "name": each.name, "coins": each.coins} for each in patrons]
    return {"patrons": told, "until_ms": (day_of(now_ms) + 1) * DAY_MS}


class PatronsPart:
    """The member ``patrons`` of the snapshot (``streaming.feed_port.SnapshotPart``): as ``patrons.changed``."""

    name = "patrons"

    def __init__(self, patrons: Patrons) -> None:
        self._patrons = patrons

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._patrons.shown(room)

    async def others(self, room: str) -> Collection[str]:
        return ()
