"""HTTP: who gives most in a room, and whose fan one is."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from accounts.principal import PerhapsSigned, Signed
from foundation.clock import Clock
from gifts.fans import fan_of
from gifts.spans import DAY_MS, Span, days_of
from gifts.totals import MOST_CONTRIBUTORS, Patron, Place, SqlTotals

Id = Annotated[str, Path(min_length=1, max_length=64)]


class PatronAnswer(BaseModel):
    user: str
    name: str
    coins: int
    gifts: int

    @classmethod
    def of(cls, patron: Patron) -> "PatronAnswer":
        return cls(user=patron.user, name=patron.name, coins=patron.coins, gifts=patron.gifts)


class PlaceAnswer(BaseModel):
    place: int
    coins: int

    @classmethod
    def of(cls, place: Place) -> "PlaceAnswer":
        return cls(place=place.place, coins=place.coins)


class ContributorsAnswer(BaseModel):
    """Best first. ``since_ms`` is the beginning of the span, null for all time.

    ``me`` is where the caller stands, shown or not; null for who is not signed in or gave nothing.
    """

    span: Span
    since_ms: int | None
    contributors: list[PatronAnswer]
    me: PlaceAnswer | None


class FanAnswer(BaseModel):
    """``level`` is 0 for who has given nothing, else 1 to 50; ``next_coins`` is null at the highest."""

    host: str
    level: int
    coins: int
    next_coins: int | None


def router(totals: SqlTotals, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["gifts"])

    @routes.get("/rooms/{room}/contributors")
    async def contributors(
        room: Id,
        principal: PerhapsSigned,
        span: Span = Span.DAY,
        limit: Annotated[int, Query(ge=1, le=MOST_CONTRIBUTORS)] = 50,
    ) -> ContributorsAnswer:
        """Who gave most in the room, to anybody on its stage; days and weeks (from Monday) are those of UTC."""
        days = days_of(span, clock.now_ms())
        found = await totals.contributors(room, days, limit)
        mine = None if principal is None else await totals.place(room, days, principal.user_id)
        return ContributorsAnswer(
            span=span,
            since_ms=None if span is Span.ALL else days.first * DAY_MS,
            contributors=[PatronAnswer.of(each) for each in found],
            me=None if mine is None else PlaceAnswer.of(mine),
        )

    @routes.get("/hosts/{user}/fans/me")
    async def fan(user: Id, principal: Signed) -> FanAnswer:
        """The caller's fan level with a host, from all that he ever gave him."""
        given = await totals.given([(user, principal.user_id)])
        fan = fan_of(given[user, principal.user_id])
        return FanAnswer(host=user, level=fan.level, coins=fan.coins, next_coins=fan.next_coins)

    return routes
