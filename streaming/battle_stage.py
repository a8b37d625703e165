"""The stage that pk asks for (``streaming.stage.Stage``): durable in the store, then a ring at the keeper's door."""

from foundation.bus import Bus
from streaming.doorbells import StageChanged
from streaming.media.guest_track import guest_track
from streaming.stage import StageGuest
from streaming.stage_guests import StageGuests
from streaming.store import Stages


class BattleStage:
    """Implements ``streaming.stage.Stage``."""

    def __init__(self, stages: Stages, guests: StageGuests, bus: Bus) -> None:
        self._stages = stages
        self._guests = guests
        self._bus = bus

    async def join(self, battle_id: str, room: str) -> None:
        if await self._stages.join(room, battle_id):
            await self._bus.publish(StageChanged(room))

    async def leave(self, battle_id: str, room: str) -> None:
        if await self._stages.leave(room, battle_id):
            await self._bus.publish(StageChanged(room))

    async def guests(self, room: str) -> tuple[StageGuest, ...]:
        on_stage = (await self._guests.seats(room)).on_stage
        return tuple(
            StageGuest(each.user, each.name, guest_track(each.user), not each.picture, each.muted, each.screen)
            for each in on_stage
        )
