"""How api reaches the referees in control: by internal HTTP, to the process that the battle's copy names."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson

from foundation.errors import Refusal, RemoteRefusal, Unavailable
from foundation.internal import InternalClient
from foundation.nodes import NodeRegistry
from pk.errors import BattleUnknown, NoReferee, OutOfPhase
from pk.saved import dump, load
from pk.state import Phase, State
from pk.store import Battles, Ring, look_up

NODE_KIND = "control"
# A control process that was killed is replaced within three seconds and a bit.
PATIENCE_S = 5.0
AGAIN_AFTER_S = 0.2
_ASK_ANOTHER = frozenset({"referee-elsewhere", "no-referee", "overtaken", "fenced"})


class RefereeClient:
    def __init__(
        self,
        registry: NodeRegistry,
        internal: InternalClient,
        ring: Ring,
        battles: Battles,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._internal = internal
        self._ring = ring
        self._battles = battles
        self._monotonic = monotonic

    async def open(self, state: State) -> State:
        """Have the invitation ``state`` opened by the least loaded control. Asking twice opens it once."""
        for node in await self._registry.alive(NODE_KIND):
            try:
                return _state(await self._internal.call("POST", f"{node.url}/internal/battles", _opening(state)))
            except Unavailable:
                continue
        raise NoReferee("no control process is alive", retry_after_s=1)

    async def command(
        self, battle_id: str, verb: str, user: str, *, reason: str | None = None, target: str | None = None
    ) -> State:
        """Have ``verb`` applied, and return the state that it led to. Waits out a change of the owner."""
        deadline = self._monotonic() + PATIENCE_S
        order = {"user": user, "reason": reason, "target": target}
        while True:
            try:
                url = await self._referee_of(battle_id)
                return _state(await self._internal.call("POST", f"{url}/internal/battles/{battle_id}/{verb}", order))
            except Refusal as refusal:
                elsewhere = isinstance(refusal, Unavailable) or (
                    isinstance(refusal, RemoteRefusal) and refusal.code in _ASK_ANOTHER
                )
                if not elsewhere:
                    raise
                if self._monotonic() >= deadline:
                    raise NoReferee(retry_after_s=1) from refusal
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _referee_of(self, battle_id: str) -> str:
        state, referee = await look_up(battle_id, self._ring, self._battles)
        if state is None:
            raise BattleUnknown
        if state.phase is Phase.ENDED:
            raise OutOfPhase("the battle is over", phase=state.phase, reason=state.reason)
        if referee is None:
            raise NoReferee
        return referee


def _opening(state: State) -> dict[str, Any]:
    return {"state": orjson.loads(dump(state))}


def _state(answer: dict[str, Any]) -> State:
    return load(orjson.dumps(answer["state"]))
