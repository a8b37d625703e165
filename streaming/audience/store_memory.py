"""The twin for one process: one contract suite holds it and Redis to the same."""

from collections import defaultdict
from collections.abc import Sequence

from streaming.audience.rules import GONE_AFTER_MS


class MemoryAudiences:
    def __init__(self) -> None:
        self._heard: dict[str, dict[str, int]] = defaultdict(dict)

    async def beat(self, room: str, connections: Sequence[str], now_ms: int) -> int:
        self._heard[room].update(dict.fromkeys(connections, now_ms))
        return await self.count(room, now_ms)

    async def leave(self, room: str, connection: str) -> None:
        self._heard[room].pop(connection, None)

    async def count(self, room: str, now_ms: int) -> int:
        return sum(1 for heard_ms in self._heard[room].values() if heard_ms >= now_ms - GONE_AFTER_MS)

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]:
        return {room: await self.count(room, now_ms) for room in rooms}
