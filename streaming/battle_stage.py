"""The stage that pk asks for (``streaming.stage.Stage``): durable in the store, then a ring at the keeper's door."""

from foundation.bus import Bus
from streaming.doorbells import StageChanged
from streaming.store import Stages


class BattleStage:
    """Implements ``streaming.stage.Stage``."""

    def __init__(self, stages: Stages, bus: Bus) -> None:
        self._stages = stages
        self._bus = bus

    async def join(self, battle_id: str, room: str) -> None:
        await self._stages.join(room, battle_id)
        await self._bus.publish(StageChanged(room))

    async def leave(self, battle_id: str, room: str) -> None:
        if await self._stages.leave(room, battle_id):
            await self._bus.publish(StageChanged(room))
