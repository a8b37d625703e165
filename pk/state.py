"""PURE: what is known of a battle at one moment. Frozen, complete and JSON-able: who has it can go on from it."""

from dataclasses import dataclass
from enum import StrEnum

from pk.rules import BattleRules, RatingRules

SIDES = ("red", "blue", "green", "yellow")  # from left to right; red invites
MAX_MEMBERS = 2  # of one side


class Phase(StrEnum):
    INVITED = "invited"
    PREPARING = "preparing"
    FIGHTING = "fighting"
    SETTLING = "settling"
    VICTORY = "victory"
    DRAW = "draw"
    ENDED = "ended"


class Reason(StrEnum):
    """Why a phase was entered, why a member fell, and why a result is what it is."""

    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HOST_LEFT = "host-left"  # a broadcast was over before the fight, or after it
    MIXER_UNAVAILABLE = "mixer-unavailable"
    OPERATOR = "operator"  # ops ended it
    TIME = "time"  # the phase's time was over
    ENDED_EARLY = "ended-early"  # victory or draw, by a host
    REMATCH = "rematch"  # all hosts asked for another one, which has begun
    SCORE = "score"
    DRAW = "draw"
    BELOW_MINIMUM = "below-minimum"
    SURRENDER = "surrender"  # said so, or ended his broadcast
    FORFEIT = "forfeit"  # banned, or his broadcast was ended by ops
    AWAY = "away"  # lost for too long
    BOTH_LOST = "both_lost"  # nobody was there for too long


class Outcome(StrEnum):
    """What a battle was for one of its hosts."""

    WON = "won"
    DRAWN = "drawn"
    LOST = "lost"


class Mixer(StrEnum):
    STARTING = "starting"
    UP = "up"
    GONE = "gone"  # for good: the rooms keep their own cameras


@dataclass(frozen=True)
class Member:
    """A host on the stage. Seats are numbered over the whole stage, side by side; 0 is left.

    ``rating`` and ``streak`` are those of the moment in which the battle was opened.
    """

    seat: int
    room: str
    user: str
    name: str
    rating: int = RatingRules.start
    streak: int = 0


@dataclass(frozen=True)
class Side:
    side: str
    members: tuple[Member, ...]

    @property
    def host(self) -> Member:
        """The first member: in a duel the only one."""
        return self.members[0]


@dataclass(frozen=True)
class Contributor:
    user: str
    name: str
    side: str
    score: int
    first_at_ms: int = 0  # of equals the earlier is the better one


@dataclass(frozen=True)
class RatingChange:
    """What a battle has done to one of its hosts. ``streak`` is that after it."""

    user: str
    before: int
    after: int
    streak: int
    outcome: Outcome


@dataclass(frozen=True)
class Away:
    room: str
    since_ms: int


@dataclass(frozen=True)
class Fallen:
    """A member who has lost before the end, whatever the score."""

    room: str
    reason: Reason


@dataclass(frozen=True)
class Mute:
    """``room`` and its host do not hear ``user``."""

    room: str
    user: str


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
    ratings: tuple[RatingChange, ...] = ()  # by seat; none of a battle that an earlier version settled


@dataclass(frozen=True)
class State:
    """Times are milliseconds on the one clock. ``version`` grows with every change: the higher is the newer.

    A rematch is a new battle on the same ``stage``, which has one mixer and one composite: ``previous`` and
    ``successor`` link the two.
    """

    battle: str
    stage: str  # the id of the first battle on it
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
    mixer_attempt: int = 0  # counts the mixers of the stage: each has a name of its own
    mixer_losses: int = 0  # in this battle
    accepted: tuple[str, ...] = ()  # users
    ready: tuple[str, ...] = ()  # users
    away: tuple[Away, ...] = ()
    fallen: tuple[Fallen, ...] = ()  # in the order of their fall
    gone: tuple[str, ...] = ()  # rooms whose broadcast is over
    mutes: tuple[Mute, ...] = ()
    rematch: tuple[str, ...] = ()  # users who want another one
    result: Result | None = None
    previous: str | None = None
    successor: str | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """By seat."""
        return tuple(member for side in self.sides for member in side.members)

    @property
    def rooms(self) -> tuple[str, ...]:
        return tuple(member.room for member in self.members)

    @property
    def inviter(self) -> Member:
        return self.sides[0].host

    @property
    def rush_from_ms(self) -> int | None:
        if self.starts_at_ms is None or self.ends_at_ms is None:
            return None
        return max(self.starts_at_ms, self.ends_at_ms - self.rules.rush_ms)

    @property
    def upright(self) -> tuple[Member, ...]:
        """The members who have not fallen."""
        lost = {fallen.room for fallen in self.fallen}
        return tuple(member for member in self.members if member.room not in lost)

    @property
    def standing(self) -> tuple[str, ...]:
        """The sides that can still win: those with a member who has not fallen."""
        upright = set(self.upright)
        return tuple(side.side for side in self.sides if not upright.isdisjoint(side.members))

    @property
    def public(self) -> bool:
        """Whether all have accepted: before it, and when it ends before it, a battle concerns its hosts only."""
        return self.starts_at_ms is not None

    def member_of(self, user: str) -> Member | None:
        return next((member for member in self.members if member.user == user), None)

    def member_in(self, room: str) -> Member | None:
        return next((member for member in self.members if member.room == room), None)

    def side_of(self, user: str) -> Side | None:
        return next((side for side in self.sides if any(member.user == user for member in side.members)), None)

    def muted_in(self, room: str) -> tuple[str, ...]:
        """The users whom ``room`` does not hear."""
        return tuple(mute.user for mute in self.mutes if mute.room == room)
