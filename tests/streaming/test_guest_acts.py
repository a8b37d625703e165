"""Many who act on one stage at once, over real Redis: whoever writes first was first."""

import asyncio

from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.ids import new_id
from streaming.errors import StageFull
from streaming.feed.store_memory import MemoryWire
from streaming.guest_acts import GuestActs, Sitting
from streaming.guests import Apply, Approve
from streaming.rules import GuestRules
from streaming.store import Seating
from streaming.store_redis import RedisGuestBook
from tests.clocks import ToldClock
from tests.streaming.scene import NOW


async def test_of_six_approved_at_once_three_have_a_seat(redis: Redis) -> None:
    acts = GuestActs(RedisGuestBook(redis), MemoryWire(), MemoryBus(), ToldClock(NOW), GuestRules())
    sitting = Sitting(new_id(), "ann", "b1")
    users = [f"u{number}" for number in range(6)]
    await asyncio.gather(*(acts.act(sitting, Apply(user, user, True)) for user in users))
    assert len((await acts.seats(sitting)).people) == 6
    outcomes = await asyncio.gather(*(acts.act(sitting, Approve(user)) for user in users), return_exceptions=True)
    assert sum(isinstance(outcome, Seating) for outcome in outcomes) == 3
    assert sum(isinstance(outcome, StageFull) for outcome in outcomes) == 3
    assert len((await acts.seats(sitting)).seated) == 3
