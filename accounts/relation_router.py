"""Blocks and follows over HTTP: two lists of one form, of which everybody sees his own."""

from typing import Annotated

from fastapi import APIRouter, Query

from accounts.principal import Signed
from accounts.relation_service import RelationService
from accounts.relations import Relation
from accounts.schema import PLACE, PeoplePage, place_of

_LISTS = {"blocks": Relation.BLOCK, "follows": Relation.FOLLOW}


def relation_router(service: RelationService) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/me", tags=["accounts"])
    for name, relation in _LISTS.items():
        _add_list(routes, service, name, relation)
    return routes


def _add_list(routes: APIRouter, service: RelationService, name: str, relation: Relation) -> None:
    @routes.get(f"/{name}", name=f"list_{name}")
    async def page(
        principal: Signed,
        before: Annotated[str | None, Query(pattern=PLACE)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
    ) -> PeoplePage:
        """The newest first; ``next`` asks for the page that follows."""
        place = None if before is None else place_of(before)
        return PeoplePage.of(await service.page(relation, principal.user_id, place, limit + 1), limit)

    @routes.put(f"/{name}/{{user}}", status_code=204, name=f"add_to_{name}")
    async def add(user: str, principal: Signed) -> None:
        await service.add(relation, principal.user_id, user)

    @routes.delete(f"/{name}/{{user}}", status_code=204, name=f"remove_from_{name}")
    async def remove(user: str, principal: Signed) -> None:
        await service.remove(relation, principal.user_id, user)
