"""The twin for one process: one contract suite holds it and Redis to the same."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import orjson

from foundation.feed import FeedMessage
from foundation.ids import new_id
from streaming.feed.store import Head, Posted


class MemoryWire:
    """Keeps all that was posted in ``messages``."""

    def __init__(self) -> None:
        self.messages: list[FeedMessage] = []
        self._epoch = new_id()
        self._offsets: dict[str, int] = defaultdict(int)
        self._listening: set[str] = set()
        self._queue: asyncio.Queue[Posted] = asyncio.Queue(10_000)

    async def post(self, *messages: FeedMessage) -> None:
        for message in messages:
            self.messages.append(message)
            self._offsets[message.room] += 1
            if message.room in self._listening:
                self._queue.put_nowait(self._numbered(message))

    def _numbered(self, message: FeedMessage) -> Posted:
        offset, body = self._offsets[message.room], orjson.dumps(message.body)
        return Posted(
            message.room,
            self._epoch,
            offset,
            message.type,
            message.delivery,
            message.key,
            message.users,
            body,
            message.dear,
        )

    async def head(self, room: str) -> Head:
        return Head(self._epoch, self._offsets[room])

    async def listen(self, room: str) -> None:
        self._listening.add(room)

    async def unlisten(self, room: str) -> None:
        self._listening.discard(room)

    async def posted(self) -> AsyncIterator[Posted]:
        while True:
            yield await self._queue.get()
