"""Clocks for tests: they show what they are told."""


class ToldClock:
    """Stands still until ``advance``; starts at a round time."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def advance(self, milliseconds: int) -> int:
        """Move on and return the new time."""
        assert milliseconds >= 0
        self._now_ms += milliseconds
        return self._now_ms
