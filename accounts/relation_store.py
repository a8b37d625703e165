"""What is kept of relations, and what is promised by whoever keeps it. Truth: SQL."""

from dataclasses import dataclass
from typing import Protocol

from accounts.relations import Relation, Relations

Place = tuple[int, str]
"""Where somebody stands in a list: ``since_ms``, user."""


@dataclass(frozen=True)
class Related:
    """Somebody whom one blocks or follows, with the name that he has now."""

    user: str
    name: str
    since_ms: int

    @property
    def place(self) -> Place:
        return self.since_ms, self.user


class RelationStore(Relations, Protocol):
    async def add(self, relation: Relation, user: str, other: str, most: int, now_ms: int) -> None:
        """``user`` has ``relation`` to ``other`` from now on, unless he has it already. All or nothing.

        To block ends the follows between the two. Raises ``UnknownUser``; ``RelationsFull`` when ``user`` has ``most``
        already; ``Blocked`` for a follow while one of the two blocks the other, also when both are said at once.
        """

    async def remove(self, relation: Relation, user: str, other: str) -> None:
        """End it; nothing when it is not there."""

    async def page(self, relation: Relation, user: str, before: Place | None, limit: int) -> list[Related]:
        """To whom ``user`` has it, the newest first, those at ``before`` and newer left out."""
