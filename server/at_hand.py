"""What is asked at every gift, kept at hand: who is live where, and who may give. Redis is not on a gift's way.

A host who is live and a user without a sanction are remembered for some seconds, and forgotten at once when a fact
says so. Who asks about both waits a tenth of a second for Redis, then asks SQL, so a look-up ends also when Redis is
slow or away; meanwhile the last answer stands in, and nobody becomes live or free by it. Who else is on a stage only
Redis knows. Everything else (not live, sanctioned, unknown) is looked up each time.
"""

import asyncio
from collections.abc import Collection
from typing import Protocol

import structlog

from foundation.away import StoreAway
from foundation.bus import Bus
from foundation.gathered import Gathered
from foundation.remembered import Patience, Remembered
from foundation.stopping import heed_cancellation
from foundation.tasks import TaskOwner
from gifts.service import LiveHost, StagePerson, Stages
from moderation.events import SanctionImposed, SanctionLifted
from moderation.gate import Sanctioned, Scope
from streaming.events import BroadcastEnded

log = structlog.get_logger(__name__)

# A broadcast outlives its host's absence by a minute, so for that long its last known state says something.
HOSTS = Patience(fresh_s=2.0, stale_s=60.0)
# People come and go, but without Redis no battle ends and no guest is invited.
STAGES = Patience(fresh_s=0.0, stale_s=600.0)
# A sanction is heeded at its fact; so long, at most, when the fact was lost.
FREE = Patience(fresh_s=15.0, stale_s=30.0)
AGAIN_S = 0.2


class CrowdGate(Protocol):
    async def refusals(self, users: Collection[str], scope: Scope) -> dict[str, Sanctioned | None]:
        """For each of them what the gate would raise; None: he may."""


class AtHand:
    """``gifts.service.Stages`` and ``moderation.gate.Gate`` in front of the true ones. ``start`` and ``close`` it."""

    def __init__(self, stages: Stages, gate: CrowdGate, bus: Bus) -> None:
        self._bus = bus
        self._gate = gate
        self._gathered = Gathered("free", self._refusals)
        self._hosts: Remembered[str, LiveHost | None] = Remembered(
            "hosts", stages.host_of, HOSTS, worth=lambda host: host is not None
        )
        self._people: Remembered[str, list[StagePerson]] = Remembered("stages", stages.on_stage, STAGES)
        self._free: Remembered[tuple[str, Scope], None] = Remembered("free", self._checked, FREE)
        self._tasks = TaskOwner("at-hand")

    def start(self) -> None:
        self._tasks.start(self._listen(), "facts")

    async def close(self) -> None:
        await self._tasks.close()
        for each in (self._hosts, self._people, self._free, self._gathered):
            await each.close()

    async def host_of(self, room: str) -> LiveHost | None:
        return await self._hosts.get(room)

    async def on_stage(self, room: str) -> list[StagePerson]:
        return await self._people.get(room)

    async def check(self, user_id: str, scope: Scope) -> None:
        await self._free.get((user_id, scope))

    async def _checked(self, key: tuple[str, Scope]) -> None:
        refusal = await self._gathered.get(key)
        if refusal is not None:
            raise refusal

    async def _refusals(self, keys: Collection[tuple[str, Scope]]) -> dict[tuple[str, Scope], Sanctioned | None]:
        found: dict[tuple[str, Scope], Sanctioned | None] = {}
        for scope in {scope for _, scope in keys}:
            users = [user for user, its in keys if its is scope]
            found |= {(user, scope): each for user, each in (await self._gate.refusals(users, scope)).items()}
        return found

    async def _listen(self) -> None:
        while True:
            heed_cancellation()
            try:
                async with self._bus.subscribe(BroadcastEnded, SanctionImposed, SanctionLifted) as facts:
                    async for fact in facts:
                        if isinstance(fact, BroadcastEnded):
                            self._hosts.forget(fact.room)
                            self._people.forget(fact.room)
                        elif isinstance(fact, SanctionImposed | SanctionLifted):
                            for scope in Scope:
                                self._free.forget((fact.user, scope))
            except StoreAway as error:
                log.warning("facts are not heard at the moment", error=repr(error))
            await asyncio.sleep(AGAIN_S)
