"""What ops do with the catalogue: every change is a new version, checked against the one that they have seen."""

from dataclasses import dataclass, replace

from accounts.principal import Principal
from foundation.clock import Clock
from gifts import luck
from gifts.catalogue import Item
from gifts.catalogue_keeper import CatalogueKeeper
from gifts.errors import GiftStale, GiftUnknown, OddsTooGenerous
from gifts.store_sql_catalogue import Change, SqlCatalogue, Version


@dataclass(frozen=True)
class Listed:
    item: Item
    available: bool


class CatalogueOffice:
    def __init__(self, store: SqlCatalogue, keeper: CatalogueKeeper, clock: Clock) -> None:
        self._store = store
        self._keeper = keeper
        self._clock = clock

    async def listed(self) -> list[Listed]:
        """All items as they are now, also those that cannot be sent, in the order in which they are shown."""
        await self._keeper.reconcile()
        return [self._listed(item) for item in self._keeper.catalogue]

    async def history(self, item: str, before: int | None, most: int) -> list[Version]:
        """Who made which version of an item, the newest first."""
        found = await self._store.history(item, before, most)
        if not found and before is None:
            raise GiftUnknown(item)
        return found

    async def create(self, actor: Principal, item: Item, reason: str) -> Listed:
        _judge(item)
        await self._store.add(item, self._change(actor, "gift.create", reason))
        return await self._made(item)

    async def change(self, actor: Principal, item: Item, reason: str) -> Listed:
        """``item.version`` is the one that the operator has seen; ``GiftStale`` when there is a newer one."""
        _judge(item)
        made = replace(item, version=item.version + 1)
        await self._store.change(made, self._change(actor, "gift.change", reason))
        return await self._made(made)

    async def withdraw(self, actor: Principal, item: str, version: int, reason: str) -> Listed:
        """Nobody can send it any more, until it is changed back."""
        found = await self._store.history(item, None, 1)
        if not found:
            raise GiftUnknown(item)
        if found[0].item.version != version:
            raise GiftStale(version=found[0].item.version)
        made = replace(found[0].item, enabled=False, version=version + 1)
        await self._store.change(made, self._change(actor, "gift.withdraw", reason))
        return await self._made(made)

    def _change(self, actor: Principal, action: str, reason: str) -> Change:
        return Change(actor.user_id, action, reason, self._clock.now_ms())

    async def _made(self, item: Item) -> Listed:
        await self._keeper.announce()
        return self._listed(item)

    def _listed(self, item: Item) -> Listed:
        return Listed(item, item.available_at(self._clock.now_ms()))


def _judge(item: Item) -> None:
    if item.odds is None:
        return
    back_bp = luck.expected_return_bp(item.odds)
    if back_bp > luck.FAIR_BP:
        raise OddsTooGenerous(expected_return_bp=back_bp)
