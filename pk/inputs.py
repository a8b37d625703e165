"""PURE: everything that can happen to a battle from outside. Commands come from people, the rest is observed."""

from dataclasses import dataclass

from pk.state import Contributor


@dataclass(frozen=True)
class Accept:
    user: str


@dataclass(frozen=True)
class Decline:
    user: str


@dataclass(frozen=True)
class Cancel:
    """Take back what one has asked for: the inviter his invitation, a host his wish for a rematch."""

    user: str


@dataclass(frozen=True)
class Ready:
    """The host needs no countdown any more."""

    user: str


@dataclass(frozen=True)
class Surrender:
    user: str


@dataclass(frozen=True)
class End:
    """The winner has seen enough of the victory; after a draw, any host."""

    user: str


@dataclass(frozen=True)
class Rematch:
    """The host wants another battle on this stage. ``successor`` is the id that it gets if he is the last to ask."""

    user: str
    successor: str


@dataclass(frozen=True)
class MuteOpponent:
    """The host and his room stop hearing ``target``, a host of another side; None is all of them."""

    user: str
    target: str | None = None


@dataclass(frozen=True)
class UnmuteOpponent:
    user: str
    target: str | None = None


@dataclass(frozen=True)
class OperatorEnd:
    """Ops end the battle; a fight is settled with the score that it has."""

    user: str


@dataclass(frozen=True)
class MemberLost:
    """The host of ``room`` cannot be reached; he may come back."""

    room: str


@dataclass(frozen=True)
class MemberReturned:
    room: str


@dataclass(frozen=True)
class MemberLeft:
    """The host ended his broadcast."""

    room: str


@dataclass(frozen=True)
class MemberRemoved:
    """The host was banned, or ops ended his broadcast."""

    room: str


@dataclass(frozen=True)
class MixerUp:
    pass


@dataclass(frozen=True)
class MixerDown:
    """The mixer of this attempt (0 is the stage's first) has ended or could not be started."""

    attempt: int


@dataclass(frozen=True)
class Tallied:
    """What the ledger says: the sum of the gifts by side."""

    scores: tuple[tuple[str, int], ...]
    contributors: tuple[Contributor, ...] = ()
    gifts: int = 0


@dataclass(frozen=True)
class TimeUp:
    """A deadline may have passed. Nothing happens when none has."""


Command = Accept | Decline | Cancel | Ready | Surrender | End | Rematch | MuteOpponent | UnmuteOpponent | OperatorEnd
Departure = MemberLeft | MemberRemoved
Observation = MemberLost | MemberReturned | Departure | MixerUp | MixerDown | Tallied | TimeUp
Input = Command | Observation
