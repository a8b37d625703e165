"""Scoring windows in SQL, and what of a battle's gifts can be summed from the ledger.

On PostgreSQL batches of gifts hold the advisory locks of their battles shared and a tally holds one exclusively, so
that a tally waits for the batches before it and those after it find the windows closed. On SQLite the write lock does.
"""

from collections.abc import Sequence

import orjson
from sqlalchemy import and_, func, insert, select, text, update

from foundation.ids import lowest_id
from foundation.redis import RedisAway
from foundation.sql import Database, Transaction
from gifts.scoring import Contributor, ScoringWindow, Tally
from gifts.store import BEST, Board, Standing
from gifts.tables import gifts, outbox, windows

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(:battle, 0))"


class SqlScoring:
    """``gifts.scoring.Scoring``: windows and tally in the caller's transaction, live scores from the board."""

    def __init__(self, database: Database, board: Board) -> None:
        self._database = database
        self._board = board

    async def open_windows(self, transaction: Transaction, windows_: Sequence[ScoringWindow]) -> None:
        rows = [
            {
                "battle": each.battle_id,
                "recipient": each.recipient,
                "side": each.side,
                "start_ms": each.start_ms,
                "end_ms": each.end_ms,
                "rush_from_ms": each.rush_from_ms,
                "rush_multiplier": each.rush_multiplier,
                "rooms": orjson.dumps(each.rooms).decode(),
            }
            for each in windows_
        ]
        if rows:
            await transaction.execute(insert(windows), rows)

    async def close_windows(self, transaction: Transaction, battle_id: str, at_ms: int) -> None:
        await _lock(transaction, battle_id)
        late = and_(gifts.c.battle == battle_id, gifts.c.id >= lowest_id(at_ms))
        last_ms = (await transaction.execute(select(func.max(gifts.c.accepted_at_ms)).where(late))).scalar_one()
        closed_at_ms = at_ms if last_ms is None else max(at_ms, last_ms + 1)
        still = and_(windows.c.battle == battle_id, windows.c.closed_at_ms.is_(None))
        await transaction.execute(update(windows).where(still).values(closed_at_ms=closed_at_ms))

    async def tally(self, transaction: Transaction, battle_id: str) -> Tally:
        await _lock(transaction, battle_id)
        await transaction.execute(update(windows).where(windows.c.battle == battle_id).values(tallied=True))
        counted = select(func.count()).select_from(gifts).where(gifts.c.battle == battle_id)
        return Tally(
            scores=await scores_of(transaction, battle_id),
            contributors=await contributors_of(transaction, battle_id, best=BEST),
            gifts=int((await transaction.execute(counted)).scalar_one()),
        )

    async def live_scores(self, battle_id: str) -> dict[str, int]:
        try:
            scores = await self._board.scores(battle_id)
            if scores is not None:
                return scores
            standing = await self.rebuild(battle_id)
        except RedisAway:
            async with self._database.read() as transaction:
                return await scores_of(transaction, battle_id)
        return dict(standing.scores)

    async def top_contributors(self, battle_id: str) -> tuple[Contributor, ...]:
        try:
            contributors = await self._board.contributors(battle_id)
            if contributors is None:
                await self.rebuild(battle_id)
                contributors = await self._board.contributors(battle_id)
            if contributors is not None:
                return contributors
        except RedisAway:
            pass
        async with self._database.read() as transaction:
            return await contributors_of(transaction, battle_id, best=BEST)

    async def rebuild(self, battle_id: str, *, fence: int | None = None) -> Standing:
        """Make the battle's board from the ledger; the relay, between its batches, also replaces one by its fence."""
        async with self._database.read() as transaction:
            standing = await standing_of(transaction, battle_id)
        if standing.scores:
            await self._board.rebuild(battle_id, standing, fence=fence)
        return standing

    async def open_battles(self) -> list[str]:
        """The battles that are not settled."""
        query = select(windows.c.battle).where(~windows.c.tallied).distinct().order_by(windows.c.battle)
        async with self._database.read() as transaction:
            return [row.battle for row in await transaction.execute(query)]


async def _lock(transaction: Transaction, battle: str) -> None:
    """Wait for the batches that hold this battle's windows, and keep others from doing so."""
    if transaction.dialect.name == "postgresql":
        await transaction.execute(text(_LOCK), {"battle": battle})


async def scores_of(transaction: Transaction, battle: str) -> dict[str, int]:
    """The sum of the gift rows by side; a side without gifts has 0."""
    sides = select(windows.c.side).where(windows.c.battle == battle).distinct()
    sums = select(gifts.c.side, func.sum(gifts.c.score)).where(gifts.c.battle == battle).group_by(gifts.c.side)
    scores = {row.side: 0 for row in await transaction.execute(sides)}
    scores.update({side: int(score) for side, score in await transaction.execute(sums)})
    return scores


async def contributors_of(transaction: Transaction, battle: str, *, best: int | None) -> tuple[Contributor, ...]:
    """By side, best first, the earlier of two equals first; at most ``best`` a side."""
    score, first = func.sum(gifts.c.score), func.min(gifts.c.accepted_at_ms)
    ranked = (
        select(
            gifts.c.side,
            gifts.c.sender,
            func.max(gifts.c.sender_name).label("name"),
            score.label("score"),
            first.label("first"),
            func.row_number()
            .over(partition_by=gifts.c.side, order_by=(score.desc(), first, gifts.c.sender.desc()))
            .label("place"),
        )
        .where(gifts.c.battle == battle)
        .group_by(gifts.c.side, gifts.c.sender)
        .subquery()
    )
    query = select(ranked).order_by(ranked.c.side, ranked.c.place)
    if best is not None:
        query = query.where(ranked.c.place <= best)
    return tuple(
        Contributor(row.sender, row.name, row.side, int(row.score), int(row.first))
        for row in await transaction.execute(query)
    )


async def standing_of(transaction: Transaction, battle: str) -> Standing:
    unsent = select(outbox.c.gift_id).join(gifts, gifts.c.id == outbox.c.gift_id).where(gifts.c.battle == battle)
    return Standing(
        scores=await scores_of(transaction, battle),
        contributors=await contributors_of(transaction, battle, best=None),
        pending=[row.gift_id for row in await transaction.execute(unsent)],
    )
