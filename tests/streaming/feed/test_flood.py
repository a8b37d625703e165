"""A thousand lines a second in one room: what they cost it is bounded, and another room does not wait. Virtual time."""

import asyncio

import orjson

from foundation.feed import Delivery, FeedMessage
from streaming.chat.limits import ChatLimits
from streaming.chat.order import Order
from streaming.chat.store import Heard
from streaming.chat.store_memory import MemoryOrderCopies, MemoryTalk
from streaming.feed.connection import Connection
from streaming.feed.crowd import Crowd
from streaming.feed.rules import FeedRules
from streaming.feed.store_memory import MemoryWire
from tests.pk.virtual import VirtualClock, passes, play
from tests.streaming.chat.lines import said
from tests.streaming.feed.frames import texts
from tests.streaming.feed.lines import MemoryLine

RULES, LIMITS = FeedRules(), ChatLimits()
SPAMMERS, LINES, GIFT_EVERY = 500, 1000, 40


class TimedLine(MemoryLine):
    """``told``: with each write its texts, and when it was, in ms."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, list[str]]] = []

    def write(self, data: bytes, /) -> None:
        super().write(data)
        self.told.append((VirtualClock().now_ms(), texts(data)))


class Rooms:
    """Two of them in one process, with somebody who listens in each."""

    def __init__(self) -> None:
        self.wire, self.copies = MemoryWire(), MemoryOrderCopies()
        self.talk = MemoryTalk(self.copies, self.wire)
        self.crowds: dict[str, Crowd] = {}

    async def open(self, room: str) -> TimedLine:
        crowd, line = Crowd(RULES, VirtualClock()), TimedLine()
        await self.copies.put(room, Order("host"))
        await self.wire.listen(room)
        head = await self.wire.head(room)
        connection = Connection(room, room, None, "", line, RULES)
        connection.greet()
        crowd.begin(head)
        crowd.hear(connection, head)
        self.crowds[room] = crowd
        line.told.clear()
        return line

    async def carry(self) -> None:
        async for posted in self.wire.posted():
            self.crowds[posted.room].take(posted)

    async def spam(self, number: int) -> Heard:
        spammer, now_ms = f"spammer-{number % SPAMMERS}", VirtualClock().now_ms()
        line = said(user=spammer, at_ms=now_ms)
        return (await self.talk.say("loud", line, f"address of {spammer}", LIMITS, free=False)).heard

    async def give(self) -> None:
        given: dict[str, object] = {"at_ms": VirtualClock().now_ms()}
        await self.wire.post(FeedMessage("quiet", "gift.sent", given, Delivery.MUST))


async def flood() -> tuple[list[Heard], TimedLine, TimedLine]:
    """A second of it: what became of the lines, and what was told in both rooms."""
    rooms, heard = Rooms(), list[Heard]()
    loud, quiet = await rooms.open("loud"), await rooms.open("quiet")
    carrying = asyncio.create_task(rooms.carry())
    for number in range(LINES):
        heard.append(await rooms.spam(number))
        if number % GIFT_EVERY == 0:
            await rooms.give()
        await passes(1)
    await passes(RULES.tick_ms)
    carrying.cancel()
    for crowd in rooms.crowds.values():
        crowd.stop()
    return heard, loud, quiet


def test_a_thousand_lines_a_second_are_few_frames_in_their_room_and_delay_nothing_in_another() -> None:
    heard, loud, quiet = play(flood())
    assert set(heard) == {Heard.ROOM, Heard.ALONE}
    assert heard.count(Heard.ROOM) <= LIMITS.room_burst + LIMITS.room_per_s * LINES / 1000
    assert len(loud.told) <= LINES / RULES.tick_ms + 2
    assert max(len(lines) for _, lines in loud.told) == RULES.samples_per_tick
    waited = [at_ms - orjson.loads(gift)["d"]["at_ms"] for at_ms, gifts in quiet.told for gift in gifts]
    assert len(waited) == LINES / GIFT_EVERY
    assert max(waited) <= RULES.tick_ms
