"""Facts of moderation. The store is the truth; these are only the doorbell."""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class SanctionImposed(Fact):
    topic: ClassVar[str] = "moderation.sanction_imposed"
    sanction_id: str
    user: str
    scope: str  # platform | publish | chat | gift
    until_ms: int | None  # None: until lifted
    reason: str
    at_ms: int


@dataclass(frozen=True)
class SanctionLifted(Fact):
    topic: ClassVar[str] = "moderation.sanction_lifted"
    sanction_id: str
    user: str
    scope: str
    at_ms: int
