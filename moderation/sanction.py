"""Sanctions: what they cover and how long they stand. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from moderation.gate import Scope


class Reason(StrEnum):
    """Why, for the person concerned and for counting; the words of the operator stand beside it."""

    SPAM = "spam"
    ABUSE = "abuse"
    SEXUAL = "sexual"
    VIOLENCE = "violence"
    MINOR = "minor"
    FRAUD = "fraud"
    COPYRIGHT = "copyright"
    OTHER = "other"


@dataclass(frozen=True)
class Sanction:
    sanction_id: str
    user_id: str
    scope: Scope
    reason: Reason
    text: str
    """The operator's words, for ops only."""
    imposed_by: str
    imposed_at_ms: int
    until_ms: int | None
    """The first moment at which it stands no more; None: until lifted."""
    lifted_by: str | None = None
    lifted_at_ms: int | None = None

    def stands(self, now_ms: int) -> bool:
        return self.lifted_at_ms is None and (self.until_ms is None or now_ms < self.until_ms)

    def covers(self, scope: Scope) -> bool:
        return self.scope in (scope, Scope.PLATFORM)

    def lasts_as_long_as(self, until_ms: int | None) -> bool:
        return self.until_ms is None or (until_ms is not None and self.until_ms >= until_ms)


def strongest(sanctions: Iterable[Sanction], scope: Scope, now_ms: int) -> Sanction | None:
    """Of the sanctions that forbid ``scope`` now the one that lasts longest."""
    standing = [each for each in sanctions if each.covers(scope) and each.stands(now_ms)]
    return max(standing, key=lambda each: float("inf") if each.until_ms is None else each.until_ms, default=None)
