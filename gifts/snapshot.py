"""What a newcomer in a room, or who comes back, is shown of the gifts of the last moments.

Both come from the board; what Redis has lost is not shown again, for it is in the ledger and in the lists.
"""

from collections.abc import Collection

from accounts.principal import Principal
from gifts.bodies import combo_body
from gifts.catalogue import Shelf
from gifts.store import Board

GIFTS = 20
COMBOS = 20


class GiftsPart:
    """The member ``gifts`` of the snapshot (``streaming.feed_port.SnapshotPart``): as ``gift.sent`` has told them."""

    name = "gifts"

    def __init__(self, board: Board) -> None:
        self._board = board

    async def part(self, room: str, principal: Principal | None) -> object:
        return await self._board.shown(room, GIFTS)

    async def others(self, room: str) -> Collection[str]:
        return ()


class CombosPart:
    """The member ``combos`` of the snapshot: those of more than one piece that were given in the room and go on."""

    name = "combos"

    def __init__(self, board: Board, shelf: Shelf) -> None:
        self._board = board
        self._shelf = shelf

    async def part(self, room: str, principal: Principal | None) -> object:
        combos = await self._board.open_combos(room, COMBOS)
        return [combo_body(combo, self._shelf.catalogue.find(combo.item)) for combo in combos if combo.is_one]

    async def others(self, room: str) -> Collection[str]:
        return ()
