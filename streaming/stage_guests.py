"""Who has a seat beside a room's host at this moment: what others may know of it."""

from streaming.guests import Seats
from streaming.presence import Presence
from streaming.store import GuestBook


class StageGuests:
    def __init__(self, book: GuestBook, presence: Presence) -> None:
        self._book = book
        self._presence = presence

    async def seats(self, room: str) -> Seats:
        """Of the broadcast that goes on there; empty when none does."""
        found = (await self._book.seating(room)).seats
        if not found.people:
            return found
        broadcast = await self._presence.broadcast(room)
        return found if broadcast is not None and broadcast.broadcast_id == found.broadcast else Seats()
