"""The twins for one process: one contract suite holds them and Redis to the same."""

from collections import defaultdict
from math import ceil

from foundation.feed import FeedMessage, FeedOutlet
from streaming.chat.limits import SHOWN, ChatLimits
from streaming.chat.message import Said
from streaming.chat.order import Order, Standing
from streaming.chat.store import Heard, Hearing, Tally
from streaming.feed.store_memory import MemoryWire


class MemoryOrderCopies:
    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}

    async def put(self, room: str, order: Order) -> None:
        if room not in self.orders or self.orders[room].version <= order.version:
            self.orders[room] = order

    async def standing(self, room: str, user: str) -> Standing | None:
        order = self.orders.get(room)
        if order is None:
            return None
        mute = order.mutes.get(user)
        named = user in {keeper.user for keeper in order.moderators}
        return Standing(order.host, order.rules, named, 0 if mute is None else mute.until_ms)

    async def shown(self, room: str) -> dict[str, object] | None:
        order = self.orders.get(room)
        return None if order is None else order.shown()


class MemoryTalk:
    def __init__(self, copies: MemoryOrderCopies | None = None, outlet: FeedOutlet | None = None) -> None:
        self._copies = copies or MemoryOrderCopies()
        self._outlet = outlet or MemoryWire()
        self._said: dict[str, list[Said]] = defaultdict(list)
        self._spoke_ms: dict[tuple[str, str], int] = {}
        self._likes: dict[str, int] = defaultdict(int)
        self._spoken: dict[str, int] = defaultdict(int)
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}

    async def say(self, room: str, said: Said, address: str, limits: ChatLimits, *, free: bool) -> Hearing:
        standing, now_ms = await self._copies.standing(room, said.user), said.at_ms
        if standing is None:
            return Hearing(Heard.UNKNOWN)
        slow_ms = 0 if free else standing.rules.slow_s * 1000
        if standing.muted_until_ms > now_ms:
            return Hearing(Heard.MUTED, standing.muted_until_ms)
        waits_ms = self._spoke_ms.get((room, said.user), now_ms - slow_ms) + slow_ms - now_ms
        if waits_ms > 0:
            return Hearing(Heard.SLOW, waits_ms)
        if said.reply is not None and said.reply.id not in {each.id for each in self._said[room]}:
            return Hearing(Heard.GONE)
        own = {f"chat:{said.user}": (limits.per_s, limits.burst)}
        if address:
            own[f"chat:from:{address}"] = (limits.address_per_s, limits.address_burst)
        for name, (per_s, burst) in own.items():
            tokens = self._tokens(room, name, per_s, burst, now_ms)
            if tokens < 1:
                return Hearing(Heard.FAST, ceil((1 - tokens) / per_s * 1000))
        for name, (per_s, burst) in own.items():
            await self.take_token(room, name, per_s, burst, now_ms)
        if slow_ms:
            self._spoke_ms[room, said.user] = now_ms
        if not free and not await self.take_token(room, "chat", limits.room_per_s, limits.room_burst, now_ms):
            return Hearing(Heard.ALONE)
        self._said[room] = [*self._said[room], said][-limits.remembered :]
        self._spoken[room] += 1
        await self._outlet.post(said.told(room))
        return Hearing(Heard.ROOM)

    async def last(self, room: str, most: int = SHOWN) -> list[dict[str, object]]:
        return [said.body() for said in self._said[room][-most:]]

    async def find(self, room: str, message: str) -> dict[str, object] | None:
        return next((said.body() for said in self._said[room] if said.id == message), None)

    async def unsay(self, room: str, told: FeedMessage, *, message: str = "", user: str = "") -> list[str]:
        def taken(message_id: str, author: str) -> bool:
            return message_id == message or author == user

        before = self._said[room]
        kept = [said for said in before if not taken(said.id, said.user)]
        self._said[room] = [
            said.without_quoted_text() if said.reply is not None and taken(said.reply.id, said.reply.user) else said
            for said in kept
        ]
        await self._outlet.post(told)
        return [said.id for said in before if taken(said.id, said.user)]

    async def like(self, room: str, count: int) -> int:
        self._likes[room] += count
        return self._likes[room]

    async def likes(self, room: str) -> int:
        return self._likes[room]

    async def tally(self, room: str) -> Tally:
        return Tally(self._spoken[room], self._likes[room])

    async def begin(self, room: str) -> None:
        self._likes.pop(room, None)
        self._spoken.pop(room, None)

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        tokens = self._tokens(room, name, per_s, burst, now_ms)
        self._buckets[room, name] = (tokens - 1 if tokens >= 1 else tokens, now_ms)
        return tokens >= 1

    def _tokens(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> float:
        tokens, at_ms = self._buckets.get((room, name), (float(burst), now_ms))
        return min(burst, tokens + max(0, now_ms - at_ms) * per_s / 1000)
