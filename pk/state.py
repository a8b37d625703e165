"""PURE: what is known of a battle at one moment. Frozen, complete and JSON-able: who has it can go on from it."""

from dataclasses import dataclass
from enum import StrEnum

from pk.rules import BattleRules

SIDES = ("red", "blue", "green", "yellow")  # by seat; red invites


class Phase(StrEnum):
    INVITED = "invited"
    PREPARING = "preparing"
    FIGHTING = "fighting"
    SETTLING = "settling"
    VICTORY = "victory"
    DRAW = "draw"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a phase was entered, and why a result is what it is."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HOST_LEFT = "host-left"  # a broadcast was over before the fight, or after it
    MIXER_UNAVAILABLE = "mixer-unavailable"
    OPERATOR = "operator"  # ops ended it
    TIME = "time"  # the phase's time was over
    ENDED_EARLY = "ended-early"  # victory or draw, by a host
    SCORE = "score"
    DRAW = "draw"
    BELOW_MINIMUM = "below-minimum"
    SURRENDER = "surrender"  # said so, or ended his broadcast
    FORFEIT = "forfeit"  # banned, or his broadcast was ended by ops
    AWAY = "away"  # lost for too long
    BOTH_LOST = "both_lost"


class Mixer(StrEnum):
    STARTING = "starting"
    UP = "up"
    GONE = "gone"  # for good: the rooms keep their own cameras


@dataclass(frozen=True)
class Side:
    side: str
    seat: int  # 0 is left
    room: str
    host_user: str
    host_name: str


@dataclass(frozen=True)
class Contributor:
    user: str
    name: str
    side: str
    score: int


@dataclass(frozen=True)
class Away:
    side: str
    since_ms: int


@dataclass(frozen=True)
class Out:
    """A side that has lost before the end, whatever its score."""

    side: str
    reason: Reason


@dataclass(frozen=True)
class Result:
    """``reason`` and ``scores`` stand apart: a forfeit beats the score and does not change it."""

    winner: str | None
    reason: Reason
    scores: tuple[tuple[str, int], ...]
    mvp: Contributor | None = None
    contributors: tuple[Contributor, ...] = ()  # best first, at most three a side
    gifts: int = 0
    settled_at_ms: int = 0


@dataclass(frozen=True)
class State:
    """Times are milliseconds on the one clock. ``version`` grows with every change: the higher is the newer."""

    battle: str
    rules: BattleRules
    sides: tuple[Side, ...]
    fight_ms: int
    invited_at_ms: int
    phase: Phase = Phase.INVITED
    version: int = 1
    phase_ends_at_ms: int | None = None
    reason: str = ""
    operator: str | None = None
    starts_at_ms: int | None = None  # planned while preparing
    ends_at_ms: int | None = None
    mixer: Mixer = Mixer.STARTING
    mixer_losses: int = 0
    away: tuple[Away, ...] = ()
    out: tuple[Out, ...] = ()
    gone: tuple[str, ...] = ()  # sides whose broadcast is over
    result: Result | None = None

    @property
    def rooms(self) -> tuple[str, ...]:
        return tuple(side.room for side in self.sides)

    @property
    def rush_from_ms(self) -> int | None:
        if self.starts_at_ms is None or self.ends_at_ms is None:
            return None
        return max(self.starts_at_ms, self.ends_at_ms - self.rules.rush_ms)

    @property
    def standing(self) -> tuple[str, ...]:
        """The sides that can still win."""
        lost = {out.side for out in self.out}
        return tuple(side.side for side in self.sides if side.side not in lost)

    @property
    def inviter(self) -> Side:
        return self.sides[0]

    def side_of(self, user: str) -> Side | None:
        return next((side for side in self.sides if side.host_user == user), None)

    def side_in(self, room: str) -> Side | None:
        return next((side for side in self.sides if side.room == room), None)
