"""PURE: who meets whom of the hosts who wait for a random match.

Each accepts opponents within a window around his rating, which widens while he waits; two meet when both windows have
room for the other, and both want to fight for as long. Nobody meets himself, the one whom he met in his last battle, or
somebody with whom he is barred. The closest ratings go first; of equally close ones those who have waited longest.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pk.rules import MatchRules


class End(StrEnum):
    """Why a host waits no longer."""

    FOUND = "found"
    CANCELLED = "cancelled"
    OFFLINE = "offline"  # his broadcast is over
    BUSY = "busy"  # he invited somebody, or accepted an invitation
    EXPIRED = "expired"  # nobody was found in time
    SANCTIONED = "sanctioned"


@dataclass(frozen=True)
class Seeker:
    """A host who waits. ``id`` is new each time that he begins to wait."""

    id: str
    room: str
    user: str
    name: str
    rating: int
    fight_ms: int
    since_ms: int
    met: tuple[str, ...] = ()  # his opponents in the last battle


Pair = tuple[Seeker, Seeker]


def window(seeker: Seeker, now_ms: int, rules: MatchRules) -> int:
    """How far an opponent's rating may be from his own."""
    waited_ms = max(0, now_ms - seeker.since_ms)
    return rules.window + rules.wider_by * (waited_ms // rules.wider_each_ms)


def expired(seeker: Seeker, now_ms: int, rules: MatchRules) -> bool:
    return seeker.since_ms + rules.patience_ms <= now_ms


def pairs(waiting: Sequence[Seeker], barred: Collection[frozenset[str]], now_ms: int, rules: MatchRules) -> list[Pair]:
    """All who meet now, the closest first; in each pair who has waited longer comes first. Nobody is in two pairs.

    ``barred`` has two users each who are not to meet, whoever of them does not want to.
    """
    nearest = sorted(_possible(waiting, barred, now_ms, rules), key=_rank)
    met: set[str] = set()
    found = []
    for one, other in nearest:
        if met.isdisjoint((one.id, other.id)):
            met.update((one.id, other.id))
            found.append((one, other))
    return found


def _possible(
    waiting: Sequence[Seeker], barred: Collection[frozenset[str]], now_ms: int, rules: MatchRules
) -> list[Pair]:
    by_rating = sorted(waiting, key=lambda seeker: (seeker.rating, seeker.since_ms, seeker.id))
    found = []
    for index, one in enumerate(by_rating):
        reach = window(one, now_ms, rules)
        for other in by_rating[index + 1 :]:
            gap = other.rating - one.rating
            if gap > reach:
                break  # and so are all that follow
            if gap <= window(other, now_ms, rules) and _compatible(one, other, barred):
                found.append((one, other) if _patience(one) <= _patience(other) else (other, one))
    return found


def _compatible(one: Seeker, other: Seeker, barred: Collection[frozenset[str]]) -> bool:
    return (
        one.fight_ms == other.fight_ms
        and one.user != other.user
        and other.user not in one.met
        and one.user not in other.met
        and frozenset((one.user, other.user)) not in barred
    )


def _patience(seeker: Seeker) -> tuple[int, str]:
    return seeker.since_ms, seeker.id


def _rank(pair: Pair) -> tuple[int, tuple[int, str], tuple[int, str]]:
    one, other = pair
    return abs(one.rating - other.rating), _patience(one), _patience(other)
