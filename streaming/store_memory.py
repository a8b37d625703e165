"""The twins for one process: what tests of rules and keepers stand on. One contract suite holds them to the same."""

from streaming.audience.store import NOBODY, Figures
from streaming.broadcast import Broadcast, EndReason
from streaming.chat.store import SILENCE, Tally
from streaming.errors import StaleOwner
from streaming.guests import Seats
from streaming.presence import RoomCard
from streaming.store import EndOrder, Record, Room, Seating, decode_seats, encode_seats


class MemoryRooms:
    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}
        self.history: dict[str, tuple[str, EndReason | None]] = {}  # broadcast id -> room, reason
        self.figures: dict[str, Figures] = {}
        self.tallies: dict[str, Tally] = {}

    async def create(self, card: RoomCard, now_ms: int) -> Room:
        had = await self.room_of(card.host_user)
        if had is None:
            had = Room(card, now_ms)
        kept = RoomCard(had.card.room, had.card.host_user, card.host_name, had.card.title)
        room = self._rooms[kept.room] = Room(kept, had.created_at_ms)
        return room

    async def room(self, room_id: str) -> Room | None:
        return self._rooms.get(room_id)

    async def room_of(self, user_id: str) -> Room | None:
        return next((room for room in self._rooms.values() if room.card.host_user == user_id), None)

    async def retitle(self, room_id: str, title: str) -> None:
        room = self._rooms[room_id]
        card = RoomCard(room.card.room, room.card.host_user, room.card.host_name, title)
        self._rooms[room_id] = Room(card, room.created_at_ms)

    async def begin(self, broadcast: Broadcast, lease: str, fence: int) -> None:
        for broadcast_id, (room, reason) in self.history.items():
            if room == broadcast.room and reason is None and broadcast_id != broadcast.broadcast_id:
                self.history[broadcast_id] = (room, EndReason.ABANDONED)
        self.history.setdefault(broadcast.broadcast_id, (broadcast.room, None))

    async def finish(
        self, broadcast: Broadcast, lease: str, fence: int, figures: Figures = NOBODY, tally: Tally = SILENCE
    ) -> None:
        if self.history[broadcast.broadcast_id][1] is None:
            self.history[broadcast.broadcast_id] = (broadcast.room, broadcast.end_reason)
            self.figures[broadcast.broadcast_id] = figures
            self.tallies[broadcast.broadcast_id] = tally

    async def on_air(self, room_id: str) -> bool:
        return (room_id, None) in self.history.values()


class MemoryBroadcasts:
    def __init__(self) -> None:
        self._fences: dict[str, int] = {}
        self._snapshots: dict[str, bytes] = {}
        self._live: set[str] = set()
        self._ended: dict[str, str] = {}
        self._orders: dict[str, EndOrder] = {}
        self._homes: dict[str, str] = {}

    async def save(self, record: Record, fence: int) -> None:
        self._check(record.broadcast.room, fence)
        self._snapshots[record.broadcast.room] = record.encode()

    async def remove(self, record: Record, fence: int) -> None:
        room = record.broadcast.room
        self._check(room, fence)
        self._snapshots.pop(room, None)
        self._orders.pop(room, None)
        if record.broadcast.session:
            self._ended[room] = record.broadcast.session

    def _check(self, room: str, fence: int) -> None:
        if self._fences.get(room, 0) > fence:
            raise StaleOwner(f"{room}: fence {fence}")
        self._fences[room] = fence

    async def load(self, room: str) -> Record | None:
        payload = self._snapshots.get(room)
        return None if payload is None else Record.decode(payload)

    async def load_all(self) -> list[Record]:
        return [Record.decode(self._snapshots[room]) for room in self._live if room in self._snapshots]

    async def rooms(self) -> set[str]:
        return set(self._live)

    async def announce(self, room: str) -> None:
        self._live.add(room)

    async def withdraw(self, room: str) -> None:
        self._live.discard(room)

    async def ended_session(self, room: str) -> str:
        return self._ended.get(room, "")

    async def order_end(self, room: str, order: EndOrder) -> None:
        self._orders[room] = order

    async def end_order(self, room: str) -> EndOrder | None:
        return self._orders.get(room)

    async def pin_home(self, room: str, worker_id: str) -> str:
        return self._homes.setdefault(room, worker_id)

    async def unpin_home(self, room: str) -> None:
        self._homes.pop(room, None)


class MemoryStages:
    def __init__(self) -> None:
        self._battles: dict[str, str] = {}

    async def join(self, room: str, battle_id: str) -> bool:
        before = self._battles.get(room)
        self._battles[room] = battle_id
        return before != battle_id

    async def leave(self, room: str, battle_id: str) -> bool:
        if self._battles.get(room) != battle_id:
            return False
        del self._battles[room]
        return True

    async def battle(self, room: str) -> str:
        return self._battles.get(room, "")


class MemoryGuestBook:
    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, int]] = {}

    async def seating(self, room: str) -> Seating:
        kept = self._kept.get(room)
        return Seating() if kept is None else Seating(decode_seats(kept[0]), kept[1])

    async def save(self, room: str, seats: Seats, version: int) -> bool:
        if (await self.seating(room)).version != version:
            return False
        self._kept[room] = encode_seats(seats), version + 1
        return True
