"""Tells the rooms when a combo is over: once for each, also when its sender is gone or the relay before this one.

Which combos are open is in Redis; the relay remembers in which rooms to look, and when. A combo's end is told, then
noted: it can be told twice only when the relay dies in between, and has the same id then. When Redis has forgotten
everything, the combos that were open are not ended at all (pages let them go by themselves), and the next piece begins
a new one. So no combo is ever told to have ended with two counts.
"""

from collections.abc import Iterable

from foundation.feed import Delivery, FeedMessage, FeedOutlet
from gifts.bodies import combo_body
from gifts.catalogue import Shelf
from gifts.ledger import Gift
from gifts.store import Board

# Of one look: gifts come in between, also where a relay takes over many rooms.
ROOMS_AT_ONCE = 50
COMBOS_AT_ONCE = 200  # of one room


class ComboEnds:
    """Of the relay that holds the lease. ``recall`` at a take-over and when Redis may have lost something."""

    def __init__(self, board: Board, feed: FeedOutlet, shelf: Shelf, combo_ms: int) -> None:
        self._board = board
        self._feed = feed
        self._shelf = shelf
        self._combo_ms = combo_ms
        self._next_ms: dict[str, int] = {}  # by room: no combo of it is over before

    async def recall(self, now_ms: int) -> None:
        """Look into every room that may have open combos."""
        self._next_ms = dict.fromkeys(await self._board.combo_rooms(now_ms), 0)

    def noted(self, gifts: Iterable[Gift]) -> None:
        """They were counted: their combos will be over one day."""
        for gift in gifts:
            end_ms = gift.accepted_at_ms + self._combo_ms
            self._next_ms[gift.room] = min(end_ms, self._next_ms.get(gift.room, end_ms))

    @property
    def deadline_ms(self) -> int | None:
        """When there may be something to tell; None: not before the next gift."""
        return min(self._next_ms.values(), default=None)

    async def tell(self, fence: int, until_ms: int) -> None:
        """End what was over at ``until_ms``, as much as one look takes; ``deadline_ms`` says if there is more.

        Every gift of before must have been counted.
        """
        over = sorted((next_ms, room) for room, next_ms in self._next_ms.items() if next_ms <= until_ms)
        for _, room in over[:ROOMS_AT_ONCE]:
            next_ms = await self._tell(fence, room, until_ms)
            if next_ms is None:
                del self._next_ms[room]
            else:
                self._next_ms[room] = next_ms

    async def _tell(self, fence: int, room: str, until_ms: int) -> int | None:
        due = await self._board.due_combos(fence, room, until_ms, COMBOS_AT_ONCE)
        messages = [
            FeedMessage(
                seen_in, "combo.ended", combo_body(combo, self._shelf.catalogue.find(combo.item)), Delivery.MUST
            )
            for combo in due.combos
            if combo.is_one
            for seen_in in combo.rooms
        ]
        if messages:
            await self._feed.post(*messages)
        if due.combos:
            await self._board.end_combos(fence, room, due.combos)
        return due.next_ms
