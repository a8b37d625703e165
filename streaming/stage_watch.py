"""Who may go on watching the people of a stage directly: the right was judged when he came, and may be over since."""

from collections.abc import Collection
from typing import Protocol


class StageRights(Protocol):
    async def strangers(self, room: str, users: Collection[str]) -> set[str]:
        """Those of ``users`` who neither stand on the stage that ``room`` shows nor may watch every camera."""


class StageWatch:
    """Of one room. Two looks in a row must agree: a stage that Redis has forgotten is back by the second."""

    def __init__(self, room: str, rights: StageRights) -> None:
        self._room = room
        self._rights = rights
        self._strangers: set[str] = set()

    async def look(self, watchers: Collection[str]) -> list[str]:
        """``watchers``: who watches by now. Returns those whose watching is to be closed."""
        before, self._strangers = self._strangers, set()
        if watchers:
            self._strangers = await self._rights.strangers(self._room, watchers)
        return sorted(before & self._strangers)
