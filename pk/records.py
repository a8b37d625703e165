"""What hosts have behind them: their standings and the battles that they fought."""

from foundation.errors import Malformed
from foundation.ids import is_id
from pk.rating import Standing
from pk.schema import battle_body
from pk.store import Battles, Fought


class Records:
    def __init__(self, battles: Battles) -> None:
        self._battles = battles

    async def standing(self, user: str) -> dict[str, object]:
        """Of anybody: who has not battled yet has the first rating, and so has an id that nobody bears."""
        standings = await self._battles.standings([_known(user)])
        return standing_body(standings[user])

    async def history(self, user: str, before: int | None, limit: int) -> dict[str, object]:
        """His settled battles, the newest first; ``next`` is the ``before`` of the page that follows, or None."""
        found = await self._battles.history(_known(user), before, limit + 1)
        shown = found[:limit]
        return {
            "battles": [_fought_body(each) for each in shown],
            "next": shown[-1].number if len(found) > limit else None,
        }


def standing_body(standing: Standing) -> dict[str, object]:
    return {
        "user": standing.user,
        "rating": standing.rating,
        "battles": standing.battles,
        "wins": standing.wins,
        "draws": standing.draws,
        "losses": standing.losses,
        "streak": standing.streak,
        "best_streak": standing.best_streak,
    }


def _fought_body(fought: Fought) -> dict[str, object]:
    return {
        "battle": battle_body(fought.state, {}),
        "outcome": str(fought.change.outcome),
        "rating_before": fought.change.before,
        "rating_after": fought.change.after,
    }


def _known(user: str) -> str:
    if not is_id(user):
        raise Malformed("a user's id has 26 characters")
    return user
