"""The twin for one process: one contract suite holds it and Redis to the same."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator

import orjson

from foundation.feed import Delivery, FeedMessage
from foundation.ids import new_id
from streaming.feed.store import Head, History, Posted

HISTORY = 1000


class MemoryWire:
    """Keeps all that was posted in ``messages``."""

    def __init__(self) -> None:
        self.messages: list[FeedMessage] = []
        self._epoch = new_id()
        self._offsets: dict[str, int] = defaultdict(int)
        self._whole_after: dict[str, int] = defaultdict(int)
        self._kept: dict[str, list[Posted]] = defaultdict(list)
        self._listening: set[str] = set()
        self._queue: asyncio.Queue[Posted] = asyncio.Queue(10_000)

    async def post(self, *messages: FeedMessage) -> None:
        for message in messages:
            self.messages.append(message)
            self._offsets[message.room] += 1
            posted = self._numbered(message)
            if message.delivery in (Delivery.MUST, Delivery.LATEST):
                self._keep(posted)
            if message.room in self._listening:
                self._queue.put_nowait(posted)

    def _keep(self, posted: Posted) -> None:
        kept = self._kept[posted.room]
        kept.append(posted)
        if len(kept) > HISTORY:
            self._whole_after[posted.room] = kept.pop(0).offset

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

    async def history(self, room: str) -> History:
        return History(Head(self._epoch, self._whole_after[room]), tuple(self._kept[room]))

    async def listen(self, room: str) -> None:
        self._listening.add(room)

    async def unlisten(self, room: str) -> None:
        self._listening.discard(room)

    async def posted(self) -> AsyncIterator[Posted]:
        while True:
            yield await self._queue.get()
