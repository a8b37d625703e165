"""PURE. Closes the gaps that bandwidth probes leave in a publisher's numbers.

A browser probes its uplink with packets of padding only. Viewers have no use for them, but would take the missing
numbers for losses; so later packets move up. A probe that comes too late for that goes on as an empty packet.
"""

from collections import deque

REMEMBERED = 1_024


class Compaction:
    """Numbers are unwrapped sequence numbers."""

    def __init__(self) -> None:
        self._highest: int | None = None
        self._skipped = 0
        self._probes: deque[int] = deque(maxlen=REMEMBERED)

    def media(self, number: int) -> int:
        """The number under which a media packet goes on."""
        self._highest = number if self._highest is None else max(self._highest, number)
        later = 0
        for probe in reversed(self._probes):
            if probe < number:
                break
            later += 1
        return number - (self._skipped - later)

    def probe(self, number: int) -> int | None:
        """None: the gap is closed. Otherwise the number under which an empty packet must fill it."""
        if self._highest is not None and number == self._highest + 1:
            self._highest = number
            self._skipped += 1
            self._probes.append(number)
            return None
        return self.media(number)
