"""HTTP: a host's own broadcasts that are over."""

from typing import Annotated

from fastapi import APIRouter, Query

from accounts.principal import Signed
from foundation.ids import ID_LENGTH
from streaming.past import MOST_BROADCASTS, PastBroadcasts

Cursor = Annotated[str | None, Query(min_length=ID_LENGTH, max_length=ID_LENGTH, pattern=r"^[0-9a-z]+$")]


def router(past: PastBroadcasts) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/rooms", tags=["rooms"])

    @routes.get("/{room}/broadcasts")
    async def broadcasts(
        room: str,
        principal: Signed,
        before: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=MOST_BROADCASTS)] = 20,
    ) -> dict[str, object]:
        """The newest first; ``next_before`` asks for the next page."""
        return await past.page(principal, room, before, limit)

    return routes
