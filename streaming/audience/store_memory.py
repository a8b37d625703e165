"""The twin for one process: one contract suite holds it and Redis to the same."""

from collections import defaultdict
from collections.abc import Sequence

from streaming.audience.rules import GONE_AFTER_MS
from streaming.audience.store import Beat, Counted, Figures, Here, together


class MemoryAudiences:
    def __init__(self) -> None:
        self._said: dict[str, dict[str, Beat]] = defaultdict(dict)
        self._broadcasts: dict[str, str] = {}
        self._peaks: dict[str, int] = defaultdict(int)
        self._visitors: dict[str, set[str]] = defaultdict(set)

    async def beat(self, room: str, beat: Beat) -> Counted:
        self._said[room].pop(beat.process, None)
        if beat.here.count:
            self._said[room][beat.process] = beat
        self._visitors[room].update(beat.visitors)
        self._peaks[room] = max(self._peaks[room], self._together(room, beat.now_ms).count)
        return await self.look(room, beat.now_ms)

    async def look(self, room: str, now_ms: int) -> Counted:
        here = self._together(room, now_ms)
        return Counted(here.count, self._peaks[room], self._broadcasts.get(room, ""), here.newest)

    async def counts(self, rooms: Sequence[str], now_ms: int) -> dict[str, int]:
        return {room: self._together(room, now_ms).count for room in rooms}

    async def begin(self, room: str, broadcast: str) -> None:
        if self._broadcasts.get(room) != broadcast:
            self._broadcasts[room] = broadcast
            self._peaks[room] = 0
            self._visitors[room].clear()

    async def figures(self, room: str) -> Figures:
        return Figures(self._peaks[room], len(self._visitors[room]))

    def _together(self, room: str, now_ms: int) -> Here:
        fresh = [beat.here for beat in self._said[room].values() if beat.now_ms >= now_ms - GONE_AFTER_MS]
        return together(fresh)
