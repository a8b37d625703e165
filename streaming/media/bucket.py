"""PURE. A token bucket: so many a second, so many at once. Times are seconds of a monotonic clock."""


class Bucket:
    """Full at first. `left` may be asked without paying: what is refused then has cost nothing."""

    __slots__ = ("_depth", "_left", "_rate", "_since")

    def __init__(self, rate: float, depth: float) -> None:
        self._rate = rate
        self._depth = depth
        self._left = depth
        self._since: float | None = None

    def left(self, now: float) -> bool:
        """Whether there is a token."""
        if self._since is not None:
            self._left = min(self._depth, self._left + self._rate * max(0.0, now - self._since))
        self._since = now
        return self._left >= 1.0

    def pay(self) -> None:
        self._left -= 1.0

    def take(self, now: float) -> bool:
        if not self.left(now):
            return False
        self.pay()
        return True
