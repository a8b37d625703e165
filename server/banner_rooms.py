"""Which rooms are told of a dear gift: those that are live, the longest broadcasts first."""

from collections.abc import Sequence

from streaming.lobby import Lobby


class BannerRooms:
    """``gifts.banner_crier.LiveRooms`` on top of the lobby."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby

    async def live_rooms(self) -> Sequence[str]:
        return [record.broadcast.room for record in await self._lobby.records()]
