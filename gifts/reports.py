"""The last report about the books: kept by who looks through them, for those who want to know whether they hold."""

from dataclasses import dataclass
from typing import Protocol

from gifts.checks import Check

REPORT = "gifts:ledger-report"  # string, JSON of a KeptReport


@dataclass(frozen=True)
class KeptReport:
    """What was found; the view of the database is of ``at_ms`` or a little later.

    ``next_at_ms``: when the next look is due; None: when somebody asks.
    """

    at_ms: int
    took_ms: int
    next_at_ms: int | None
    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)


class Reports(Protocol):
    """A copy: it may be lost, and is made again with the next look."""

    async def keep(self, report: KeptReport) -> None:
        """In the place of the one before."""

    async def last(self) -> KeptReport | None: ...
