"""What ops may do with the catalogue. Each change is in the audit log, in the transaction of the deed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from accounts.principal import Admin
from gifts.catalogue_service import CatalogueOffice
from gifts.schema_catalogue import (
    ITEM_ID,
    HistoryAnswer,
    ItemChange,
    ManagedCatalogue,
    ManagedItem,
    NewItem,
    VersionAnswer,
    Withdrawal,
)

ItemId = Annotated[str, Path(pattern=f"^{ITEM_ID}$")]


def admin_router(office: CatalogueOffice) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin/gifts", tags=["admin"])

    @routes.get("")
    async def listed(principal: Admin) -> ManagedCatalogue:
        """Every gift as it is now, also those that cannot be sent."""
        return ManagedCatalogue(gifts=[ManagedItem.managed(each) for each in await office.listed()])

    @routes.post("", status_code=201)
    async def create(principal: Admin, body: NewItem) -> ManagedItem:
        """A new gift; in force within a second everywhere."""
        return ManagedItem.managed(await office.create(principal, body.item(body.id, 1), body.reason))

    @routes.put("/{gift}")
    async def change(principal: Admin, gift: ItemId, body: ItemChange) -> ManagedItem:
        """The next version of a gift, if ``version`` is still the newest one. What was sent before keeps its price."""
        return ManagedItem.managed(await office.change(principal, body.item(gift, body.version), body.reason))

    @routes.post("/{gift}/withdraw")
    async def withdraw(principal: Admin, gift: ItemId, body: Withdrawal) -> ManagedItem:
        """Nobody can send it any more, until it is changed back."""
        return ManagedItem.managed(await office.withdraw(principal, gift, body.version, body.reason))

    @routes.get("/{gift}/history")
    async def history(
        principal: Admin,
        gift: ItemId,
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> HistoryAnswer:
        """Every version of a gift, who made it, why and when; the newest first."""
        found = await office.history(gift, before, limit + 1)
        shown = found[:limit]
        return HistoryAnswer(
            versions=[VersionAnswer.of(each) for each in shown],
            next=shown[-1].item.version if len(found) > limit else None,
        )

    return routes
