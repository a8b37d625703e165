"""The pace's twin for one process and for tests."""

from collections.abc import Mapping

from gifts.pace import Given


class MemoryPace:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._given: dict[tuple[int, str], Given] = {}

    async def add(self, minute: int, given: Mapping[str, Given]) -> dict[str, Given]:
        for user, more in given.items():
            self._given[minute, user] = self._given.get((minute, user), Given()) + more
        return {user: self._given[minute, user] for user in given}
