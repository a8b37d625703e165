"""What a host has earned, day by day (UTC), from the entries of his diamonds."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import and_, case, func, select

from foundation.clock import Clock
from foundation.sql import Database
from gifts.ledger import DIAMOND, GIFT_DIAMONDS, account_of
from gifts.money.kinds import WITHDRAWAL
from gifts.money.statements import floor_id
from gifts.tables import entries, transfers

DAY_MS = 86_400_000
MOST_DAYS = 366


@dataclass(frozen=True)
class EarningsDay:
    """Diamonds; what was taken back counts on the day on which it was taken back, as do rejected withdrawals."""

    day: str  # YYYY-MM-DD
    gifts: int
    earned: int
    taken_back: int
    withdrawn: int


class Earnings:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def by_day(self, user: str, days: int) -> list[EarningsDay]:
        """Today and the days before it, newest first, ``days`` in all; a day without anything is there too."""
        today = self._clock.now_ms() // DAY_MS
        first = today - days + 1
        old = transfers.alias("old")
        earned = transfers.c.kind == GIFT_DIAMONDS
        day = (transfers.c.at_ms // DAY_MS).label("day")
        query = (
            select(
                day,
                func.sum(case((earned, 1), else_=0)),
                func.sum(case((earned, entries.c.amount), else_=0)),
                func.sum(case((old.c.kind == GIFT_DIAMONDS, -entries.c.amount), else_=0)),
                func.sum(
                    case(((transfers.c.kind == WITHDRAWAL) | (old.c.kind == WITHDRAWAL), -entries.c.amount), else_=0)
                ),
            )
            .select_from(entries)
            .join(transfers, transfers.c.id == entries.c.transfer)
            .join(old, old.c.id == transfers.c.corrects, isouter=True)
            .where(
                entries.c.account == account_of(user, DIAMOND),
                and_(entries.c.transfer >= floor_id(first * DAY_MS), transfers.c.at_ms >= first * DAY_MS),
            )
            .group_by(day)
        )
        async with self._database.read() as transaction:
            found = {int(row[0]): [int(each) for each in row[1:]] for row in await transaction.execute(query)}
        return [EarningsDay(_date(each), *found.get(each, (0, 0, 0, 0))) for each in range(today, first - 1, -1)]


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()
