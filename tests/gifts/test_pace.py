"""How much one may give in a minute: counted once a wish, by all processes together, and never in a gift's way."""

import asyncio
from collections.abc import Mapping

import pytest
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.errors import Refusal
from foundation.sql import Database
from gifts.pace import GiftPacer, Given, Limits, PaceStore
from gifts.service import GiftService, SendGift
from gifts.settings import GiftSettings
from gifts.store_memory_pace import MemoryPace
from gifts.store_redis_pace import RedisPace
from tests.clocks import ToldClock
from tests.gifts.world import ROOM, VERA, ToldGate, ToldStages
from tests.waiting import until

THREE = Limits(gifts=3, coins=100)


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> PaceStore:
    return MemoryPace() if request.param == "memory" else RedisPace(request.getfixturevalue("redis"))


@pytest.fixture
def minute(clock: ToldClock) -> ToldClock:
    """At the beginning of a minute."""
    clock.advance(60_000 - clock.now_ms() % 60_000)
    return clock


@pytest.fixture
def pacer(minute: ToldClock) -> GiftPacer:
    return GiftPacer(MemoryPace(), minute, THREE)


def refused(pacer: GiftPacer, key: str, coins: int = 1) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        pacer.take("vera", key, coins)
    assert (refusal.value.code, refusal.value.status) == ("gift-pace", 429)
    return refusal.value


def test_so_many_gifts_are_within_a_minute_and_no_more(pacer: GiftPacer, minute: ToldClock) -> None:
    for key in ("a", "b", "c"):
        pacer.take("vera", key, 1)
    minute.advance(40_001)
    assert refused(pacer, "d").retry_after_s == 20
    pacer.take("wang", "d", 1)
    minute.advance(19_999)
    pacer.take("vera", "d", 1)


def test_so_many_coins_are_within_a_minute_and_no_more(pacer: GiftPacer) -> None:
    pacer.take("vera", "a", 99)
    assert refused(pacer, "b", 2).retry_after_s == 60
    pacer.take("vera", "c", 1)


def test_what_was_refused_is_not_counted(pacer: GiftPacer) -> None:
    for key in "abcdefgh":
        refused(pacer, key, 101)
    pacer.take("vera", "a", 100)


def test_a_gift_beyond_any_minute_is_not_told_to_wait(pacer: GiftPacer) -> None:
    assert refused(pacer, "a", 101).retry_after_s is None


def test_a_wish_is_counted_once_however_often_it_is_repeated(pacer: GiftPacer) -> None:
    for _ in range(50):
        pacer.take("vera", "the same", 40)
    pacer.take("vera", "another", 40)
    refused(pacer, "third", 40)
    pacer.take("vera", "the same", 40)


@pytest.mark.parametrize("limits", [Limits(0, 0), Limits(0, 10**9), Limits(100, 0)])
def test_zero_is_no_limit(minute: ToldClock, limits: Limits) -> None:
    pacer = GiftPacer(MemoryPace(), minute, limits)
    for number in range(30):
        pacer.take("vera", str(number), 10**6)


async def test_two_processes_count_together(store: PaceStore, minute: ToldClock) -> None:
    one, two = GiftPacer(store, minute, THREE), GiftPacer(store, minute, THREE)
    one.take("vera", "a", 10)
    two.take("vera", "b", 10)
    for each in (one, two, one):
        await each.exchange()
    two.take("vera", "c", 10)
    refused(two, "d")
    one.take("vera", "e", 10)  # it has not heard of the third one yet
    for each in (two, one):
        await each.exchange()
    refused(one, "f")
    one.take("wang", "f", 100)
    minute.advance(60_000)
    one.take("vera", "g", 100)
    await one.exchange()
    refused(one, "h")


async def test_what_is_counted_during_an_exchange_is_told_with_the_next_one(
    store: PaceStore, minute: ToldClock
) -> None:
    one, two = GiftPacer(store, minute, Limits(10, 0)), GiftPacer(store, minute, Limits(10, 0))
    one.take("vera", "a", 1)
    exchange = asyncio.ensure_future(one.exchange())
    await asyncio.sleep(0)
    for number in range(4):
        one.take("vera", f"b{number}", 1)
    await exchange
    await one.exchange()
    two.take("vera", "c", 1)
    await two.exchange()
    for number in range(4):
        two.take("vera", f"d{number}", 1)
    refused(two, "one too many")


async def test_a_minute_is_forgotten_by_itself(redis: Redis, minute: ToldClock) -> None:
    pacer = GiftPacer(RedisPace(redis), minute, THREE)
    pacer.take("vera", "a", 1)
    await pacer.exchange()
    [key] = await redis.keys()
    assert 0 < await redis.pttl(key) <= 120_000


class Away:
    """A store that does not count: it refuses, or it is silent."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self.asked = 0

    async def add(self, minute: int, given: Mapping[str, Given]) -> dict[str, Given]:
        self.asked += 1
        if self._silent:
            await asyncio.get_running_loop().create_future()
        raise ConnectionRefusedError


@pytest.mark.usefixtures("no_task_left")
@pytest.mark.parametrize("silent", [False, True])
async def test_while_redis_is_away_or_slow_nobody_waits_and_each_process_counts_for_itself(
    minute: ToldClock, *, silent: bool
) -> None:
    away = Away(silent=silent)
    pacer = GiftPacer(away, minute, THREE, every_s=0.001)
    pacer.start()

    async def asked() -> bool:
        return away.asked > 0

    pacer.take("vera", "a", 1)
    await until(asked, "Redis was asked")
    pacer.take("vera", "b", 1)
    pacer.take("vera", "c", 1)
    refused(pacer, "d")
    await pacer.close()


async def test_a_retry_is_answered_though_the_limit_is_reached(
    database: Database, minute: ToldClock, bus: MemoryBus, settings: GiftSettings
) -> None:
    pacer = GiftPacer(MemoryPace(), minute, Limits(1, 0))
    service = GiftService(database, minute, bus, ToldGate(), ToldStages(), settings, pacer=pacer)
    await service.start()
    await service.grant_starter("vera")
    first = await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))
    with pytest.raises(Refusal) as refusal:
        await service.send(VERA, ROOM, SendGift("rose", 1, None, "b"))
    assert refusal.value.code == "gift-pace"
    again = await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))
    assert (again.replayed, again.gift) == (True, first.gift)
    pacer._limits = Limits(1, 1)  # even where the gift alone is beyond what is allowed now
    minute.advance(60_000)
    assert (await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))).gift == first.gift
    assert (await service.wallet("vera")).coins == 990
    await service.close()
