"""Facts of gifts that other domains may read."""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class GiftSent(Fact):
    """A gift committed in the ledger. ``coins`` is price x count; ``score`` is coins x multiplier in a battle."""

    topic: ClassVar[str] = "gifts.gift_sent"
    gift_id: str
    room: str
    sender: str
    sender_name: str
    recipient: str
    recipient_name: str
    item: str
    count: int
    coins: int
    battle: str | None
    side: str | None
    score: int
    accepted_at_ms: int


@dataclass(frozen=True)
class ScoreChanged(Fact):
    """The live scores of a battle after a batch of gifts was applied in Redis."""

    topic: ClassVar[str] = "gifts.score_changed"
    battle: str
    scores: tuple[tuple[str, int], ...]  # (side, score)
    at_ms: int


@dataclass(frozen=True)
class GiftsCommitted(Fact):
    """The doorbell of the outbox relay: there is something to read. Nothing is lost when nobody hears it."""

    topic: ClassVar[str] = "gifts.gifts_committed"


@dataclass(frozen=True)
class LedgerQuestioned(Fact):
    """The doorbell of the auditor: somebody wants the books to be looked through. Who is not heard asks again."""

    topic: ClassVar[str] = "gifts.ledger_questioned"
    asked_at_ms: int


@dataclass(frozen=True)
class CatalogueChanged(Fact):
    """The doorbell of everybody who keeps the catalogue; who does not hear it reads the change half a second later."""

    topic: ClassVar[str] = "gifts.catalogue_changed"
