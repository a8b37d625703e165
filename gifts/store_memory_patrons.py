"""The copies' twin for one process and for tests."""

from collections.abc import Mapping

from gifts.bodies import Body


class MemoryPatronCopies:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], Body] = {}

    async def put(self, day: int, bodies: Mapping[str, Body]) -> None:
        self._kept |= {(day, room): body for room, body in bodies.items()}

    async def add(self, day: int, room: str, body: Body) -> None:
        self._kept.setdefault((day, room), body)

    async def get(self, day: int, room: str) -> Body | None:
        return self._kept.get((day, room))
