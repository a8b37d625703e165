"""The twin for one process: one contract suite holds it and Redis to the same."""

from collections import defaultdict


class MemoryTalk:
    def __init__(self) -> None:
        self._said: dict[str, list[dict[str, object]]] = defaultdict(list)
        self._likes: dict[str, int] = defaultdict(int)
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}

    async def remember(self, room: str, said: dict[str, object], keep: int) -> None:
        self._said[room] = [*self._said[room], said][-keep:]

    async def last(self, room: str) -> list[dict[str, object]]:
        return list(self._said[room])

    async def like(self, room: str, count: int) -> int:
        self._likes[room] += count
        return self._likes[room]

    async def likes(self, room: str) -> int:
        return self._likes[room]

    async def clear_likes(self, room: str) -> None:
        self._likes.pop(room, None)

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        tokens, at_ms = self._buckets.get((room, name), (float(burst), now_ms))
        tokens = min(burst, tokens + max(0, now_ms - at_ms) * per_s / 1000)
        taken = tokens >= 1
        self._buckets[room, name] = (tokens - 1 if taken else tokens, now_ms)
        return taken
