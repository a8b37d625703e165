"""PURE. When to ask a source for a keyframe: at most once an interval, however many viewers ask."""

# A request that was sent so short ago is on its way still: another one would bring a second keyframe.
UNDER_WAY_US = 100_000


class KeyframeGovernor:
    """`ask` and `due` say whether a request should go out now; `keyframe_seen` settles all that was asked before."""

    def __init__(self, interval_us: int) -> None:
        self._interval_us = interval_us
        self._sent_us: int | None = None
        self._wanted = False

    @property
    def wanted(self) -> bool:
        return self._wanted

    def ask(self, now_us: int, urgent: bool = False) -> bool:
        """Somebody needs a keyframe. `urgent` (a switch of source) need not wait for the interval to be over."""
        self._wanted = True
        if not urgent:
            return self.due(now_us)
        under_way = self._sent_us is not None and now_us - self._sent_us < UNDER_WAY_US
        return False if under_way else self._send(now_us)

    def due(self, now_us: int) -> bool:
        """Whether a wish is open and the interval over; also repeats a request that brought no keyframe."""
        if not self._wanted or (self._sent_us is not None and now_us - self._sent_us < self._interval_us):
            return False
        return self._send(now_us)

    def _send(self, now_us: int) -> bool:
        self._sent_us = now_us
        return True

    def keyframe_seen(self) -> None:
        self._wanted = False
