"""PURE: all that a room is told since a moment, for those who are shown how it stood then. Of a few seconds only."""

from streaming.feed.ring import Told
from streaming.feed.store import Head

MOST = 4096  # messages
MOST_BYTES = 128 * 1024  # of their frames: each newcomer is sent all of them


class Since:
    """``whole``: nothing that was told since is missing."""

    def __init__(self, until_s: float) -> None:
        self._until_s = until_s
        self._told: list[Told] = []
        self._bytes = 0
        self.whole = True

    def keep(self, told: tuple[Told, ...], now_s: float) -> bool:
        """In the order of telling. False when it has ended: it is too old, or too much."""
        self._bytes += sum(len(each.frame) for each in told)
        if now_s > self._until_s or len(self._told) + len(told) > MOST or self._bytes > MOST_BYTES:
            self.end()
        if self.whole:
            self._told.extend(told)
        return self.whole

    def end(self) -> None:
        self.whole = False
        self._told.clear()

    def beyond(self, at: Head, user: str) -> bytes:
        """For ``user`` (empty: a stranger) who is shown the room as it stood ``at``."""
        return b"".join(each.frame for each in self._told if each.concerns(at.epoch, at.offset, user))

    def newest(self, at: Head) -> Head:
        """How far was told who hears all beyond ``at``."""
        if not self._told:
            return at
        last = self._told[-1]
        return Head(last.epoch, max(last.offset, at.offset) if last.epoch == at.epoch else last.offset)
