"""Bodies of moderation's requests and responses."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from foundation.ids import ID_LENGTH
from moderation.gate import Scope
from moderation.rules import LONGEST_S
from moderation.sanction import Reason, Sanction
from moderation.store import Recorded

UserId = Annotated[str, Field(min_length=ID_LENGTH, max_length=ID_LENGTH)]


class SanctionWanted(BaseModel):
    """``duration_s`` null: until lifted."""

    model_config = ConfigDict(extra="forbid")

    user_id: UserId
    scope: Scope
    duration_s: int | None = Field(ge=1, le=LONGEST_S)
    reason: Reason
    text: str = Field("", max_length=500)


class LiftWanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500)


class StandingBody(BaseModel):
    """What the person concerned may know of a sanction."""

    sanction: str
    scope: Scope
    reason: Reason
    until_ms: int | None

    @classmethod
    def of(cls, sanction: Sanction) -> "StandingBody":
        return cls(
            sanction=sanction.sanction_id, scope=sanction.scope, reason=sanction.reason, until_ms=sanction.until_ms
        )


class StandingList(BaseModel):
    sanctions: list[StandingBody]


class SanctionBody(BaseModel):
    sanction: str
    user_id: str
    scope: Scope
    reason: Reason
    text: str
    imposed_by: str
    imposed_at_ms: int
    until_ms: int | None
    lifted_by: str | None
    lifted_at_ms: int | None

    @classmethod
    def of(cls, sanction: Sanction) -> "SanctionBody":
        columns = dict(vars(sanction))
        return cls(sanction=columns.pop("sanction_id"), **columns)


class SanctionsPage(BaseModel):
    sanctions: list[SanctionBody]
    next: str | None
    """Give it back as ``before`` for the next page."""


class AuditBody(BaseModel):
    number: int
    actor: str
    action: str
    subject: str
    reason: str
    at_ms: int
    before: dict[str, object] | None
    after: dict[str, object] | None

    @classmethod
    def of(cls, recorded: Recorded) -> "AuditBody":
        return cls(number=recorded.number, **vars(recorded.entry))


class AuditPage(BaseModel):
    entries: list[AuditBody]
    next: int | None
    """Give it back as ``before`` for the next page."""
