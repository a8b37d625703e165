"""The bus carries facts between processes.

Guarantees, for both twins: a subscriber gets each fact at most once, facts of one publisher in the order of publishing,
nothing from before its subscription. A subscriber that falls ``capacity`` facts behind loses the oldest, which is
counted and logged: whoever must not miss a fact also reconciles from the store that holds the truth.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Protocol

import structlog

from foundation.facts import Fact

log = structlog.get_logger(__name__)

CAPACITY = 4096


class Subscription:
    """A bounded inbox of facts; iterate over it. Overflow drops the oldest and counts it in ``missed``."""

    def __init__(self, kinds: tuple[type[Fact], ...], capacity: int = CAPACITY) -> None:
        self.kinds = {kind.topic: kind for kind in kinds}
        self.missed = 0
        self._inbox: deque[Fact] = deque(maxlen=capacity)
        self._arrived = asyncio.Event()

    def put(self, fact: Fact) -> None:
        if len(self._inbox) == self._inbox.maxlen:
            self.missed += 1
            if self.missed & (self.missed - 1) == 0:  # at 1, 2, 4, 8, ...: a flood must not flood the log
                log.warning("bus subscriber is too slow", topics=sorted(self.kinds), missed=self.missed)
        self._inbox.append(fact)
        self._arrived.set()

    def __aiter__(self) -> AsyncIterator[Fact]:
        return self

    async def __anext__(self) -> Fact:
        while not self._inbox:
            self._arrived.clear()
            await self._arrived.wait()
        return self._inbox.popleft()


class Bus(Protocol):
    async def publish(self, *facts: Fact) -> None:
        """In this order, in one go."""

    def subscribe(self, *kinds: type[Fact]) -> AbstractAsyncContextManager[Subscription]: ...


class Subscriptions:
    """Who wants which topic, in this process: shared by the twins."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Subscription]] = {}

    @contextmanager
    def held(self, subscription: Subscription) -> Iterator[None]:
        for topic in subscription.kinds:
            self._by_topic.setdefault(topic, set()).add(subscription)
        try:
            yield
        finally:
            for topic in subscription.kinds:
                self._by_topic[topic].discard(subscription)
                if not self._by_topic[topic]:
                    del self._by_topic[topic]

    def topics(self) -> set[str]:
        return set(self._by_topic)

    def of(self, topic: str) -> list[Subscription]:
        return list(self._by_topic.get(topic, ()))


class MemoryBus:
    """The twin for one process."""

    def __init__(self) -> None:
        self._subscriptions = Subscriptions()

    async def publish(self, *facts: Fact) -> None:
        for fact in facts:
            for subscription in self._subscriptions.of(fact.topic):
                subscription.put(fact)

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Fact]) -> AsyncIterator[Subscription]:
        subscription = Subscription(kinds)
        with self._subscriptions.held(subscription):
            yield subscription
