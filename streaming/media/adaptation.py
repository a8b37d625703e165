"""PURE. Which rung of the ladder a viewer gets: rung 0 is the best picture, the last one is keyframes only.

Down when his reports say that the link is poor, up again after a quiet while, and after an attempt that failed a longer
one (hysteresis). Losses alone lead to the last rung: keyframes only is for links on which sound would suffer else.
What the viewer has chosen himself leaves some rungs out.
"""

from collections.abc import Sequence

from streaming.media.layer_choice import LayerChoice

# Fractions of lost packets in a receiver report, in 1/256 (RFC 3550, section 6.4.1).
POOR, VERY_POOR, GOOD = 26, 64, 5
POOR_REPORTS = 2
# Estimates below this share of what the rung carries, so many in a row, say that the link is too narrow.
NARROW_SHARE = 0.8
NARROW_ESTIMATES = 3
SETTLE_US = 2_000_000
"""After a change, reports still speak of what was before."""
PATIENCE_US, PATIENCE_MAX_US = 6_000_000, 60_000_000
FAILED_WITHIN_US = 10_000_000


class Adaptation:
    """`report` and `estimate` as they come, then `judge`; `placed` when the rung was changed by others."""

    def __init__(self) -> None:
        self.rung = 0
        self.choice = LayerChoice.AUTO
        self._poor = 0
        self._worst = 0
        self._narrow: list[int] = []
        self._changed_us: int | None = None
        self._climbed_us: int | None = None
        self._quiet_since_us: int | None = None
        self._patience_us = PATIENCE_US

    def placed(self, rung: int, now_us: int) -> None:
        self.rung = rung
        self._settle(now_us)

    def _settle(self, now_us: int) -> None:
        self._changed_us = self._quiet_since_us = now_us
        self._poor = self._worst = 0
        self._narrow.clear()

    def confine(self, layers: int, now_us: int) -> bool:
        """Keep to what he has chosen of so many pictures; whether that is another rung than he had."""
        best, worst = self.choice.rungs(layers)
        rung = min(max(self.rung, best), worst)
        if rung == self.rung:
            return False
        self.placed(rung, now_us)
        return True

    def report(self, fraction_lost: int, now_us: int) -> None:
        """Of his picture, since his last report; 0..255."""
        if self._changed_us is not None and now_us - self._changed_us < SETTLE_US:
            return
        self._poor = self._poor + 1 if fraction_lost >= POOR else 0
        self._worst = max(self._worst, fraction_lost) if self._poor else 0
        if fraction_lost > GOOD or self._quiet_since_us is None:
            self._quiet_since_us = now_us

    def estimate(self, bitrate: int) -> None:
        """What he thinks he can receive (REMB), bits a second."""
        self._narrow.append(bitrate)
        del self._narrow[:-NARROW_ESTIMATES]

    def judge(self, rates: Sequence[int], now_us: int) -> int:
        """The rung that he should have. `rates` of the pictures, bits a second, best first; behind them is the last
        rung, keyframes only."""
        last = len(rates)
        best, worst = self.choice.rungs(last)
        self.rung = min(max(self.rung, best), worst)
        if self._changed_us is not None and now_us - self._changed_us < SETTLE_US:
            return self.rung
        # One bad report may tell of a cut that is over by now: for that nobody loses his picture.
        losing = self._poor >= POOR_REPORTS or (self._worst >= VERY_POOR and self.rung + 1 < last)
        if self.rung < worst and (losing or (self.rung < last - 1 and self._too_narrow(rates[self.rung]))):
            return self._step(self.rung + 1, now_us)
        quiet = self._quiet_since_us is not None and now_us - self._quiet_since_us >= self._patience_us
        if self.rung > best and quiet and not self._poor:
            return self._step(self.rung - 1, now_us)
        return self.rung

    def _too_narrow(self, rate: int) -> bool:
        return len(self._narrow) == NARROW_ESTIMATES and max(self._narrow) < NARROW_SHARE * rate

    def _step(self, rung: int, now_us: int) -> int:
        if rung < self.rung:
            self._climbed_us = now_us
        else:
            failed = self._climbed_us is not None and now_us - self._climbed_us < FAILED_WITHIN_US
            self._patience_us = min(2 * self._patience_us, PATIENCE_MAX_US) if failed else PATIENCE_US
        self.rung = rung
        self._settle(now_us)
        return rung
