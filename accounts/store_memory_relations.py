"""Relations in memory, beside the accounts that they are about."""

from accounts.errors import Blocked, RelationsFull, UnknownUser
from accounts.relation_store import Place, Related
from accounts.relations import Relation
from accounts.store import AccountStore

_Key = tuple[Relation, str, str]


class MemoryRelations:
    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts
        self._since: dict[_Key, int] = {}

    async def blocks(self, user: str, other: str) -> bool:
        return (Relation.BLOCK, user, other) in self._since

    async def follows(self, user: str, other: str) -> bool:
        return (Relation.FOLLOW, user, other) in self._since

    async def add(self, relation: Relation, user: str, other: str, most: int, now_ms: int) -> None:
        for each in (user, other):
            if await self._accounts.by_id(each) is None:
                raise UnknownUser
        if relation is Relation.FOLLOW and (await self.blocks(user, other) or await self.blocks(other, user)):
            raise Blocked
        if (relation, user, other) in self._since:
            return
        if sum(known == relation and who == user for known, who, _ in self._since) >= most:
            raise RelationsFull(most=most)
        self._since[relation, user, other] = now_ms
        if relation is Relation.BLOCK:
            self._since.pop((Relation.FOLLOW, user, other), None)
            self._since.pop((Relation.FOLLOW, other, user), None)

    async def remove(self, relation: Relation, user: str, other: str) -> None:
        self._since.pop((relation, user, other), None)

    async def page(self, relation: Relation, user: str, before: Place | None, limit: int) -> list[Related]:
        found = [
            await self._related(other, since_ms)
            for (known, who, other), since_ms in self._since.items()
            if known is relation and who == user and (before is None or (since_ms, other) < before)
        ]
        return sorted(found, key=lambda each: each.place, reverse=True)[:limit]

    async def _related(self, user: str, since_ms: int) -> Related:
        account = await self._accounts.by_id(user)
        assert account is not None, "nobody's account is ever removed"
        return Related(user, account.name, since_ms)
