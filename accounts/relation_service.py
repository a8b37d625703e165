"""What people do about each other: block, follow, take it back, and look at their lists."""

from accounts.errors import RelationToSelf, UnknownUser
from accounts.pace import Pace
from accounts.relation_store import Place, Related, RelationStore
from accounts.relations import Relation
from accounts.rules import RelationRules
from accounts.store import Throttle
from foundation.clock import Clock
from foundation.ids import is_id


class RelationService:
    def __init__(self, store: RelationStore, throttle: Throttle, clock: Clock, rules: RelationRules) -> None:
        self._store = store
        self._pace = Pace(throttle, clock, "relation:user", rules.changes)
        self._clock = clock
        self._rules = rules

    async def add(self, relation: Relation, user: str, other: str) -> None:
        """Say it; twice is once. Refuses as ``RelationStore.add``, and ``RelationToSelf``, ``TooMany``."""
        if user == other:
            raise RelationToSelf
        if not is_id(other):
            raise UnknownUser
        await self._pace.take(user)
        most = self._rules.blocks if relation is Relation.BLOCK else self._rules.follows
        await self._store.add(relation, user, other, most, self._clock.now_ms())

    async def remove(self, relation: Relation, user: str, other: str) -> None:
        """Take it back; nothing happens when it was never said."""
        await self._pace.take(user)
        await self._store.remove(relation, user, other)

    async def page(self, relation: Relation, user: str, before: Place | None, limit: int) -> list[Related]:
        return await self._store.page(relation, user, before, limit)
