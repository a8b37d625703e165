"""Scoring windows: the span in which gifts to a person score for a side of a battle. pk opens, the ledger reads them.

The stamp that a gift gets in its own transaction decides for ever; who settles only adds up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from foundation.sql import Transaction


@dataclass(frozen=True)
class ScoringWindow:
    """Gifts to ``recipient`` with start <= stamp < end score for ``side``; from ``rush_from_ms`` on they count more.

    ``rooms`` are the rooms that see the gift in their feed.
    """

    battle_id: str
    recipient: str
    side: str
    start_ms: int
    end_ms: int
    rush_from_ms: int
    rush_multiplier: int
    rooms: tuple[str, ...]

    def multiplier_at(self, stamp_ms: int) -> int:
        """How often the coins of a gift with this stamp count; 0 outside the window."""
        if not self.start_ms <= stamp_ms < self.end_ms:
            return 0
        return self.rush_multiplier if stamp_ms >= self.rush_from_ms else 1


@dataclass(frozen=True)
class Contributor:
    user: str
    name: str
    side: str
    score: int
    first_at_ms: int  # ties go to the earlier


@dataclass(frozen=True)
class Tally:
    """The sum of the gift rows of one battle. ``contributors`` are ordered best first, at most three a side."""

    scores: dict[str, int]
    contributors: tuple[Contributor, ...]
    gifts: int


class Scoring(Protocol):
    async def open_windows(self, transaction: Transaction, windows: Sequence[ScoringWindow]) -> None:
        """Insert the windows in the caller's transaction."""

    async def close_windows(self, transaction: Transaction, battle_id: str, at_ms: int) -> None:
        """End the windows early (surrender, forfeit): what commits from now on with a stamp >= ``at_ms`` scores not.

        A gift that came in between has scored, with a stamp that is later; then the windows end right after it.
        """

    async def tally(self, transaction: Transaction, battle_id: str) -> Tally:
        """Lock the battle's windows exclusively, close them, and sum: no gift of that battle can commit afterwards."""

    async def live_scores(self, battle_id: str) -> dict[str, int]:
        """The scores that are shown, from Redis; rebuilt from the ledger when Redis has lost them."""

    async def top_contributors(self, battle_id: str) -> tuple[Contributor, ...]:
        """The best three a side up to now, as shown."""
