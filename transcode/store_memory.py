"""The twin of the Redis store, for one process."""

from collections.abc import Callable, Sequence

from transcode.posters import KEPT_S, WANTED_S, Poster


class MemoryPosters:
    """``now_ms`` is asked for the time."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._kept: dict[str, tuple[int, Poster]] = {}  # until when, what
        self._wanted_until_ms = 0

    async def keep(self, room: str, poster: Poster, kept_s: int = KEPT_S) -> None:
        self._kept[room] = self._now_ms() + kept_s * 1000, poster

    async def poster(self, room: str) -> Poster | None:
        until_ms, poster = self._kept.get(room, (0, None))
        return poster if self._now_ms() < until_ms else None

    async def tags(self, rooms: Sequence[str]) -> dict[str, tuple[str, str]]:
        found = {room: await self.poster(room) for room in rooms}
        return {room: (poster.broadcast, poster.tag) for room, poster in found.items() if poster is not None}

    async def want(self) -> None:
        self._wanted_until_ms = self._now_ms() + WANTED_S * 1000

    async def wanted(self) -> bool:
        return self._now_ms() < self._wanted_until_ms
