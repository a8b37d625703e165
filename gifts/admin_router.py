"""What ops may see of the money: whether every invariant of the ledger holds."""

from fastapi import APIRouter
from pydantic import BaseModel

from accounts.principal import Admin
from foundation.bus import Bus
from foundation.clock import Clock
from gifts.errors import LedgerUnverified
from gifts.events import LedgerQuestioned
from gifts.reports import Reports

LATE_MS = 60_000  # so long after its time a look is missed: nobody seems to look any more


class CheckAnswer(BaseModel):
    name: str
    holds: bool
    looked_at: int
    wrong: int
    examples: list[str]
    figures: dict[str, int]


class LedgerAnswer(BaseModel):
    """``late``: the next look is overdue, so that nobody knows whether it is still so."""

    holds: bool
    at_ms: int
    took_ms: int
    age_ms: int
    late: bool
    checks: list[CheckAnswer]


class AskedAnswer(BaseModel):
    asked_at_ms: int


def admin_router(reports: Reports, bus: Bus, clock: Clock) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])

    @routes.get("/ledger")
    async def ledger(principal: Admin) -> LedgerAnswer:
        """Every invariant with its figures, as the auditor has found them at last."""
        report = await reports.last()
        if report is None:
            raise LedgerUnverified
        checks = [
            CheckAnswer(
                name=check.name,
                holds=check.holds,
                looked_at=check.looked_at,
                wrong=check.wrong,
                examples=list(check.examples),
                figures=dict(check.figures),
            )
            for check in report.checks
        ]
        now_ms = clock.now_ms()
        return LedgerAnswer(
            holds=report.holds,
            at_ms=report.at_ms,
            took_ms=report.took_ms,
            age_ms=max(now_ms - report.at_ms, 0),
            late=report.next_at_ms is not None and now_ms > report.next_at_ms + LATE_MS,
            checks=checks,
        )

    @routes.post("/ledger/look", status_code=202)
    async def look(principal: Admin) -> AskedAnswer:
        """Have the books looked through now; a report with an ``at_ms`` of ``asked_at_ms`` or later is the answer."""
        asked_at_ms = clock.now_ms()
        await bus.publish(LedgerQuestioned(asked_at_ms))
        return AskedAnswer(asked_at_ms=asked_at_ms)

    return routes
