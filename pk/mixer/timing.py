"""PURE. When a source's sound is played and its picture shown, so that both arrive smoothly and together.

Everything is in microseconds. A source stamps sound and picture on one clock of its own (pts); we see them arrive on
ours. ``transit = arrival - pts`` has an unknown constant (the clocks' offset) and a jitter; its minimum over the last
seconds is the fastest way through the network, and every schedule hangs on that minimum.

    sound    plays at pts + (least transit of sound) + margin; the margin grows when sound ran dry, and shrinks again
    picture  is shown when it is there (the newest is the best, for latency), but not more than LEAD before its sound;
             if pictures take longer than sound and its margin, the sound waits

People notice sound that is 45 ms early or 125 ms late (ITU-R BT.1359). A picture waits for the mixer's tick and stays
for a frame, so it comes out up to a frame's time later than its schedule: with LEAD and no lag, both are within 45 ms.
"""

MARGIN_US = 50_000
MARGIN_STEP_US = 20_000
MAX_MARGIN_US = 200_000
CALM_US = 5_000_000  # without a dry moment for so long, the margin shrinks by half a step
LEAD_US = 44_000
_WINDOW_US = 5_000_000
_ANOTHER_CLOCK_US = 5_000_000  # a transit that differs by more is of a source that has started anew ...
_LATE_US = 400_000  # ... and so is one that is later than this ...
_STILL_LATE_US = 500_000  # ... for longer than this; a replayed GOP is late for some milliseconds only
_SOUND_GONE_US = 1_000_000


class LeastTransit:
    """The minimum over the last one to two windows, in constant memory."""

    def __init__(self) -> None:
        self._older: int | None = None
        self._newer: int | None = None
        self._since_us = 0
        self._late_since_us: int | None = None

    @property
    def value(self) -> int | None:
        if self._newer is None or self._older is None:
            return self._newer
        return min(self._newer, self._older)

    def observe(self, pts_us: int, arrival_us: int) -> int:
        """Take one arrival; return how much slower than the least it was."""
        transit = arrival_us - pts_us
        if self._is_of_another_clock(transit, arrival_us):
            self._older = self._newer = self._late_since_us = None
        if self._newer is None or arrival_us - self._since_us > _WINDOW_US:
            self._older, self._newer, self._since_us = self._newer, transit, arrival_us
        self._newer = min(self._newer, transit)
        assert self.value is not None
        return transit - self.value

    def _is_of_another_clock(self, transit: int, arrival_us: int) -> bool:
        late = 0 if self.value is None else transit - self.value
        if late < _LATE_US:
            self._late_since_us = None
        elif self._late_since_us is None:
            self._late_since_us = arrival_us
        still_late = self._late_since_us is not None and arrival_us - self._late_since_us > _STILL_LATE_US
        return still_late or abs(late) > _ANOTHER_CLOCK_US


class SourceTiming:
    """One source's two schedules. The owner serialises."""

    def __init__(self) -> None:
        self.margin_us = MARGIN_US
        self._sound = LeastTransit()
        self._picture = LeastTransit()
        self._calm_since_us = 0
        self._heard_us = 0

    def sound_arrived(self, pts_us: int, arrival_us: int) -> int:
        """Take one arrival; return its lateness against the best."""
        self._heard_us = arrival_us
        return self._sound.observe(pts_us, arrival_us)

    def picture_arrived(self, pts_us: int, arrival_us: int) -> int:
        """Take one arrival; return its lateness against the best."""
        return self._picture.observe(pts_us, arrival_us)

    def sound_ran_dry(self, now_us: int) -> None:
        self.margin_us = min(self.margin_us + MARGIN_STEP_US, MAX_MARGIN_US)
        self._calm_since_us = now_us

    def sound_at(self, now_us: int) -> int | None:
        """The pts of the sound to be played now; None before the first packet."""
        if self._sound.value is None:
            return None
        if now_us - self._calm_since_us > CALM_US:
            self._calm_since_us = now_us
            self.margin_us = max(self.margin_us - MARGIN_STEP_US // 2, MARGIN_US)
        delay = self._sound.value + self.margin_us
        if self._picture.value is not None:
            delay = max(delay, min(self._picture.value, delay + MAX_MARGIN_US))
        return now_us - delay

    def picture_until(self, now_us: int, behind_us: float = 0.0) -> int | None:
        """The newest pts that may be shown now; None: whatever is there.

        ``behind_us``: how much what is heard is behind what ``sound_at`` asks for, while the play head catches up.
        """
        sound = self.sound_at(now_us)
        if sound is None or now_us - self._heard_us > _SOUND_GONE_US:
            return None
        return sound - round(behind_us) + LEAD_US
