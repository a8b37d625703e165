"""What ops may do: impose, lift and list sanctions, read the audit log."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from accounts.principal import Admin, Principal, Role, Signed
from foundation.errors import Forbidden
from moderation.schema import AuditBody, AuditPage, LiftWanted, SanctionBody, SanctionsPage, SanctionWanted
from moderation.service import Sanctions


async def _staff(principal: Signed) -> Principal:
    if not principal.has(Role.MODERATOR):
        raise Forbidden("for moderators and admins")
    return principal


Staff = Annotated[Principal, Depends(_staff)]
Limit = Annotated[int, Query(ge=1, le=100)]
Filter = Annotated[str | None, Query(max_length=96)]


def admin_router(sanctions: Sanctions) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/admin", tags=["admin"])

    @routes.post("/sanctions", status_code=201)
    async def impose(principal: Staff, body: SanctionWanted) -> SanctionBody:
        """Forbid a user the platform, publishing, chat or gifts; in force at once."""
        imposed = await sanctions.impose(principal, body.user_id, body.scope, body.duration_s, body.reason, body.text)
        return SanctionBody.of(imposed)

    @routes.delete("/sanctions/{sanction_id}")
    async def lift(principal: Staff, sanction_id: str, body: LiftWanted | None = None) -> SanctionBody:
        """End a sanction before its time."""
        return SanctionBody.of(await sanctions.lift(principal, sanction_id, "" if body is None else body.reason))

    @routes.get("/sanctions")
    async def page(principal: Staff, user_id: Filter = None, before: Filter = None, limit: Limit = 50) -> SanctionsPage:
        """Sanctions, newest first."""
        found = await sanctions.page(user_id, before, limit + 1)
        shown = found[:limit]
        return SanctionsPage(
            sanctions=[SanctionBody.of(each) for each in shown],
            next=shown[-1].sanction_id if len(found) > limit else None,
        )

    @routes.get("/audit")
    async def audit(
        principal: Admin,
        actor: Filter = None,
        subject: Filter = None,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        limit: Limit = 50,
    ) -> AuditPage:
        """The audit log, newest first; ``subject`` is for example ``user:ID`` or ``room:ID``."""
        found = await sanctions.audit_page(actor, subject, before, limit + 1)
        shown = found[:limit]
        return AuditPage(
            entries=[AuditBody.of(each) for each in shown], next=shown[-1].number if len(found) > limit else None
        )

    return routes
