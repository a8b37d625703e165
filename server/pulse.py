"""PURE. Whether a media worker lives, judged by what comes out of it and not by its process being there.

Its pulse says how many packets it owed to somebody (of a source that is shown to viewers) and how many it sent. A
worker that answers nothing hangs; one that owes more and more and sends nothing is dead, however well it answers. One
that owes nothing is idle, for as long as it likes.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Pulse:
    """Counts since the worker's start."""

    due: int
    out: int


class Verdict(StrEnum):
    HANGS = "hangs"
    SILENT = "silent"


@dataclass
class Judge:
    """Judges one process, from its start. ``look`` takes a reading about every half second; times in seconds."""

    dead_after_s: float = 2.0
    start_s: float = 30.0
    """So long may it take until it answers for the first time."""
    late_s: float = 1.5
    """Readings further apart say that it was us who had no time, and prove nothing about it."""
    owed: int = 20
    """Packets within ``dead_after_s`` that are too many to be an accident."""

    _first_s: float | None = None
    _last_s: float = 0.0
    _answered: bool = False
    _unheard_s: float | None = None
    """The first of the readings in a row that were not answered."""
    _last: Pulse | None = None
    _mute: tuple[float, Pulse] | None = None
    """Since when it has owed more in every reading and sent nothing."""

    def look(self, at_s: float, pulse: Pulse | None) -> Verdict | None:
        """``at_s`` is when the reading was asked for; ``pulse`` None: no answer in time."""
        if self._first_s is None:
            self._first_s = at_s
        elif at_s - self._last_s > self.late_s:
            self._unheard_s = self._mute = self._last = None
        self._last_s = at_s
        return self._unheard(at_s) if pulse is None else self._heard(at_s, pulse)

    def _unheard(self, at_s: float) -> Verdict | None:
        assert self._first_s is not None
        self._mute = self._last = None
        if not self._answered:
            return Verdict.HANGS if at_s - self._first_s >= self.start_s else None
        if self._unheard_s is None:
            self._unheard_s = at_s
        return Verdict.HANGS if at_s - self._unheard_s >= self.dead_after_s else None

    def _heard(self, at_s: float, pulse: Pulse) -> Verdict | None:
        self._answered, self._unheard_s = True, None
        before, self._last = self._last, pulse
        if before is None or pulse.out != before.out or pulse.due == before.due:
            self._mute = (at_s, pulse)
            return None
        assert self._mute is not None
        since_s, then = self._mute
        dead = at_s - since_s >= self.dead_after_s and pulse.due - then.due >= self.owed
        return Verdict.SILENT if dead else None
