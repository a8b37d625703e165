"""How the battles of a host went that began in a span of time: ``streaming.past.Share`` of the battles."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Select, func, select

from foundation.sql import Database
from pk.state import Outcome
from pk.store_sql import battles
from pk.store_sql_standings import battle_ratings


class Fights:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, host: str, spans: Sequence[tuple[int, int]]) -> Sequence[Mapping[str, object]]:
        """``battles``: how many he has ``won``, ``drawn`` and ``lost``, of those that are settled."""
        found: list[Mapping[str, object]] = []
        async with self._database.read() as transaction:
            for span in spans:
                rows = await transaction.execute(_outcomes(host, *span))
                counted = {row.outcome: row.fought for row in rows}
                found.append({"battles": {outcome.value: counted.get(outcome.value, 0) for outcome in Outcome}})
        return found


def _outcomes(host: str, from_ms: int, to_ms: int) -> Select[str, int]:
    began = battles.c.starts_at_ms
    return (
        select(battle_ratings.c.outcome, func.count().label("fought"))
        .join(battles, battles.c.id == battle_ratings.c.battle_id)
        .where(battle_ratings.c.host_user == host, began >= from_ms, began < to_ms)
        .group_by(battle_ratings.c.outcome)
    )
