"""Takes samples: within the address's share, if they can be true, into the metrics."""

from collections.abc import Sequence

from foundation.clock import Clock
from foundation.errors import Refusal
from quality.allowance import Allowance
from quality.errors import SampleIncoherent, TooManySamples
from quality.metrics import ExperienceMetrics
from quality.sample import Sample
from quality.verdict import fault_of


class Quality:
    def __init__(self, metrics: ExperienceMetrics, clock: Clock, allowance: Allowance | None = None) -> None:
        self._metrics = metrics
        self._clock = clock
        self._allowance = allowance or Allowance()

    def take(self, samples: Sequence[Sample], address: str) -> None:
        """Count all of ``samples`` or refuse all."""
        try:
            self._judge(samples, address)
        except Refusal as refusal:
            self._metrics.refuse(refusal.code)
            raise
        for sample in samples:
            self._metrics.take(sample)

    def _judge(self, samples: Sequence[Sample], address: str) -> None:
        wait_ms = self._allowance.take(address, len(samples), self._clock.now_ms())
        if wait_ms > 0:
            raise TooManySamples(retry_after_s=-(-wait_ms // 1000))
        for sample in samples:
            fault = fault_of(sample)
            if fault is not None:
                raise SampleIncoherent(fault)
