"""The order of rooms' chats in SQL."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.sql import Database, Transaction
from moderation.audit import AuditEntry, append
from streaming.chat.errors import ModeratorsFull, MutesFull
from streaming.chat.order import Deed, Keeper, Mute, Order
from streaming.chat.rules import ChatRules
from streaming.chat.tables import room_chat, room_moderators, room_mutes
from streaming.tables import rooms


class SqlOrders:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = sqlite_insert if database.is_sqlite else pg_insert

    async def load(self, room: str, now_ms: int) -> Order:
        async with self._database.read() as transaction:
            return await _load(transaction, room, now_ms)

    async def rule(self, room: str, rules: ChatRules, deed: Deed) -> Order:
        async with self._database.write() as transaction:
            before = await self._begin(transaction, room, deed)
            statement = room_chat.update().where(room_chat.c.room == room).values(**vars(rules))
            await transaction.execute(statement)
            await _note(transaction, "chat.rules", room, deed, vars(before.rules), vars(rules))
            return await _load(transaction, room, deed.at_ms)

    async def name(self, room: str, keeper: Keeper, most: int, deed: Deed) -> Order:
        async with self._database.write() as transaction:
            before = await self._begin(transaction, room, deed)
            if keeper.user in {each.user for each in before.moderators}:
                return before
            if len(before.moderators) >= most:
                raise ModeratorsFull(most=most)
            row = {"room": room, "user_id": keeper.user, "name": keeper.name}
            await transaction.execute(
                self._insert(room_moderators).values(**row, named_by=deed.actor, at_ms=deed.at_ms)
            )
            await _note(transaction, "chat.moderator.name", room, deed, None, {"user": keeper.user})
            return await _load(transaction, room, deed.at_ms)

    async def unname(self, room: str, user: str, deed: Deed) -> Order:
        async with self._database.write() as transaction:
            before = await self._begin(transaction, room, deed)
            if user not in {each.user for each in before.moderators}:
                return before
            there = (room_moderators.c.room == room, room_moderators.c.user_id == user)
            await transaction.execute(delete(room_moderators).where(*there))
            await _note(transaction, "chat.moderator.unname", room, deed, {"user": user}, None)
            return await _load(transaction, room, deed.at_ms)

    async def mute(self, room: str, mute: Mute, most: int, deed: Deed) -> Order:
        async with self._database.write() as transaction:
            before = await self._begin(transaction, room, deed)
            over = (room_mutes.c.room == room, room_mutes.c.until_ms <= deed.at_ms)
            await transaction.execute(delete(room_mutes).where(*over))
            if len(before.mutes.keys() - {mute.user}) >= most:
                raise MutesFull(most=most)
            told = {"name": mute.name, "until_ms": mute.until_ms, "muted_by": mute.by, "at_ms": mute.at_ms}
            statement = self._insert(room_mutes).values(room=room, user_id=mute.user, **told)
            await transaction.execute(statement.on_conflict_do_update(index_elements=["room", "user_id"], set_=told))
            await _note(transaction, "chat.mute", room, deed, None, {"user": mute.user, "until_ms": mute.until_ms})
            return await _load(transaction, room, deed.at_ms)

    async def unmute(self, room: str, user: str, deed: Deed) -> Order:
        async with self._database.write() as transaction:
            before = await self._begin(transaction, room, deed)
            if user not in before.mutes:
                return before
            there = (room_mutes.c.room == room, room_mutes.c.user_id == user)
            await transaction.execute(delete(room_mutes).where(*there))
            await _note(transaction, "chat.unmute", room, deed, {"user": user}, None)
            return await _load(transaction, room, deed.at_ms)

    async def deleted(self, room: str, message: Mapping[str, object], deed: Deed) -> None:
        async with self._database.write() as transaction:
            await _note(transaction, "chat.delete", room, deed, dict(message), None)

    async def _begin(self, transaction: Transaction, room: str, deed: Deed) -> Order:
        """Count the version up, by which changes of one room follow one another; the order as it was, so numbered."""
        first = {"room": room, **vars(ChatRules()), "version": 1}
        statement = self._insert(room_chat).values(first)
        later = {"version": room_chat.c.version + 1}
        await transaction.execute(statement.on_conflict_do_update(index_elements=["room"], set_=later))
        return await _load(transaction, room, deed.at_ms)


async def _load(transaction: Transaction, room: str, now_ms: int) -> Order:
    host = await transaction.scalar(select(rooms.c.host_user).where(rooms.c.id == room))
    ruled = (await transaction.execute(select(room_chat).where(room_chat.c.room == room))).one_or_none()
    keepers = select(room_moderators).where(room_moderators.c.room == room)
    named = await transaction.execute(keepers.order_by(room_moderators.c.at_ms, room_moderators.c.user_id))
    standing = select(room_mutes).where(room_mutes.c.room == room, room_mutes.c.until_ms > now_ms)
    muted = await transaction.execute(standing.order_by(room_mutes.c.at_ms, room_mutes.c.user_id))
    return Order(
        host or "",
        ChatRules() if ruled is None else ChatRules(ruled.slow_s, ruled.followers_only, ruled.links),
        tuple(Keeper(row.user_id, row.name) for row in named),
        {row.user_id: Mute(row.user_id, row.name, row.until_ms, row.muted_by, row.at_ms) for row in muted},
        0 if ruled is None else ruled.version,
    )


async def _note(
    transaction: Transaction,
    action: str,
    room: str,
    deed: Deed,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    await append(transaction, AuditEntry(deed.actor, action, f"room:{room}", "", deed.at_ms, before, after))
