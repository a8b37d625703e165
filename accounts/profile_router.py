"""Profiles over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from accounts.principal import Signed
from accounts.profiles import Profiles
from accounts.schema import FoundBody, MeBody, PersonBody, ProfileBody, ProfileChange

FOUND_MAX = 10


def profile_router(profiles: Profiles) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["accounts"])

    @routes.get("/me")
    async def me(principal: Signed) -> MeBody:
        return MeBody.of(await profiles.of(principal.user_id))

    @routes.patch("/me")
    async def change(principal: Signed, body: ProfileChange) -> MeBody:
        """Change the name, which the next token carries, or what the caller says about himself."""
        return MeBody.of(await profiles.change(principal.user_id, body.name, body.about))

    @routes.get("/users")
    async def search(principal: Signed, name: Annotated[str, Query(max_length=64)]) -> FoundBody:
        """The first few whose names begin so."""
        found = await profiles.search(principal.user_id, name, FOUND_MAX)
        return FoundBody(users=[PersonBody(user=each.user_id, name=each.name) for each in found])

    @routes.get("/users/{user}")
    async def profile(user: Annotated[str, Path(max_length=64)]) -> ProfileBody:
        """What everybody sees of somebody."""
        account = await profiles.of(user)
        return ProfileBody(user=account.user_id, name=account.name, about=account.about)

    return routes
