"""PURE: what one life of a process is made of, by its seed: who gives what when, and where it ends.

The same seed gives the same story.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from bench.gifts_proof.road import LABELS, OF_THE_RELAY
from gifts.luck import Chance, encode

ROUNDS = 2
MOST_WISHES = 5
FANS = ("vera", "wang", "xeno")
COINS = {"vera": 100_000, "wang": 100_000, "xeno": 60}  # xeno is soon poor
HOSTS = {"anna": "red", "bo": "blue"}
LATEST_STATEMENT = 16  # a batch that writes has more after its BEGIN
REFUNDED = 0.15  # so many of the rounds have a refund
BOUGHT = 0.15  # so many have a purchase
RELAYED = 0.3  # so many of the deaths before the relay come while it works after each round
LUCKY = 0.4  # so many of the wishes have odds
ODDS = (
    encode((Chance(2), Chance(1, win=2))),
    encode((Chance(1), Chance(1, boost=3))),
    encode((Chance(3), Chance(1, boost=2, win=1), Chance(1, boost=5, win=3))),
)
FLUSHED = 0.1  # so many of the deaths take Redis' memory along

SICKNESS = (1, 2, 3, 4, 6, 10, 10**9)  # syncs that fail; the last: until the process dies
SOONEST, LATEST = 0, 2  # so many go well before

FRESH, AGAIN, OLD, CHANGED, DEAR = "fresh", "again", "old", "changed", "dear"
_KINDS = (FRESH, FRESH, FRESH, AGAIN, OLD, CHANGED, DEAR)


@dataclass(frozen=True)
class Wish:
    """Something that a client asks for. ``AGAIN`` and ``CHANGED`` have the key of a wish before, ``OLD`` one of a
    former life, if there is one: the ``old``-th of those that are known.
    """

    kind: str
    key: str
    fan: str
    host: str
    price: int
    count: int = 1
    old: int = 0
    odds: str | None = None


@dataclass(frozen=True)
class Round:
    """Wishes that come together, then perhaps a refund (of the ``refund``-th gift that is known) and a purchase."""

    wishes: tuple[Wish, ...]
    refund: int | None
    buyer: str | None


@dataclass(frozen=True)
class Story:
    """After each round the relay works, if it is ``relayed``. It ends at ``label``, passed ``nth``."""

    seed: int
    label: str
    nth: int
    statement: int
    rounds: tuple[Round, ...]
    relayed: bool
    flushed: bool
    well: int  # where the disk may fail: it does so after so many syncs
    sick: int  # for so many


def story(seed: int) -> Story:
    chance = Random(f"gifts {seed}")
    fresh: list[Wish] = []
    rounds = tuple(_round(chance, f"{seed}-{number}", fresh) for number in range(ROUNDS))
    return Story(
        seed,
        LABELS[seed % len(LABELS)],
        nth=chance.randint(1, ROUNDS),
        statement=chance.randint(0, LATEST_STATEMENT),
        rounds=rounds,
        relayed=LABELS[seed % len(LABELS)] in OF_THE_RELAY or chance.random() < RELAYED,
        flushed=chance.random() < FLUSHED,
        well=chance.randint(SOONEST, LATEST),
        sick=chance.choice(SICKNESS),
    )


def _round(chance: Random, name: str, fresh: list[Wish]) -> Round:
    return Round(
        tuple(_burst(chance, name, fresh)),
        refund=chance.randrange(10**6) if chance.random() < REFUNDED else None,
        buyer=chance.choice(FANS) if chance.random() < BOUGHT else None,
    )


def _burst(chance: Random, name: str, fresh: list[Wish]) -> Iterator[Wish]:
    """The first is new and can be paid, so that each round passes each point; ``fresh`` are those that are new."""
    for place in range(chance.randint(1, MOST_WISHES)):
        wish = _wish(chance, f"{name}-{place}", fresh, FRESH if place == 0 else chance.choice(_KINDS))
        if wish.kind == FRESH:
            fresh.append(wish)
        yield wish


def _wish(chance: Random, key: str, fresh: list[Wish], kind: str) -> Wish:
    fan = chance.choice(FANS if fresh else FANS[:2])
    odds = chance.choice(ODDS) if chance.random() < LUCKY else None
    wish = Wish(kind, key, fan, chance.choice(tuple(HOSTS)), chance.randint(1, 40), odds=odds)
    match kind:
        case "again":
            return replace(chance.choice(fresh), kind=AGAIN)
        case "changed":
            changed = chance.choice(fresh)
            return replace(changed, kind=CHANGED, count=changed.count + 1)
        case "dear":
            return replace(wish, price=10**6)
        case "old":
            return replace(wish, old=chance.randrange(10**6))
        case _:
            return replace(wish, fan=chance.choice(FANS[:2])) if key.endswith("-0") else wish
