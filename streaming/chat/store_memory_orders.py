"""The twin of the truth for tests: one contract suite holds it and SQL to the same."""

from collections.abc import Mapping
from dataclasses import replace

from streaming.chat.errors import ModeratorsFull, MutesFull
from streaming.chat.order import Deed, Keeper, Mute, Order
from streaming.chat.rules import ChatRules
from streaming.store import Rooms


class MemoryOrders:
    """``rooms`` knows whose a room is."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._kept: dict[str, Order] = {}
        self.noted: list[tuple[str, Mapping[str, object]]] = []
        """Messages that were deleted: by whom, and what they said."""

    async def load(self, room: str, now_ms: int) -> Order:
        found = await self._rooms.room(room)
        order = self._kept.get(room, Order(""))
        standing = {user: mute for user, mute in order.mutes.items() if mute.until_ms > now_ms}
        return replace(order, host="" if found is None else found.card.host_user, mutes=standing)

    async def rule(self, room: str, rules: ChatRules, deed: Deed) -> Order:
        return await self._keep(room, replace(await self.load(room, deed.at_ms), rules=rules))

    async def name(self, room: str, keeper: Keeper, most: int, deed: Deed) -> Order:
        order = await self.load(room, deed.at_ms)
        if keeper.user in {each.user for each in order.moderators}:
            return order
        if len(order.moderators) >= most:
            raise ModeratorsFull(most=most)
        return await self._keep(room, replace(order, moderators=(*order.moderators, keeper)))

    async def unname(self, room: str, user: str, deed: Deed) -> Order:
        order = await self.load(room, deed.at_ms)
        left = tuple(keeper for keeper in order.moderators if keeper.user != user)
        return await self._keep(room, replace(order, moderators=left))

    async def mute(self, room: str, mute: Mute, most: int, deed: Deed) -> Order:
        order = await self.load(room, deed.at_ms)
        if len(order.mutes.keys() - {mute.user}) >= most:
            raise MutesFull(most=most)
        return await self._keep(room, replace(order, mutes={**order.mutes, mute.user: mute}))

    async def unmute(self, room: str, user: str, deed: Deed) -> Order:
        order = await self.load(room, deed.at_ms)
        left = {muted: mute for muted, mute in order.mutes.items() if muted != user}
        return await self._keep(room, replace(order, mutes=left))

    async def deleted(self, room: str, message: Mapping[str, object], deed: Deed) -> None:
        self.noted.append((deed.actor, message))

    async def _keep(self, room: str, order: Order) -> Order:
        self._kept[room] = replace(order, version=order.version + 1)
        return self._kept[room]
