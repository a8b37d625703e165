"""Who stands on a room's stage: rooms and battles joined for gifts and for cameras, which know neither."""

from typing import Protocol

from gifts.service import LiveHost
from streaming.errors import RoomUnknown
from streaming.presence import Presence


class BattleRooms(Protocol):
    """pk: who meets whom."""

    async def rooms_with(self, room: str) -> tuple[str, ...]:
        """All rooms of the battle that ``room`` is in, itself too; empty when it is in none."""


class StagePeople:
    """``gifts.service.Stages`` and ``streaming.admission.Opponents`` on top of streaming and pk."""

    def __init__(self, presence: Presence, battles: BattleRooms) -> None:
        self._presence = presence
        self._battles = battles

    async def host_of(self, room: str) -> LiveHost | None:
        broadcast = await self._presence.broadcast(room)
        if broadcast is not None:
            return LiveHost(broadcast.host_user, broadcast.host_name, room)
        if await self._presence.room(room) is None:
            raise RoomUnknown
        return None

    async def on_stage(self, room: str) -> list[LiveHost]:
        rooms = await self._battles.rooms_with(room) or (room,)
        hosts = [await self._presence.broadcast(each) for each in rooms]
        return [LiveHost(host.host_user, host.host_name, host.room) for host in hosts if host is not None]

    async def share_battle(self, user_id: str, room: str) -> bool:
        own = await self._presence.room_of(user_id)
        return own is not None and own.room != room and own.room in await self._battles.rooms_with(room)
