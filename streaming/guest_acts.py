"""What happens to a room's guests, done: the seats read, the rules applied, the outcome kept and told.

Anybody may act, api for people and the keeper for what he observes: whoever writes first was first, the other one
looks again. Told is what was kept; a word that is lost on the way costs two seconds, until the keeper looks.
"""

from dataclasses import dataclass

import structlog

from foundation.bus import Bus
from foundation.clock import Clock
from foundation.errors import Unavailable
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from streaming.events import GuestRemoved, GuestsChanged
from streaming.guest_schema import guest_body, stage_body
from streaming.guests import Answered, Applied, Change, Event, Removed, Seats, Staged, Withdrawn
from streaming.rules import GuestRules
from streaming.store import GuestBook, Seating

log = structlog.get_logger(__name__)

ATTEMPTS = 16


@dataclass(frozen=True)
class Sitting:
    """Whose seats are meant: those of this broadcast of the room."""

    room: str
    host_user: str
    broadcast: str


class GuestActs:
    def __init__(self, book: GuestBook, feed: FeedOutlet, bus: Bus, clock: Clock, rules: GuestRules) -> None:
        self.rules = rules
        self._book = book
        self._feed = feed
        self._bus = bus
        self._clock = clock

    async def seats(self, sitting: Sitting) -> Seats:
        return (await self._seating(sitting)).seats

    async def look(self, sitting: Sitting, known: Seating) -> Seating:
        """What is kept by now. Redis forgets all or nothing: one whose version is lower than the one that is ``known``
        is told of those seats again, and who has come meanwhile keeps his application."""
        for _ in range(ATTEMPTS):
            found = await self._seating(sitting)
            if found.version >= known.version or not known.seats.people:
                return found
            seats = known.seats.and_newcomers(found.seats)
            if await self._book.save(sitting.room, seats, found.version):
                log.warning("the seats of a stage were lost, and are restored", room=sitting.room)
                return Seating(seats, found.version + 1)
        raise Unavailable("too many people act on this stage", retry_after_s=1)

    async def act(self, sitting: Sitting, event: Event) -> Seating:
        """The seats after ``event``; raises what the rules refuse, and ``Unavailable`` in a crowd of writers."""
        for _ in range(ATTEMPTS):
            found = await self._seating(sitting)
            seats, changes = found.seats.handle(event, self._clock.now_ms(), self.rules)
            if seats == found.seats:
                return found
            if await self._book.save(sitting.room, seats, found.version):
                await self._tell(sitting, seats, changes)
                return Seating(seats, found.version + 1)
        raise Unavailable("too many people act on this stage", retry_after_s=1)

    async def _seating(self, sitting: Sitting) -> Seating:
        """What an earlier broadcast has left behind is not this one's."""
        found = await self._book.seating(sitting.room)
        if found.seats.broadcast == sitting.broadcast:
            return found
        return Seating(Seats(sitting.broadcast), found.version)

    async def _tell(self, sitting: Sitting, seats: Seats, changes: tuple[Change, ...]) -> None:
        messages = [self._message(sitting, seats, change) for change in changes]
        await self._feed.post(*(message for message in messages if message is not None))
        for change in changes:
            if isinstance(change, Removed):
                await self._bus.publish(GuestRemoved(sitting.room, change.user, change.screen))
        await self._bus.publish(GuestsChanged(sitting.room))

    def _message(self, sitting: Sitting, seats: Seats, change: Change) -> FeedMessage | None:
        room, host = sitting.room, (sitting.host_user,)
        match change:
            case Applied(guest):
                return FeedMessage(room, "guest.applied", guest_body(guest), users=host)
            case Withdrawn(user):
                return FeedMessage(room, "guest.withdrawn", {"user": user}, users=(*host, user))
            case Answered(user, state):
                return FeedMessage(room, "guest.answered", {"state": state}, users=(user,))
            case Staged():
                return FeedMessage(room, "stage.changed", stage_body(seats, self.rules), Delivery.LATEST)
            case Removed():
                return None
