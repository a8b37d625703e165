"""Who is told of a dear gift."""

from dataclasses import replace

from server.banner_rooms import BannerRooms
from streaming.broadcast import State
from streaming.lobby import Lobby
from streaming.store_memory import MemoryBroadcasts, MemoryRooms
from tests.streaming.scene import card, live


async def test_the_rooms_that_are_live_are_told_and_no_other() -> None:
    broadcasts = MemoryBroadcasts()
    rooms = BannerRooms(Lobby(MemoryRooms(), broadcasts))
    assert await rooms.live_rooms() == []
    records = [live(card(name.lower(), name)) for name in ("Ann", "Bea", "Cyd")]
    over = replace(records[2], broadcast=replace(records[2].broadcast, state=State.ENDED))
    for record in (*records[:2], over):
        await broadcasts.save(record, 1)
        await broadcasts.announce(record.broadcast.room)
    assert sorted(await rooms.live_rooms()) == sorted(record.broadcast.room for record in records[:2])
