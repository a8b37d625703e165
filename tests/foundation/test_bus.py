"""The bus keeps its word on both twins."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar

import pytest
from redis.asyncio import Redis

from foundation.bus import Bus, MemoryBus, Subscription
from foundation.bus_redis import RedisBus
from foundation.facts import Fact, decode, encode


@dataclass(frozen=True)
class Score:
    side: str
    value: int


@dataclass(frozen=True)
class RoundPlayed(Fact):
    topic: ClassVar[str] = "test.round_played"
    number: int
    scores: tuple[Score, ...]
    note: str | None = None


@dataclass(frozen=True)
class RoundBroken(Fact):
    topic: ClassVar[str] = "test.round_broken"
    number: int


@pytest.fixture(params=["memory", "redis"])
async def bus(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[Bus]:
    if request.param == "memory":
        yield MemoryBus()
        return
    carrier = RedisBus(redis)
    await carrier.start()
    yield carrier
    await carrier.close()


def played(number: int) -> RoundPlayed:
    return RoundPlayed(number, (Score("red", number), Score("blue", 0)))


async def take(subscription: Subscription, count: int) -> list[Fact]:
    async with asyncio.timeout(5):
        return [await anext(subscription) for _ in range(count)]


async def test_facts_arrive_whole_and_in_order(bus: Bus) -> None:
    async with bus.subscribe(RoundPlayed) as subscription:
        for number in range(50):
            await bus.publish(played(number))
        assert await take(subscription, 50) == [played(number) for number in range(50)]


async def test_facts_that_are_published_together_arrive_in_their_order(bus: Bus) -> None:
    async with bus.subscribe(RoundPlayed) as subscription:
        await bus.publish(*(played(number) for number in range(600)))
        await bus.publish()
        assert await take(subscription, 600) == [played(number) for number in range(600)]


async def test_every_subscriber_gets_its_own_copy_and_only_its_kinds(bus: Bus) -> None:
    async with bus.subscribe(RoundPlayed) as one, bus.subscribe(RoundPlayed, RoundBroken) as both:
        await bus.publish(RoundBroken(1))
        await bus.publish(played(2))
        assert await take(one, 1) == [played(2)]
        assert await take(both, 2) == [RoundBroken(1), played(2)]


async def test_what_was_published_before_a_subscription_is_not_heard(bus: Bus) -> None:
    await bus.publish(played(1))
    async with bus.subscribe(RoundPlayed) as subscription:
        await bus.publish(played(2))
        assert await take(subscription, 1) == [played(2)]


async def test_a_topic_can_be_subscribed_again_after_it_was_left(bus: Bus) -> None:
    async with bus.subscribe(RoundPlayed):
        pass
    async with bus.subscribe(RoundPlayed) as subscription:
        await bus.publish(played(3))
        assert await take(subscription, 1) == [played(3)]


def test_a_slow_subscriber_loses_the_oldest_and_the_loss_is_counted() -> None:
    subscription = Subscription((RoundBroken,), capacity=3)
    for number in range(5):
        subscription.put(RoundBroken(number))
    assert subscription.missed == 2


def test_members_that_a_newer_sender_added_are_ignored() -> None:
    payload = encode(RoundBroken(7)).replace(b"{", b'{"added":1,')
    assert decode(RoundBroken, payload) == RoundBroken(7)
