"""A message that somebody answers or deletes is looked up at a bearable pace, whoever asks."""

import pytest

from accounts.principal import Role
from foundation.errors import TooMany
from foundation.ids import new_id
from streaming.chat.errors import MessageUnknown
from streaming.chat.limits import ChatLimits
from streaming.chat.say import SayInChat
from streaming.chat.service import ChatOrder, ChatStores
from streaming.chat.store_memory import MemoryOrderCopies, MemoryTalk
from streaming.chat.store_memory_orders import MemoryOrders
from streaming.errors import TooFast
from streaming.feed.store_memory import MemoryWire
from streaming.presence import RoomCard
from streaming.store_memory import MemoryRooms
from tests.clocks import ToldClock
from tests.streaming.scene import NOW, ToldGate, ToldTokens, card

LIMITS = ChatLimits(per_s=0.5, burst=2)


class CountingTalk(MemoryTalk):
    found = 0

    async def find(self, room: str, message: str) -> dict[str, object] | None:
        self.found += 1
        return await super().find(room, message)


class Twice:
    """Somebody may do something two times."""

    def __init__(self) -> None:
        self.left = 2

    async def take(self, user: str) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooFast(retry_after_s=1)


class Bench:
    """Ann's room, in which Bob speaks."""

    def __init__(self) -> None:
        tokens, wire, copies, self.rooms = ToldTokens(), MemoryWire(), MemoryOrderCopies(), MemoryRooms()
        self.clock, self.talk = ToldClock(NOW), CountingTalk(copies, wire)
        stores = ChatStores(MemoryOrders(self.rooms), copies, self.talk)
        self.order = ChatOrder(stores, wire, tokens, Twice(), self.clock, LIMITS)
        self.speaking = SayInChat(self.talk, wire, ToldGate(), self.order, self, self.clock, LIMITS, b"a key")
        self.card: RoomCard = card(tokens.add("Ann", Role.HOST).user_id)
        self.bob = tokens.add("Bob")

    async def follows(self, user: str, other: str) -> bool:
        return True

    async def say(self, **body: object) -> str:
        return str((await self.speaking.handle(self.bob, self.card.room, {"text": "x", **body}))["message"])


@pytest.fixture
async def bench() -> Bench:
    bench = Bench()
    await bench.rooms.create(bench.card, NOW)
    return bench


async def test_what_is_answered_is_looked_up_no_faster_than_one_may_speak(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(MessageUnknown):
            await bench.say(reply_to=new_id())
    for _ in range(50):
        with pytest.raises(TooFast) as refused:
            await bench.say(reply_to=new_id())
    assert (bench.talk.found, refused.value.retry_after_s) == (2, 2)
    bench.clock.advance(2_000)
    with pytest.raises(MessageUnknown):
        await bench.say(reply_to=new_id())


async def test_who_only_answers_says_as_much_as_others(bench: Bench) -> None:
    first = await bench.say()
    bench.clock.advance(2_000)
    for _ in range(2):
        await bench.say(reply_to=first)
    with pytest.raises(TooFast):
        await bench.say(reply_to=first)


async def test_what_is_deleted_is_looked_up_no_faster_than_one_may_delete(bench: Bench) -> None:
    for _ in range(2):
        with pytest.raises(MessageUnknown):
            await bench.order.delete(bench.bob, bench.card.room, new_id())
    for _ in range(50):
        with pytest.raises(TooMany):
            await bench.order.delete(bench.bob, bench.card.room, new_id())
    assert bench.talk.found == 2
