"""Who follows whom, kept at hand for rooms whose host lets only followers speak."""

from typing import Protocol

from foundation.remembered import Patience, Remembered

# Only a follow is remembered: who follows just now may speak at once, who follows no more is heard a little longer.
_PATIENCE = Patience(fresh_s=10.0, stale_s=60.0)


class Follows(Protocol):
    """Of accounts."""

    async def follows(self, user: str, other: str) -> bool: ...


class Followers:
    """``close`` after use."""

    def __init__(self, relations: Follows) -> None:
        self._relations = relations
        self._known: Remembered[tuple[str, str], bool] = Remembered("follows", self._ask, _PATIENCE, worth=bool)

    async def follows(self, user: str, other: str) -> bool:
        return await self._known.get((user, other))

    async def close(self) -> None:
        await self._known.close()

    async def _ask(self, pair: tuple[str, str]) -> bool:
        return await self._relations.follows(*pair)
