"""PURE: gifts whose effect the server draws. Odds in, a draw out; anybody can draw again from what the gift's row says.

The draw of a gift: SHA-256 of the text ``SEED/GIFT_ID`` in UTF-8, read as one big-endian number, modulo the sum of the
weights; the chance in whose span of weights the number falls, in the order of the odds, has come. A gift is drawn once,
whatever its count. The seed is random and made for this one order; it is on the row, with the odds as they were.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

SEED_BYTES = 16  # as lower-case hexadecimal
MOST_CHANCES = 16
MOST_WEIGHT = 1_000_000
MOST_BOOST = 100
MOST_WIN = 10_000

FAIR_BP = 10_000  # what comes back on average, in basis points of the price; more is refused


@dataclass(frozen=True)
class Chance:
    """``weight`` of the sum of all: the score counts ``boost`` times, and ``win`` times the price comes back."""

    weight: int
    boost: int = 1
    win: int = 0


Odds = tuple[Chance, ...]


@dataclass(frozen=True)
class Draw:
    """What was drawn for a gift: its score counts ``boost`` times, and ``win`` coins go back to its sender."""

    boost: int = 1
    win: int = 0


PLAIN = Draw()


def fault_of(odds: Odds) -> str | None:
    """Why these cannot be odds at all; None when they can."""
    if not 1 <= len(odds) <= MOST_CHANCES:
        return f"1 to {MOST_CHANCES} chances"
    if not all(1 <= chance.weight <= MOST_WEIGHT for chance in odds):
        return f"a weight is 1 to {MOST_WEIGHT}"
    if not all(1 <= chance.boost <= MOST_BOOST for chance in odds):
        return f"a boost is 1 to {MOST_BOOST}"
    if not all(0 <= chance.win <= MOST_WIN for chance in odds):
        return f"a win is 0 to {MOST_WIN} times the price"
    return None


def expected_return_bp(odds: Odds) -> int:
    """Coins that come back on average, in basis points of the price, rounded up."""
    return -(-FAIR_BP * sum(chance.weight * chance.win for chance in odds) // _sum(odds))


def expected_boost_bp(odds: Odds) -> int:
    """How often the score counts on average, in basis points, rounded down."""
    return FAIR_BP * sum(chance.weight * chance.boost for chance in odds) // _sum(odds)


def draw(odds: Odds, seed: str, gift_id: str, coins: int) -> Draw:
    """The outcome of the gift ``gift_id`` that cost ``coins`` in all."""
    number = int.from_bytes(hashlib.sha256(f"{seed}/{gift_id}".encode()).digest(), "big") % _sum(odds)
    for chance in odds:
        if number < chance.weight:
            return Draw(chance.boost, chance.win * coins)
        number -= chance.weight
    raise AssertionError("the number is below the sum of the weights")


def is_lucky(odds: Odds) -> bool:
    """Something may come back."""
    return any(chance.win for chance in odds)


def is_boosting(odds: Odds) -> bool:
    """The score may count more than once."""
    return any(chance.boost > 1 for chance in odds)


def encode(odds: Odds) -> str:
    """As on a gift's row: JSON, an array of [weight, boost, win]."""
    return json.dumps([[chance.weight, chance.boost, chance.win] for chance in odds], separators=(",", ":"))


def decode(text: str) -> Odds:
    chances: Sequence[Sequence[int]] = json.loads(text)
    return tuple(Chance(*chance) for chance in chances)


def _sum(odds: Odds) -> int:
    return sum(chance.weight for chance in odds)
