"""What a check of the books says, and how rows that break an invariant are counted and named."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select

from foundation.sql import Transaction

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Check:
    """One invariant: how many things were looked at, how many are wrong, some of them by name, and figures."""

    name: str
    looked_at: int
    wrong: int
    examples: tuple[str, ...] = ()
    figures: tuple[tuple[str, int], ...] = ()

    @property
    def holds(self) -> bool:
        return self.wrong == 0


async def number(transaction: Transaction, query: Select[Any]) -> int:
    """The one number that ``query`` selects; 0 for none."""
    return int((await transaction.execute(query)).scalar_one() or 0)


async def count(transaction: Transaction, table: Any) -> int:
    return await number(transaction, select(func.count()).select_from(table))


async def judged(
    transaction: Transaction, name: str, looked_at: int, query: Select[Any] | CompoundSelect[Any]
) -> Check:
    """``query`` selects the ids of what is wrong."""
    wrong = await count(transaction, query.subquery())
    named = await transaction.execute(query.limit(MOST_EXAMPLES)) if wrong else ()
    return Check(name, looked_at, wrong, tuple(str(row[0]) for row in named))
