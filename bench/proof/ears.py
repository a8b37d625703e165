"""Who listens to a room's feed, comes back when it is closed, and writes down what concerns battles and when."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

AGAIN_S = 0.2
OPEN_S = 3.0


@dataclass(frozen=True)
class Told:
    """One message of the feed, at ``at_s`` (time.time); a snapshot counts as one of the battle in it."""

    at_s: float
    type: str
    body: dict[str, Any]

    @property
    def battle(self) -> str | None:
        return self.body.get("battle")


@dataclass
class Ear:
    """What was heard in one room. ``joins``: how often the socket was opened."""

    url: str
    told: list[Told] = field(default_factory=list)
    joins: int = 0
    empty_s: float = 0.0  # when he came in and there was no battle, the last time
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        while True:
            with contextlib.suppress(OSError, TimeoutError, WebSocketException):
                async with connect(self.url, proxy=None, open_timeout=OPEN_S) as feed:
                    self.joins += 1
                    async for text in feed:
                        self._hear(json.loads(text))
            await asyncio.sleep(AGAIN_S)

    def _hear(self, message: dict[str, Any]) -> None:
        kind, body = message["t"], message.get("d", {})
        if kind == "snapshot":
            body = body["battle"] or {}
            self.empty_s = self.empty_s if body else time.time()
        if kind.startswith(("battle.", "gift.", "snapshot")):
            self.told.append(Told(time.time(), kind, body))
            self._news.set()

    def of(self, battle: str) -> list[Told]:
        return [each for each in self.told if each.battle == battle]

    def scores(self, battle: str) -> dict[str, int]:
        """As shown last."""
        bodies = [each.body for each in self.of(battle) if each.type != "gift.sent"]
        return {side["side"]: side["score"] for side in bodies[-1]["sides"]} if bodies else {}

    async def hears(self, kind: str, battle: str, within_s: float) -> Told:
        """The first message of this type about ``battle``."""
        async with asyncio.timeout(within_s):
            while True:
                for each in self.of(battle):
                    if each.type == kind:
                        return each
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(*ears: Ear) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(ear.listen(), name=f"ear {ear.url}") for ear in ears]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
