"""Rooms and the history of their broadcasts in SQL."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.lease import check_fence
from foundation.sql import Database
from streaming.audience.store import NOBODY, Figures
from streaming.broadcast import Broadcast, EndReason
from streaming.chat.store import SILENCE, Tally
from streaming.past import Past
from streaming.presence import RoomCard
from streaming.store import Room
from streaming.tables import broadcasts, rooms


class SqlRooms:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite_insert if database.is_sqlite else pg_insert

    async def create(self, card: RoomCard, now_ms: int) -> Room:
        row = {
            "id": card.room,
            "host_user": card.host_user,
            "host_name": card.host_name,
            "title": card.title,
            "created_at_ms": now_ms,
        }
        statement = self._insert(rooms).values(row)
        once = statement.on_conflict_do_update(index_elements=["host_user"], set_={"host_name": card.host_name})
        async with self._database.write() as transaction:
            await transaction.execute(once)
        room = await self.room_of(card.host_user)
        assert room is not None
        return room

    async def room(self, room_id: str) -> Room | None:
        return await self._one(rooms.c.id == room_id)

    async def room_of(self, user_id: str) -> Room | None:
        return await self._one(rooms.c.host_user == user_id)

    async def _one(self, condition: object) -> Room | None:
        async with self._database.read() as transaction:
            row = (await transaction.execute(select(rooms).where(condition))).one_or_none()  # type: ignore[arg-type]
        if row is None:
            return None
        return Room(RoomCard(row.id, row.host_user, row.host_name, row.title), row.created_at_ms)

    async def retitle(self, room_id: str, title: str) -> None:
        async with self._database.write() as transaction:
            await transaction.execute(update(rooms).where(rooms.c.id == room_id).values(title=title))

    async def begin(self, broadcast: Broadcast, lease: str, fence: int) -> None:
        row = {
            "id": broadcast.broadcast_id,
            "room": broadcast.room,
            "host_user": broadcast.host_user,
            "started_at_ms": broadcast.started_at_ms,
        }
        dangling = (
            update(broadcasts)
            .where(broadcasts.c.room == broadcast.room, broadcasts.c.ended_at_ms.is_(None))
            .where(broadcasts.c.id != broadcast.broadcast_id)
            .values(ended_at_ms=broadcast.started_at_ms, end_reason=EndReason.ABANDONED.value)
        )
        async with self._database.write() as transaction:
            await check_fence(transaction, lease, fence)
            await transaction.execute(dangling)
            await transaction.execute(self._insert(broadcasts).values(row).on_conflict_do_nothing())

    async def finish(
        self, broadcast: Broadcast, lease: str, fence: int, figures: Figures = NOBODY, tally: Tally = SILENCE
    ) -> None:
        assert broadcast.end_reason is not None
        over = (
            update(broadcasts)
            .where(broadcasts.c.id == broadcast.broadcast_id, broadcasts.c.ended_at_ms.is_(None))
            .values(ended_at_ms=broadcast.ended_at_ms, end_reason=broadcast.end_reason.value)
            .values(peak_viewers=figures.peak, unique_viewers=figures.unique)
            .values(messages=tally.messages, likes=tally.likes)
        )
        async with self._database.write() as transaction:
            await check_fence(transaction, lease, fence)
            await transaction.execute(over)

    async def past(self, room_id: str, before: str | None, most: int) -> list[Past]:
        over = select(broadcasts).where(broadcasts.c.room == room_id, broadcasts.c.ended_at_ms.is_not(None))
        if before is not None:
            over = over.where(broadcasts.c.id < before)
        async with self._database.read() as transaction:
            rows = (await transaction.execute(over.order_by(broadcasts.c.id.desc()).limit(most))).all()
        return [Past(**row._mapping) for row in rows]

    async def on_air(self, room_id: str) -> bool:
        open_ = select(broadcasts.c.id).where(broadcasts.c.room == room_id, broadcasts.c.ended_at_ms.is_(None)).limit(1)
        async with self._database.read() as transaction:
            return (await transaction.execute(open_)).first() is not None
