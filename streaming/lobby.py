"""Who is live where: the ``Presence`` that other domains read, from the rooms' rows and the broadcasts' snapshots."""

from streaming.broadcast import State
from streaming.presence import LiveBroadcast, RoomCard
from streaming.schema import shown
from streaming.store import Broadcasts, Record, Rooms

VISIBLE = frozenset((State.LIVE, State.CHANGING, State.RECONNECTING))


class Lobby:
    """Implements ``streaming.presence.Presence``."""

    def __init__(self, rooms: Rooms, broadcasts: Broadcasts) -> None:
        self._rooms = rooms
        self._broadcasts = broadcasts

    async def room(self, room_id: str) -> RoomCard | None:
        room = await self._rooms.room(room_id)
        return None if room is None else room.card

    async def room_of(self, user_id: str) -> RoomCard | None:
        room = await self._rooms.room_of(user_id)
        return None if room is None else room.card

    async def record(self, room_id: str) -> Record | None:
        """The snapshot of a broadcast that people may see; None when the room is not live."""
        record = await self._broadcasts.load(room_id)
        return record if record is not None and record.broadcast.state in VISIBLE else None

    async def records(self) -> list[Record]:
        """Of all live rooms, the oldest broadcast first."""
        visible = [record for record in await self._broadcasts.load_all() if record.broadcast.state in VISIBLE]
        return sorted(visible, key=lambda record: (record.broadcast.started_at_ms, record.broadcast.room))

    async def broadcast(self, room_id: str) -> LiveBroadcast | None:
        record = await self.record(room_id)
        return None if record is None else live(record)

    async def on_air(self, room_id: str) -> bool:
        """Whether the room is live, as far as the history of its broadcasts tells: for when the live state is away."""
        return await self._rooms.on_air(room_id)

    async def live(self) -> list[LiveBroadcast]:
        return [live(record) for record in await self.records()]


def live(record: Record) -> LiveBroadcast:
    broadcast, card = record.broadcast, record.card
    return LiveBroadcast(
        broadcast_id=broadcast.broadcast_id,
        room=broadcast.room,
        host_user=card.host_user,
        host_name=card.host_name,
        title=card.title,
        state=shown(broadcast.state),
        worker_id=broadcast.home.worker_id,
        home_url=broadcast.home.url,
        pipe=broadcast.home.pipe,
        started_at_ms=broadcast.started_at_ms,
    )
