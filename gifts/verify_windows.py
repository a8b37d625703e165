"""Checks of ``ledger-verify`` about battles: gifts, the windows that they scored in, and what the results say.

A window is as the ledger sees it (``gifts.scoring``): from its start to its end, or to where it was closed.
"""

from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, null, or_, select, union_all

from foundation.sql import Transaction
from gifts.checks import MOST_EXAMPLES, Check, count, judged, number
from gifts.tables import gifts, windows

# A window begins at the moment in which its fight was decided on, and is there a little later: gifts of that moment
# may have missed it. At its end the clocks of two processes may disagree about what was before.
OPENING_MS = 10_000
APART_MS = 1_000


class BattleResults(Protocol):
    """The settled battles; ``server`` implements it on top of the battles' own store."""

    async def tallies(self, transaction: Transaction) -> list[tuple[str, dict[str, int]]]:
        """(battle id, score by side as the result says)."""


def _until() -> ColumnElement[int]:
    return case((windows.c.closed_at_ms < windows.c.end_ms, windows.c.closed_at_ms), else_=windows.c.end_ms)


async def scores_are_windows(transaction: Transaction) -> Check:
    """A gift of a battle lies in a window of its recipient, with that window's side and multiplier."""
    in_window = and_(
        windows.c.side == gifts.c.side,
        gifts.c.accepted_at_ms >= windows.c.start_ms,
        gifts.c.accepted_at_ms < _until(),
        gifts.c.multiplier
        == case((gifts.c.accepted_at_ms >= windows.c.rush_from_ms, windows.c.rush_multiplier), else_=1),
    )
    query = (
        select(gifts.c.id)
        .join(
            windows,
            and_(windows.c.battle == gifts.c.battle, windows.c.recipient == gifts.c.recipient),
            isouter=True,
        )
        .where(gifts.c.battle.is_not(None), or_(windows.c.battle.is_(None), ~in_window))
    )
    scored = await number(transaction, select(func.count()).select_from(gifts).where(gifts.c.battle.is_not(None)))
    return await judged(transaction, "score = its window", scored, query)


async def gifts_in_windows_score(transaction: Transaction) -> Check:
    """A gift without a battle lies well inside no window of its recipient.

    One that was tallied without being closed has ended at a time that nobody has noted; of it nothing is said.
    """
    began, ended = windows.c.start_ms + OPENING_MS, _until() - APART_MS
    claimed = and_(began < ended, or_(~windows.c.tallied, windows.c.closed_at_ms.is_not(None)))
    fighters = select(windows.c.recipient).where(claimed)
    scoreless = select(gifts.c.recipient, gifts.c.accepted_at_ms, literal(0), gifts.c.id).where(
        gifts.c.battle.is_(None), gifts.c.recipient.in_(fighters)
    )
    # Each person's openings, endings and gifts, in order: one way through them, however many windows he has had.
    events = union_all(_turns(began, 1).where(claimed), _turns(ended, -1).where(claimed), scoreless).subquery()
    open_windows = func.sum(events.c.change).over(
        partition_by=events.c.recipient,
        order_by=(events.c.at_ms, case((events.c.gift.is_(None), 0), else_=1)),
        rows=(None, 0),
    )
    counted = select(events.c.gift, open_windows.label("windows")).subquery()
    query = select(counted.c.gift).where(counted.c.gift.is_not(None), counted.c.windows > 0)
    looked_at = await count(transaction, fighters.subquery())
    return await judged(transaction, "gift in a window scores", looked_at, query)


def _turns(at_ms: Any, change: int) -> Select[Any]:
    return select(windows.c.recipient, at_ms.label("at_ms"), literal(change).label("change"), null().label("gift"))


async def results_are_gifts(transaction: Transaction, results: BattleResults) -> Check:
    """What the result of a battle says of each side is the sum of its gift rows; a side without gifts has nothing."""
    settled = await results.tallies(transaction)
    summed: dict[str, dict[str, int]] = {}
    sums = (
        select(gifts.c.battle, gifts.c.side, func.sum(gifts.c.score))
        .where(gifts.c.battle.is_not(None))
        .group_by(gifts.c.battle, gifts.c.side)
    )
    for battle, side, score in await transaction.execute(sums):
        if score:
            summed.setdefault(battle, {})[side] = int(score)
    wrong = []
    for battle, said in settled:
        is_ = summed.get(battle, {})
        if {side: score for side, score in said.items() if score} != is_:
            wrong.append(f"{battle} {said} is {is_}")
    return Check("battle results = gift rows", len(settled), len(wrong), tuple(wrong[:MOST_EXAMPLES]))
