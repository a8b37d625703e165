"""What each fan has given his host so far, as the relay knows it: for the level that goes along with a gift.

Only the relay adds to the totals, under its fence; so what it has read once it can carry on by itself. The book is a
copy of ``gift_totals``: who is not in it is looked up there. After anything uncertain it is thrown away, and after a
correction, which may have taken from them.
"""

from collections.abc import Sequence

from gifts.fans import level_of
from gifts.ledger import Gift
from gifts.totals import Pair, SqlTotals

MOST_FANS = 100_000


class FanBook:
    def __init__(self, totals: SqlTotals, most: int = MOST_FANS) -> None:
        self._totals = totals
        self._most = most
        self._coins: dict[Pair, int] = {}  # as the totals have it
        self._corrected: str | None = None

    async def levels(self, gifts: Sequence[Gift], corrected: str | None) -> dict[str, int]:
        """By gift id: the sender's level right after it. ``gifts`` come in order and are not in the totals yet.

        ``corrected`` is the newest correction: another one may have made sums smaller.
        """
        if corrected != self._corrected:
            self.forget()
            self._corrected = corrected
        unknown = {_pair(gift) for gift in gifts} - self._coins.keys()
        if len(self._coins) + len(unknown) > self._most:
            self.forget()
            unknown = {_pair(gift) for gift in gifts}
        self._coins |= await self._totals.given(unknown)
        running = {_pair(gift): self._coins[_pair(gift)] for gift in gifts}
        levels = {}
        for gift in gifts:
            running[_pair(gift)] += gift.coins
            levels[gift.id] = level_of(running[_pair(gift)])
        return levels

    def added(self, gifts: Sequence[Gift]) -> None:
        """They are in the totals now."""
        for gift in gifts:
            if _pair(gift) in self._coins:
                self._coins[_pair(gift)] += gift.coins

    def forget(self) -> None:
        self._coins.clear()


def _pair(gift: Gift) -> Pair:
    return gift.recipient, gift.sender
