"""What ops may see and change of accounts."""

from typing import Annotated

from fastapi import APIRouter, Query

from accounts.principal import Admin
from accounts.ranks import Ranks
from accounts.schema import RolesWanted, UserBody, UsersPage
from accounts.store import Account


def admin_router(ranks: Ranks) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])

    @routes.get("/users")
    async def users(
        principal: Admin,
        name: Annotated[str, Query(max_length=64)] = "",
        after: Annotated[str, Query(max_length=256)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 50,
    ) -> UsersPage:
        """People whose names begin with ``name``."""
        found = await ranks.search(name, after, limit + 1)
        page = found[:limit]
        return UsersPage(
            users=[_body(account) for account in page], next=page[-1].name_key if len(found) > limit else None
        )

    @routes.put("/users/{user_id}/roles")
    async def set_roles(principal: Admin, user_id: str, body: RolesWanted) -> UserBody:
        """Give the user exactly these roles (and that of a viewer); in force at once, without a new sign-in."""
        return _body(await ranks.grant(principal, user_id, frozenset(body.roles), body.reason))

    return routes


def _body(account: Account) -> UserBody:
    return UserBody(
        user=account.user_id, name=account.name, roles=sorted(account.roles), opened_at_ms=account.opened_at_ms
    )
