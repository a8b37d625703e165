"""Facts that a worker tells, in order, one by one; a bus that is away costs facts (at most once), never the worker."""

import asyncio
from collections import deque

import structlog

from foundation.bus import Bus
from foundation.facts import Fact

log = structlog.get_logger(__name__)

FACTS_MAX = 1_024


class FactTeller:
    """`tell` never waits; `run` is a task of the owner, `flush` tells what is left at the end."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._facts: deque[Fact] = deque(maxlen=FACTS_MAX)
        self._told = asyncio.Event()

    def tell(self, fact: Fact) -> None:
        self._facts.append(fact)
        self._told.set()

    async def run(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            await self.flush()

    async def flush(self) -> None:
        while self._facts:
            fact = self._facts.popleft()
            try:
                await self._bus.publish(fact)
            except Exception as error:
                log.warning("could not publish a fact", topic=fact.topic, error=str(error))
