"""Tells the rooms when a combo is over: once for each, also when its sender is gone or the relay before this one.

Which combos are open is in Redis; the relay remembers in which rooms to look, when, and what it has told. A combo's end
is told, then noted: it can be told twice only when the relay dies in between, and has the same id and count then. What
Redis has lost is made again from the gifts in the ledger: a relay that was there knows which ends it has told, one that
has just come knows that no combo can have been told which was open when it came.
"""

from collections.abc import Iterable

from foundation.feed import Delivery, FeedMessage, FeedOutlet
from gifts.bodies import combo_body
from gifts.catalogue import Shelf
from gifts.combos import Combo
from gifts.ledger import Gift
from gifts.settings import GiftSettings
from gifts.store import Board
from gifts.store_sql_combos import SqlCombos

# Of one look: gifts come in between, also where a relay takes over many rooms.
ROOMS_AT_ONCE = 50
COMBOS_AT_ONCE = 200  # of one room


class ComboEnds:
    """Of the relay that holds the lease. ``recall`` at a take-over and when Redis may have lost something."""

    def __init__(self, board: Board, feed: FeedOutlet, shelf: Shelf, combos: SqlCombos, settings: GiftSettings) -> None:
        self._board = board
        self._feed = feed
        self._shelf = shelf
        self._combos = combos
        self._combo_ms = settings.combo_ms
        self._grace_ms = settings.combo_grace_ms
        self._incarnation: str | None = None  # of the board that all of this is about
        self._since_ms = 0  # what was over then is another relay's
        self._next_ms: dict[str, int] = {}  # by room: no combo of it is over before
        self._told: set[str] = set()  # of looks that are not through

    def forget(self) -> None:
        """Another relay may have told some meanwhile."""
        self._incarnation = None
        self._next_ms.clear()
        self._told.clear()

    async def recall(self, fence: int, incarnation: str, now_ms: int) -> None:
        """Know which rooms may have open combos; give the board of ``incarnation`` those that it has lost."""
        rooms = await self._board.combo_rooms(incarnation, now_ms)
        settled_ms = await self._settled_ms(now_ms)
        if self._incarnation is None:
            self._since_ms = settled_ms
        if rooms is None:
            combos = await self._lost(settled_ms)
            await self._board.restore_combos(fence, incarnation, self._since_ms, combos)
            self._next_ms.clear()
            for combo in combos:
                self._wait(combo.room, combo.last_at_ms)
            rooms = await self._board.combo_rooms(incarnation, now_ms) or []
        elif self._incarnation is not None:
            rooms = []  # it has looked into every room, and has told of every gift since
        self._next_ms = dict.fromkeys(rooms, self._since_ms) | self._next_ms
        self._incarnation = incarnation

    async def _settled_ms(self, now_ms: int) -> int:
        """Combos that were over then may have been told; others not, for a gift that waits may be a piece of them."""
        waiting_ms = await self._combos.waiting_since_ms()
        return min(now_ms - self._grace_ms, now_ms if waiting_ms is None else waiting_ms)

    async def _lost(self, settled_ms: int) -> list[Combo]:
        """Whose ends were not told yet, from the ledger."""
        first_ms = max(self._since_ms, min(self._next_ms.values(), default=0)) - self._combo_ms
        if self._incarnation is not None and not self._next_ms:
            return []
        combos = await self._combos.between(first_ms, settled_ms + self._grace_ms + self._combo_ms)
        return [combo for combo in combos if self._is_untold(combo)]

    def _is_untold(self, combo: Combo) -> bool:
        end_ms = combo.last_at_ms + self._combo_ms
        if self._incarnation is not None:  # then this relay has counted every gift since, and looked into every room
            next_ms = self._next_ms.get(combo.room)
            if next_ms is None or end_ms < next_ms:
                return False
        return end_ms > self._since_ms

    def noted(self, gifts: Iterable[Gift]) -> None:
        """They were counted: their combos will be over one day."""
        for gift in gifts:
            self._wait(gift.room, gift.accepted_at_ms)

    def _wait(self, room: str, last_at_ms: int) -> None:
        end_ms = last_at_ms + self._combo_ms
        self._next_ms[room] = min(end_ms, self._next_ms.get(room, end_ms))

    @property
    def deadline_ms(self) -> int | None:
        """When there may be something to tell; None: not before the next gift."""
        return min(self._next_ms.values(), default=None)

    async def tell(self, fence: int, until_ms: int) -> None:
        """End what was over at ``until_ms``, as much as one look takes; ``deadline_ms`` says if there is more.

        Every gift of before must have been counted.
        """
        over = sorted((next_ms, room) for room, next_ms in self._next_ms.items() if next_ms <= until_ms)
        seen = {room: await self._tell(fence, room, until_ms) for _, room in over[:ROOMS_AT_ONCE]}
        if not seen or await self._board.incarnation() != self._incarnation:
            return  # a board that has lost its combos meanwhile says nothing of them
        self._told.clear()
        for room, next_ms in seen.items():
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
            if combo.is_one and combo.id not in self._told
            for seen_in in combo.rooms
        ]
        if messages:
            await self._feed.post(*messages)
        self._told.update(combo.id for combo in due.combos)
        if due.combos:
            await self._board.end_combos(fence, room, due.combos)
        return due.next_ms
