"""PURE. A publisher's wall clock, seen from ours. It may be an hour off, and run a little too fast or too slow."""

# How fast his clock may run away from ours without being pulled back: 200 ppm.
DRIFT_PPM = 200
# A difference that changes by more than any network delays a packet: he has set his clock.
STEP_US = 5_000_000


class SenderClock:
    """Our clock minus his, the smallest seen: transit time is never negative. Microseconds."""

    def __init__(self) -> None:
        self._offset_us: int | None = None
        self._heard_us = 0

    def heard(self, theirs_us: int, now_us: int) -> None:
        """A packet that he wrote, or sampled, at `theirs_us` of his clock has come."""
        offset = now_us - theirs_us
        if self._offset_us is None or abs(offset - self._offset_us) > STEP_US:
            self._offset_us = offset
        else:
            drift = max(0, now_us - self._heard_us) * DRIFT_PPM // 1_000_000
            self._offset_us = min(self._offset_us + drift, offset)
        self._heard_us = now_us

    def ours(self, theirs_us: int) -> int | None:
        """That time on our clock; None while we have heard nothing of his."""
        return None if self._offset_us is None else theirs_us + self._offset_us
