"""Facts about accounts. The store is the truth; these are only the doorbell."""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class StandingChanged(Fact):
    """Roles were changed or tokens revoked; ``standing`` counts these changes of one user."""

    topic: ClassVar[str] = "accounts.standing_changed"
    user: str
    roles: tuple[str, ...]
    standing: int
    tokens_since: int
    at_ms: int
