"""How an event gets into a contestant's room: a POST on a connection that is kept, or our own wire."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import orjson

import foundation.redis
from bench.gifts.lean import Http
from foundation.feed import FeedMessage
from streaming.feed.store_redis import RedisWire

BODY_BYTES = 320
TYPE = "bench.event"


class Post(Protocol):
    async def __call__(self, body: dict[str, object]) -> None: ...


class PostRefused(RuntimeError):
    """The contestant did not take an event."""


def event(number: int, at_us: int) -> dict[str, object]:
    """What is posted: ``BODY_BYTES`` of JSON, its mark first (``crowd.c`` looks for it), then words."""
    body: dict[str, object] = {"at_us": at_us, "n": number, "text": ""}
    body["text"] = "x" * (BODY_BYTES - len(orjson.dumps(body)))
    return body


def posting(way: dict[str, str]) -> AbstractAsyncContextManager[Post]:
    """``way``: ``address`` and ``path`` of a POST, or ``redis`` and ``room``."""
    if "redis" in way:
        return _on_the_wire(way["redis"], way["room"])
    return _over_http(way["address"], way["path"])


@asynccontextmanager
async def _over_http(address: str, path: str) -> AsyncIterator[Post]:
    line = await Http.open(address)

    async def post(body: dict[str, object]) -> None:
        status, answer = await line.post(path, "", orjson.dumps(body))
        if status >= 300:
            raise PostRefused(f"{status} {answer.decode(errors='replace')[:200]}")

    try:
        yield post
    finally:
        line.close()


@asynccontextmanager
async def _on_the_wire(url: str, room: str) -> AsyncIterator[Post]:
    """As gifts are posted by their relay: kept in the room's history, never merged."""
    redis = foundation.redis.connect(url, "bench")
    wire = RedisWire(redis)

    async def post(body: dict[str, object]) -> None:
        await wire.post(FeedMessage(room, TYPE, body))

    try:
        yield post
    finally:
        await wire.close()
        await redis.aclose()
