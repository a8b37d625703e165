"""What ops may do with battles."""

from typing import Annotated

from fastapi import APIRouter, Query

from accounts.principal import Admin
from pk.schema import OperatorOrder
from pk.service import BattleService


def admin_router(service: BattleService) -> APIRouter:
    """Mounted under ``/api/v1/admin``. Ending a battle is in the audit log, in the transaction of the deed."""
    routes = APIRouter(prefix="/battles", tags=["admin"])

    @routes.get("")
    async def latest(principal: Admin, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> dict[str, object]:
        return {"battles": await service.latest(limit)}

    @routes.post("/{battle}/end")
    async def end(battle: str, body: OperatorOrder, principal: Admin) -> dict[str, object]:
        return await service.end_by_operator(principal, battle, body.reason)

    return routes
