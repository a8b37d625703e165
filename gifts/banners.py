"""PURE: which gift is told to all rooms: one at a time, and of several that wait the dearest stands for the others."""

from dataclasses import dataclass

from gifts.ledger import Gift


@dataclass(frozen=True)
class Banner:
    """``more`` gifts that were dear enough too have no banner of their own."""

    gift: Gift
    more: int = 0


class Banners:
    """Holds at most one gift, however many are offered."""

    def __init__(self, every_ms: int) -> None:
        self._every_ms = every_ms
        self._waiting: Banner | None = None
        self._free_at_ms = 0

    def offer(self, gift: Gift) -> None:
        """Of two that cost the same the one that was first is shown."""
        waiting = self._waiting
        if waiting is None:
            self._waiting = Banner(gift)
        else:
            dearest = waiting.gift if waiting.gift.coins >= gift.coins else gift
            self._waiting = Banner(dearest, waiting.more + 1)

    def take(self, now_ms: int) -> Banner | None:
        """What is to be shown now; None when nothing waits, or the last one was a moment ago."""
        if self._waiting is None or now_ms < self._free_at_ms:
            return None
        taken, self._waiting = self._waiting, None
        self._free_at_ms = now_ms + self._every_ms
        return taken

    @property
    def deadline_ms(self) -> int | None:
        """When ``take`` gives something; None: not before the next gift is offered."""
        return None if self._waiting is None else self._free_at_ms
