"""The pace's twin for one process and for tests."""

from collections import defaultdict

from gifts.pace import Limits, Verdict


class MemoryPace:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)  # by user and minute: coins by key

    async def take(self, user: str, minute: int, key: str, coins: int, limits: Limits) -> Verdict:
        given = self._given[user, minute]
        if key in given:
            return Verdict.WITHIN
        if limits.gifts and len(given) + 1 > limits.gifts:
            return Verdict.GIFTS
        if limits.coins and sum(given.values()) + coins > limits.coins:
            return Verdict.COINS
        given[key] = coins
        return Verdict.WITHIN
