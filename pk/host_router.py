"""The public API of what hosts have behind them."""

from typing import Annotated

from fastapi import APIRouter, Query

from pk.records import Records

MOST_BATTLES = 50  # of a page


def router(records: Records) -> APIRouter:
    """Open to everybody: whom one may meet, and how he has fought."""
    routes = APIRouter(prefix="/api/v1/hosts/{user}", tags=["battles"])

    @routes.get("/standing")
    async def standing(user: str) -> dict[str, object]:
        return await records.standing(user)

    @routes.get("/battles")
    async def battles(
        user: str,
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_BATTLES)] = 20,
    ) -> dict[str, object]:
        return await records.history(user, before, limit)

    return routes
