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
    user: str


@dataclass(frozen=True)
class Surrender:
    user: str


@dataclass(frozen=True)
class End:
    """The winner has seen enough of the victory; after a draw, either host."""

    user: str


@dataclass(frozen=True)
class OperatorEnd:
    """Ops end the battle; a fight is settled with the score that it has."""

    user: str


@dataclass(frozen=True)
class SideLost:
    """The host cannot be reached; he may come back."""

    side: str


@dataclass(frozen=True)
class SideReturned:
    side: str


@dataclass(frozen=True)
class SideLeft:
    """The host ended his broadcast."""

    side: str


@dataclass(frozen=True)
class SideRemoved:
    """The host was banned, or ops ended his broadcast."""

    side: str


@dataclass(frozen=True)
class MixerUp:
    pass


@dataclass(frozen=True)
class MixerDown:
    """The mixer of this attempt (0 is the first) has ended or could not be started."""

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


Command = Accept | Decline | Cancel | Surrender | End | OperatorEnd
Observation = SideLost | SideReturned | SideLeft | SideRemoved | MixerUp | MixerDown | Tallied | TimeUp
Input = Command | Observation
