"""How much one may give in a minute: counted once a wish, and never in the way when nobody can count."""

import asyncio

import pytest
from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.errors import Refusal
from foundation.sql import Database
from gifts.pace import GiftPacer, Limits, PaceStore, Verdict
from gifts.service import GiftService, SendGift
from gifts.settings import GiftSettings
from gifts.store_memory_pace import MemoryPace
from gifts.store_redis_pace import RedisPace
from tests.clocks import ToldClock
from tests.gifts.world import ROOM, VERA, ToldGate, ToldStages

THREE = Limits(gifts=3, coins=100)


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> PaceStore:
    return MemoryPace() if request.param == "memory" else RedisPace(request.getfixturevalue("redis"))


@pytest.fixture
def pacer(store: PaceStore, clock: ToldClock) -> GiftPacer:
    clock.advance(60_000 - clock.now_ms() % 60_000)
    return GiftPacer(store, clock, THREE)


async def refused(pacer: GiftPacer, key: str, coins: int = 1) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        await pacer.take("vera", key, coins)
    assert (refusal.value.code, refusal.value.status) == ("gift-pace", 429)
    return refusal.value


async def test_so_many_gifts_are_within_a_minute_and_no_more(pacer: GiftPacer, clock: ToldClock) -> None:
    for key in ("a", "b", "c"):
        await pacer.take("vera", key, 1)
    clock.advance(40_001)
    assert (await refused(pacer, "d")).retry_after_s == 20
    await pacer.take("wang", "d", 1)
    clock.advance(19_999)
    await pacer.take("vera", "d", 1)


async def test_so_many_coins_are_within_a_minute_and_no_more(pacer: GiftPacer, clock: ToldClock) -> None:
    await pacer.take("vera", "a", 99)
    assert (await refused(pacer, "b", 2)).retry_after_s == 60
    await pacer.take("vera", "c", 1)


async def test_what_was_refused_is_not_counted(pacer: GiftPacer) -> None:
    for key in "abcdefgh":
        await refused(pacer, key, 101)
    await pacer.take("vera", "a", 100)


async def test_a_gift_beyond_any_minute_is_not_told_to_wait(pacer: GiftPacer) -> None:
    assert (await refused(pacer, "a", 101)).retry_after_s is None


async def test_a_wish_is_counted_once_however_often_it_is_repeated(pacer: GiftPacer) -> None:
    for _ in range(50):
        await pacer.take("vera", "the same", 40)
    await pacer.take("vera", "another", 40)
    await refused(pacer, "third", 40)
    await pacer.take("vera", "the same", 40)


async def test_of_many_at_once_only_as_many_as_the_limit_says_go_through(pacer: GiftPacer) -> None:
    wishes = [pacer.take("vera", str(number), 1) for number in range(20)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 3


async def test_zero_is_no_limit(store: PaceStore, clock: ToldClock) -> None:
    for limits in (Limits(0, 0), Limits(0, 10**9), Limits(100, 0)):
        pacer = GiftPacer(store, clock, limits)
        for number in range(30):
            await pacer.take("vera", f"{limits}{number}", 10**6)


async def test_a_minute_is_forgotten_by_itself(redis: Redis, clock: ToldClock) -> None:
    await GiftPacer(RedisPace(redis), clock, THREE).take("vera", "a", 1)
    [key] = await redis.keys()
    assert 0 < await redis.pttl(key) <= 120_000


class Away:
    """A store that does not count: it refuses, or it is silent."""

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent

    async def take(self, user: str, minute: int, key: str, coins: int, limits: Limits) -> Verdict:
        if self._silent:
            await asyncio.get_running_loop().create_future()
        raise ConnectionRefusedError


@pytest.mark.parametrize("silent", [False, True])
async def test_who_cannot_be_counted_may_give(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings, *, silent: bool
) -> None:
    pacer = GiftPacer(Away(silent=silent), clock, Limits(1, 1), patience_s=0.01)
    service = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings, pacer=pacer)
    await service.start()
    await service.grant_starter("vera")
    for key in ("a", "b"):
        await service.send(VERA, ROOM, SendGift("rose", 1, None, key))
    assert (await service.wallet("vera")).coins == 980
    await service.close()


async def test_a_retry_is_answered_though_the_limit_is_reached(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings, store: PaceStore
) -> None:
    pacer = GiftPacer(store, clock, Limits(1, 0))
    service = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings, pacer=pacer)
    await service.start()
    await service.grant_starter("vera")
    first = await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))
    with pytest.raises(Refusal) as refusal:
        await service.send(VERA, ROOM, SendGift("rose", 1, None, "b"))
    assert refusal.value.code == "gift-pace"
    again = await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))
    assert (again.replayed, again.gift) == (True, first.gift)
    pacer._limits = Limits(1, 1)  # even where the gift alone is beyond what is allowed now
    clock.advance(60_000)
    assert (await service.send(VERA, ROOM, SendGift("rose", 1, None, "a"))).gift == first.gift
    assert (await service.wallet("vera")).coins == 990
    await service.close()
