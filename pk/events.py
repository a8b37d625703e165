"""Facts of battles that other domains may read. Published after they were saved."""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class BattleFact(Fact):
    """``reason`` is a ``pk.state.Reason``; ``operator`` the user who caused it, None for the clock or the platform."""

    battle: str
    rooms: tuple[str, ...]
    at_ms: int
    reason: str = ""
    operator: str | None = None


@dataclass(frozen=True)
class BattleInvited(BattleFact):
    topic: ClassVar[str] = "pk.battle_invited"


@dataclass(frozen=True)
class InvitationDeclined(BattleFact):
    topic: ClassVar[str] = "pk.invitation_declined"


@dataclass(frozen=True)
class InvitationCancelled(BattleFact):
    """By the inviter, or because one of the hosts cannot battle any more (see ``reason``)."""

    topic: ClassVar[str] = "pk.invitation_cancelled"


@dataclass(frozen=True)
class InvitationExpired(BattleFact):
    topic: ClassVar[str] = "pk.invitation_expired"


@dataclass(frozen=True)
class BattleChanged(BattleFact):
    """Something that has no fact of its own: who accepted, is ready, away, fallen, muted, or wants a rematch."""

    topic: ClassVar[str] = "pk.battle_changed"


@dataclass(frozen=True)
class BattlePrepared(BattleFact):
    """All agreed: the countdown runs and the mixer is being started, or runs already when this is a rematch."""

    topic: ClassVar[str] = "pk.battle_prepared"


@dataclass(frozen=True)
class BattleStarted(BattleFact):
    topic: ClassVar[str] = "pk.battle_started"
    ends_at_ms: int = 0
    rush_from_ms: int = 0


@dataclass(frozen=True)
class FightEnded(BattleFact):
    """No gift scores any more; the result is being computed."""

    topic: ClassVar[str] = "pk.fight_ended"


@dataclass(frozen=True)
class BattleSettled(BattleFact):
    """``winner`` is a side, None for a draw or when nobody wins."""

    topic: ClassVar[str] = "pk.battle_settled"
    winner: str | None = None
    scores: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class BattleEnded(BattleFact):
    """Over: the hosts may battle again, or do so already in ``successor``. Also told of one that was called off."""

    topic: ClassVar[str] = "pk.battle_ended"
    successor: str | None = None


@dataclass(frozen=True)
class MatchAsked(Fact):
    """A host waits for a random match: the doorbell of the matchmaker."""

    topic: ClassVar[str] = "pk.match_asked"
    room: str
    at_ms: int
