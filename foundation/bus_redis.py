"""The Redis twin of the bus: one pub/sub connection a process, channels ``bus:TOPIC``.

While Redis is away publishing raises ``redis.RedisError`` and subscribers hear nothing; the connection comes back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from foundation.bus import Subscription, Subscriptions
from foundation.facts import Fact, decode, encode
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner

log = structlog.get_logger(__name__)

RECONNECT_AFTER_S = 0.2
_CHANNEL = "bus:"


class RedisBus:
    """``start`` before use, ``close`` after; one reader task serves every subscription of the process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._subscriptions = Subscriptions()
        self._pubsub = redis.pubsub(ignore_subscribe_messages=False)
        self._confirmed: dict[str, asyncio.Event] = {}
        self._tasks = TaskOwner("bus")

    async def start(self) -> None:
        await self._pubsub.subscribe(_CHANNEL)
        self._tasks.start(self._read(), "reader")

    async def close(self) -> None:
        await self._tasks.close()
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]

    async def publish(self, *facts: Fact) -> None:
        if len(facts) == 1:
            await self._redis.publish(_CHANNEL + facts[0].topic, encode(facts[0]))
            return
        async with self._redis.pipeline(transaction=False) as pipe:
            for fact in facts:
                pipe.publish(_CHANNEL + fact.topic, encode(fact))
            await pipe.execute()

    @asynccontextmanager
    async def subscribe(self, *kinds: type[Fact]) -> AsyncIterator[Subscription]:
        subscription = Subscription(kinds)
        with self._subscriptions.held(subscription):
            for topic in subscription.kinds:
                await self._confirm(topic)
            yield subscription

    async def _confirm(self, topic: str) -> None:
        """Return once Redis has confirmed the channel: a fact published after this is heard."""
        event = self._confirmed.get(topic)
        if event is None:
            event = self._confirmed[topic] = asyncio.Event()
            await self._pubsub.subscribe(_CHANNEL + topic)
        async with asyncio.timeout(5):
            await event.wait()

    async def _read(self) -> None:
        while True:
            heed_cancellation()
            try:
                message = await self._pubsub.get_message(timeout=60)
            except (RedisError, OSError) as error:
                log.warning("bus lost redis", error=str(error))
                await asyncio.sleep(RECONNECT_AFTER_S)
                continue
            if message is None:
                continue
            topic = message["channel"].decode().removeprefix(_CHANNEL)
            if message["type"] == "subscribe" and topic in self._confirmed:
                self._confirmed[topic].set()
            elif message["type"] == "message":
                self._deliver(topic, message["data"])

    def _deliver(self, topic: str, payload: bytes) -> None:
        for subscription in self._subscriptions.of(topic):
            try:
                subscription.put(decode(subscription.kinds[topic], payload))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                log.error("a fact could not be read", topic=topic, error=str(error))
