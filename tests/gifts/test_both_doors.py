"""One key is one gift, by whichever door of a real api process it comes, and however late."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.gifts_proof.town import Town, town
from foundation.bus_redis import RedisBus
from gifts.ledger import KEY_KEPT_MS, Posted
from gifts.store_sql import SqlLedger
from streaming.events import BroadcastEnded
from streaming.store_redis import RedisBroadcasts
from tests.clocks import ToldClock
from tests.gifts.doors import DOORS, FEED, HTTP, Giver, coins, giver
from tests.gifts.world import order
from tests.waiting import until

COINS = 1000
PRICE = 10
TIMES = 10
A_MINUTE_MS = 60_000


@dataclass
class House:
    place: Town
    giving: Giver

    async def given_ago(self, key: str, ago_ms: int) -> str:
        """A rose that was given so long ago; its id."""
        host, clock = self.place.hosts[0], ToldClock(self.place.clock.now_ms() - ago_ms)
        ledger = SqlLedger(self.place.database, clock)
        wanted = order(
            self.giving.person.user, key=key, coins=PRICE, room=host.room, recipient=host.host_user, item="rose"
        )
        (outcome,) = await ledger.commit([wanted])
        await ledger.close()
        assert isinstance(outcome, Posted)
        return outcome.gift.id

    async def over(self) -> None:
        """The broadcast ends; the api knows when this returns."""
        record = self.place.on_air[0]
        await RedisBroadcasts(self.place.redis).remove(record, 1)
        broadcast = record.broadcast
        ended = BroadcastEnded(broadcast.room, broadcast.broadcast_id, broadcast.host_user, "ended", 1)
        await RedisBus(self.place.redis).publish(ended)
        turns = iter(range(1000))

        async def known() -> bool:
            return (await self.giving.give(HTTP, f"is-it-over-{next(turns)}")).code == "not-live"

        await until(known, "the api knows that the room is not live")


@pytest.fixture
async def house(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[House]:
    copy = shutil.copy(sqlite_template, tmp_path / "ringside.db")
    async with town(tmp_path, f"sqlite+aiosqlite:///{copy}") as place:
        fan = await place.fan("Fan", COINS)
        async with giver(place, fan, place.hosts[0].room) as giving:
            yield House(place, giving)


async def test_both_doors_are_one_ledger(house: House) -> None:
    """One key at once, another wish, a key of a week ago: the same is said by both, and paid once."""
    giving, database = house.giving, house.place.database
    for number in range(TIMES):
        one, other = await asyncio.gather(*(giving.give(door, f"at-once-{number}") for door in DOORS))
        assert (one.status, other.status) == (201, 201) and one.body == other.body
    assert await coins(database, giving.person) == COINS - TIMES * PRICE
    for door, number in ((FEED, 0), (HTTP, 1)):
        told = await giving.give(door, f"at-once-{number}", count=2)
        assert (told.status, told.code) == (409, "idempotency-conflict")
    late = await house.given_ago("late", KEY_KEPT_MS + 1)
    in_time = await house.given_ago("in-time", KEY_KEPT_MS - A_MINUTE_MS)
    assert late != in_time
    left = await coins(database, giving.person)
    await _answers_old_keys(giving, in_time)
    assert await coins(database, giving.person) == left == COINS - (TIMES + 2) * PRICE
    await house.over()  # which asks by gifts: the first ones may still be taken
    left = await coins(database, giving.person)
    await _answers_old_keys(giving, in_time)
    assert await coins(database, giving.person) == left


async def _answers_old_keys(giving: Giver, in_time: str) -> None:
    for door in DOORS:
        told = await giving.give(door, "late")
        assert (told.status, told.code) == (409, "key-expired")
        again = await giving.give(door, "in-time")
        assert (again.status, again.body["gift_id"]) == (201, in_time)
