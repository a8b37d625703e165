"""Who is connected, as it is remembered: the Protocol of the store and its key."""

from collections.abc import Sequence
from typing import Protocol

AUDIENCE_KEY = "{{room:{room}}}:audience"  # sorted set: connection id by its last heartbeat in ms


class Audiences(Protocol):
    """Who is connected, per room."""

    async def beat(self, room: str, connections: Sequence[str], now_ms: int) -> int:
        """These are alive at ``now_ms``; those silent for too long are forgotten. The living connections."""

    async def leave(self, room: str, connection: str) -> None: ...

    async def count(self, room: str, now_ms: int) -> int: ...

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]: ...
