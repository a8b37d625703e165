"""What battles did to their hosts, in SQL: tables ``host_standings`` and ``battle_ratings``.

Written by the settlement of a battle and by nothing else. It locks the rows of the hosts by user, so that settlements
of the same hosts wait for each other and never in a circle.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, Row, String, Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from foundation.sql import Transaction, metadata
from pk.errors import Overtaken
from pk.rating import Standing, rate
from pk.rules import RatingRules
from pk.state import Outcome, RatingChange, State

host_standings = Table(
    "host_standings",
    metadata,
    Column("host_user", String(26), primary_key=True),
    Column("rating", Integer, nullable=False),
    Column("battles", Integer, nullable=False),
    Column("wins", Integer, nullable=False),
    Column("draws", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("best_streak", Integer, nullable=False),
    Column("version", Integer, nullable=False),  # of the settled battle that was the last to change it
)

battle_ratings = Table(
    "battle_ratings",
    metadata,
    Column("host_user", String(26), primary_key=True),
    Column("number", Integer, primary_key=True),  # counts the settled battles of the host, from 1
    Column("battle_id", String(26), ForeignKey("battles.id"), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("rating_before", Integer, nullable=False),
    Column("rating_after", Integer, nullable=False),
    Column("streak", Integer, nullable=False),
)
Index("uq_battle_ratings_battle", battle_ratings.c.battle_id, battle_ratings.c.host_user, unique=True)

_COLUMNS = [host_standings.c.host_user, *(host_standings.c[each.name] for each in fields(Standing)[1:])]


async def rate_in_sql(transaction: Transaction, decided: State, rules: RatingRules) -> State:
    """``decided`` with the ratings in its result; standings and changes are written in the caller's transaction."""
    users = sorted(member.user for member in decided.members)
    await _begin(transaction, users, rules)
    mine = select(*_COLUMNS).where(host_standings.c.host_user.in_(users)).order_by(host_standings.c.host_user)
    before = {row.host_user: _standing(row) for row in await transaction.execute(mine.with_for_update())}
    state, after = rate(decided, before, rules)
    for standing in after:
        await _replace(transaction, standing)
    await transaction.execute(insert(battle_ratings), _rows(state, {each.user: each.version for each in after}))
    return state


async def standings_of(transaction: Transaction, users: Sequence[str], rules: RatingRules) -> dict[str, Standing]:
    found = await transaction.execute(select(*_COLUMNS).where(host_standings.c.host_user.in_(users)))
    return {user: Standing(user, rules.start) for user in users} | {row.host_user: _standing(row) for row in found}


def change_of(row: Row[Any]) -> RatingChange:
    """Of a row of ``battle_ratings``."""
    return RatingChange(row.host_user, row.rating_before, row.rating_after, row.streak, Outcome(row.outcome))


async def _begin(transaction: Transaction, users: Sequence[str], rules: RatingRules) -> None:
    """A first row for who has none, so that there is one to lock."""
    insert_ = pg_insert if transaction.dialect.name == "postgresql" else sqlite_insert
    first = [_values(Standing(user, rules.start)) for user in users]
    await transaction.execute(insert_(host_standings).values(first).on_conflict_do_nothing())


async def _replace(transaction: Transaction, standing: Standing) -> None:
    mine = update(host_standings).where(
        host_standings.c.host_user == standing.user, host_standings.c.version == standing.version - 1
    )
    if (await transaction.execute(mine.values(**_values(standing)))).rowcount != 1:
        raise Overtaken(f"{standing.user}: another settlement has changed his standing")


def _standing(row: Row[Any]) -> Standing:
    return Standing(*row)


def _values(standing: Standing) -> dict[str, object]:
    columns = asdict(standing)
    return {"host_user": columns.pop("user"), **columns}


def _rows(state: State, numbers: dict[str, int]) -> list[dict[str, object]]:
    assert state.result is not None
    return [
        {
            "host_user": change.user,
            "number": numbers[change.user],
            "battle_id": state.battle,
            "outcome": change.outcome,
            "rating_before": change.before,
            "rating_after": change.after,
            "streak": change.streak,
        }
        for change in state.result.ratings
    ]
