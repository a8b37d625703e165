"""PURE: fan levels. What somebody has given to one host in all makes him that host's fan, of level 1 to 50."""

from bisect import bisect_right
from dataclasses import dataclass

HIGHEST = 50
# Coins from which on one has the level, the first level's first: 1 for the first coin, then 50 times a cube.
THRESHOLDS = (1, *(50 * step**3 for step in range(1, HIGHEST)))


@dataclass(frozen=True)
class Fan:
    """``next_coins`` is where the next level begins; None at the highest."""

    coins: int
    level: int
    next_coins: int | None


def level_of(coins: int) -> int:
    """The level of who has given ``coins``; 0 when he has given nothing."""
    return bisect_right(THRESHOLDS, coins)


def fan_of(coins: int) -> Fan:
    level = level_of(coins)
    return Fan(coins, level, THRESHOLDS[level] if level < HIGHEST else None)
