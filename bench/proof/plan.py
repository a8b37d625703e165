"""PURE: what happens in one battle, by its seed: who gives when, which host vanishes, what is killed.

Times are milliseconds after the fight's start. The same seed, length and kind of kill give the same plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

GIFTS = 200
FANS = 8
ABSENCES = 3
TWICE = 0.15  # so many of the wishes are sent twice with the same key
AROUND_THE_END = 30  # wishes within half a second of the deadline, before and after
IN_THE_RUSH = 50
EDGE_MS = 500
QUIET_MS = 1_500  # nobody gives for so long: what is shown must be what is in the ledger
QUIET_AT = (0.35, 0.62)  # of the fight
CHEAP = (("heart", 1, 9), ("rose", 1, 5), ("coffee", 1, 3), ("cake", 1, 2), ("boxing-glove", 1, 1))
HANGS = 0.25  # so many of the mixers are stopped (SIGSTOP) instead of killed: they keep their connections, mute
NEAR_THE_END = 0.35  # so many of the kills come when the battle is about to be settled, or is being settled
KILLS = ("control", "api", "valkey", "media", "flush")  # ``flush``: FLUSHALL, Redis forgets everything


@dataclass(frozen=True)
class Wish:
    """A gift: ``fan`` asks in ``room`` (0 red, 1 blue) for the host ``to`` (None: that room's own)."""

    at_ms: int
    fan: int
    room: int
    to: int | None
    item: str
    count: int
    twice: bool

    @property
    def host(self) -> int:
        return self.room if self.to is None else self.to


@dataclass(frozen=True)
class Absence:
    """The publisher of ``host`` goes, ``politely`` (DTLS close_notify) or not, and comes back."""

    host: int
    at_ms: int
    back_ms: int
    politely: bool


@dataclass(frozen=True)
class Plan:
    seed: int
    fight_ms: int
    wishes: tuple[Wish, ...]
    absences: tuple[Absence, ...]
    mixer_killed_ms: int | None
    mixer_hangs: bool = False
    kill: str | None = None  # a process of ``KILLS``, instead of the mixer ...
    killed_ms: int = 0
    """... then; it may be after the end."""

    @property
    def quiet(self) -> tuple[tuple[int, int], ...]:
        """Spans in which nobody gives."""
        return tuple((at, at + QUIET_MS) for at in (round(self.fight_ms * part) for part in QUIET_AT))

    def publishes(self, host: int, from_ms: int, until_ms: int) -> bool:
        """Whether ``host`` is to be there all the time between."""
        of_host = (each for each in self.absences if each.host == host)
        return not any(each.at_ms < until_ms and from_ms < each.back_ms for each in of_host)


def plan(seed: int, fight_ms: int, rush_ms: int, kill: str | None = None) -> Plan:
    """``kill`` is one of ``KILLS``; None: the mixer is killed, or hangs."""
    chance = Random(f"{seed} {fight_ms} {kill}")
    wishes = sorted(_wishes(chance, fight_ms, rush_ms), key=lambda wish: wish.at_ms)
    absences = _absences(chance, fight_ms)
    if kill is None:
        mixer_ms = chance.randint(round(fight_ms * 0.12), round(fight_ms * 0.72))
        return Plan(seed, fight_ms, tuple(wishes), absences, mixer_ms, chance.random() < HANGS)
    killed_ms = (
        fight_ms + chance.randint(-1_000, 500) if chance.random() < NEAR_THE_END else chance.randint(0, fight_ms)
    )
    return Plan(seed, fight_ms, tuple(wishes), absences, None, kill=kill, killed_ms=killed_ms)


def _wishes(chance: Random, fight_ms: int, rush_ms: int) -> Iterator[Wish]:
    rush_from = max(0, fight_ms - rush_ms)
    for number in range(GIFTS):
        if number < AROUND_THE_END:
            at_ms = fight_ms + chance.randint(-EDGE_MS, EDGE_MS)
        elif number < AROUND_THE_END + IN_THE_RUSH:
            at_ms = chance.randint(rush_from, fight_ms - EDGE_MS)
        else:
            at_ms = chance.randint(0, fight_ms - EDGE_MS)
        yield _wish(chance, _aside(at_ms, fight_ms, chance))


def _aside(at_ms: int, fight_ms: int, chance: Random) -> int:
    """Not in a quiet span, nor right before it, when the gift would still be on its way."""
    for part in QUIET_AT:
        begins = round(fight_ms * part)
        if begins - 100 <= at_ms < begins + QUIET_MS:
            return begins + QUIET_MS + chance.randint(0, 300)
    return at_ms


def _wish(chance: Random, at_ms: int) -> Wish:
    item, fewest, most = chance.choice(CHEAP)
    return Wish(
        at_ms,
        fan=chance.randrange(FANS),
        room=chance.randrange(2),
        to=chance.choice((None, 0, 1)),
        item=item,
        count=chance.randint(fewest, most),
        twice=chance.random() < TWICE,
    )


def _absences(chance: Random, fight_ms: int) -> tuple[Absence, ...]:
    """One in each third of the fight, so that none begins before the last one of the same host is over."""
    found = []
    span = fight_ms // ABSENCES
    for number in range(ABSENCES):
        gone = number * span + chance.randint(span // 10, span // 2)
        longest = max(300, min(7_000, (number + 1) * span - gone - 500))
        back = gone + chance.randint(min(300, longest), longest)
        found.append(Absence(chance.randrange(2), gone, back, chance.random() < 0.3))
    return tuple(found)
