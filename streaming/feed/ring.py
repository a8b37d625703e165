"""PURE: what a room was told of late, for those who come back: what they have missed instead of a new snapshot.

Bounded by time and by bytes. It never tells a part of what was missed: whoever was away for longer hears None. Of
messages with one name only the last is kept, as in one long tick.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A frame that was told to ``users`` (none named: to everybody).

    Of those with one ``name`` the last stands; without a name it is worth nothing to who comes later.
    """

    epoch: str
    offset: int
    users: tuple[str, ...]
    frame: bytes
    name: Hashable | None

    def concerns(self, epoch: str, offset: int, user: str) -> bool:
        """Whether ``user`` (empty: a stranger), who has heard all up to there, is to be told."""
        return (self.offset > offset or self.epoch != epoch) and (not self.users or user in self.users)


class Ring:
    """Of one room, in one epoch at a time."""

    def __init__(self, longest_ms: int, most_bytes: int) -> None:
        self._longest_ms = longest_ms
        self._most_bytes = most_bytes
        self._kept: dict[Hashable, tuple[int, Told]] = {}  # with the time when it was told, in order
        self._bytes = 0
        self._last = 0
        self._begun = 0
        self._whole_after = 0
        self.epoch = ""

    def begin(self, epoch: str, offset: int) -> None:
        """From here on it is whole: it knows nothing of what was told up to ``offset``, and will not."""
        self._kept.clear()
        self._bytes = 0
        self.epoch, self._last = epoch, 0
        self._begun = self._whole_after = offset

    @property
    def newest(self) -> int:
        """The offset of the last frame that it knows."""
        return next(reversed(self._kept.values()))[1].offset if self._kept else self._begun

    def keep(self, told: Told, now_ms: int) -> None:
        """Offsets rise within an epoch, and may skip."""
        if told.epoch != self.epoch:
            self.begin(told.epoch, told.offset - 1)
        elif told.offset <= self._last:
            # The store has lost its last moments and counts them again: until it is beyond what it had counted,
            # nobody can tell which of the two an offset means.
            self.begin(self.epoch, max(self._begun, self._last))
        self._last = told.offset
        if told.name is not None and told.offset > self._begun:
            self._put(told, now_ms)
            self._trim(now_ms)

    def precede(self, epoch: str, whole_after: int, earlier: Iterable[Told], now_ms: int) -> None:
        """``earlier`` is all that was told beyond ``whole_after``, up to where this began at least."""
        if epoch != self.epoch or whole_after >= self._whole_after:
            return
        later, self._kept, self._bytes = tuple(self._kept.values()), {}, 0
        for told in earlier:
            if told.offset <= self._whole_after:
                self._put(told, now_ms)
        for at_ms, told in later:
            self._put(told, at_ms)
        self._whole_after = whole_after
        self._trim(now_ms)

    def reaches(self, epoch: str, offset: int) -> bool:
        """Whether all that was told beyond ``offset`` is known."""
        return epoch == self.epoch and offset >= self._whole_after

    def since(self, epoch: str, offset: int, user: str) -> bytes | None:
        """All frames for ``user`` (empty: a stranger) beyond ``offset``; None when not all of them are known."""
        if not self.reaches(epoch, offset):
            return None
        missed: list[bytes] = []
        for _, told in reversed(self._kept.values()):
            if told.offset <= offset:
                break
            if told.concerns(epoch, offset, user):
                missed.append(told.frame)
        return b"".join(reversed(missed))

    def _put(self, told: Told, at_ms: int) -> None:
        _, replaced = self._kept.pop(told.name, (0, None))
        self._bytes += len(told.frame) - (0 if replaced is None else len(replaced.frame))
        self._kept[told.name] = (at_ms, told)

    def _trim(self, now_ms: int) -> None:
        while self._kept:
            name, (at_ms, oldest) = next(iter(self._kept.items()))
            if self._bytes <= self._most_bytes and now_ms - at_ms <= self._longest_ms:
                return
            del self._kept[name]
            self._bytes -= len(oldest.frame)
            self._whole_after = oldest.offset
