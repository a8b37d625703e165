"""Moderation over HTTP, for everybody."""

from fastapi import APIRouter

from accounts.principal import Signed
from moderation.schema import StandingBody, StandingList
from moderation.service import Sanctions


def router(sanctions: Sanctions) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["moderation"])

    @routes.get("/me/sanctions")
    async def mine(principal: Signed) -> StandingList:
        """The sanctions that stand against the caller."""
        return StandingList(sanctions=[StandingBody.of(each) for each in await sanctions.standing(principal.user_id)])

    return routes
