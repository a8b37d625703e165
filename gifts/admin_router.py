"""What ops may see of the money: whether every invariant of the ledger holds."""

from fastapi import APIRouter
from pydantic import BaseModel

from accounts.principal import Admin
from foundation.sql import Database
from gifts.verify import ledger_verify
from gifts.verify_windows import BattleResults


class CheckAnswer(BaseModel):
    name: str
    holds: bool
    looked_at: int
    wrong: int
    examples: list[str]
    figures: dict[str, int]


class LedgerAnswer(BaseModel):
    holds: bool
    checks: list[CheckAnswer]


def admin_router(database: Database, results: BattleResults | None = None) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])

    @routes.get("/ledger")
    async def ledger(principal: Admin) -> LedgerAnswer:
        """Every invariant with its figures, computed now from all rows."""
        report = await ledger_verify(database, results=results)
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
        return LedgerAnswer(holds=report.holds, checks=checks)

    return routes
