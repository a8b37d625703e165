"""Who is live where: what other domains may know of rooms and broadcasts."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RoomCard:
    """A room, a host's standing place, whether or not it is live."""

    room: str
    host_user: str
    host_name: str
    title: str


@dataclass(frozen=True)
class LiveBroadcast:
    """A broadcast that is going on.

    ``home_url`` is its media worker's internal address, ``pipe`` the ``host:port`` of that worker's media pipe.
    """

    broadcast_id: str
    room: str
    host_user: str
    host_name: str
    title: str
    state: str  # live | reconnecting
    worker_id: str
    home_url: str
    pipe: str  # host:port
    started_at_ms: int


class Presence(Protocol):
    async def room(self, room_id: str) -> RoomCard | None: ...

    async def room_of(self, user_id: str) -> RoomCard | None: ...

    async def broadcast(self, room_id: str) -> LiveBroadcast | None: ...

    async def live(self) -> list[LiveBroadcast]: ...
