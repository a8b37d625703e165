"""What a media worker counts; plain integers, because they are touched for every packet."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


@dataclass(slots=True)
class Counters:
    datagrams_malformed: int = 0
    datagrams_of_strangers: int = 0
    checks_refused: int = 0
    checks_replayed: int = 0
    checks_in_error: int = 0
    checks_answered: int = 0
    checks_sent: int = 0
    """Of ours, to addresses that peers want to be sent to."""
    reads_failed: int = 0
    alerts_dropped: int = 0
    inbox_overflows: int = 0
    unprotect_failures: int = 0
    ssrcs_refused: int = 0
    reports_refused: int = 0
    handshakes_failed: int = 0
    sends_lost: int = 0
    sends_refused: int = 0
    sends_withheld: int = 0
    """From addresses that have answered nothing yet."""
    packets_in: int = 0
    packets_out: int = 0
    packets_due: int = 0
    """Of a source that a program follows and somebody watches: something must go out for them."""
    packets_resent: int = 0
    resends_refused: int = 0
    trains_unsealed: int = 0
    packets_malformed: int = 0
    packets_excess: int = 0
    """Of publishers beyond their allowance: thrown away."""
    packets_late: int = 0
    keyframes_requested: int = 0
    programs_switched: int = 0
    viewers_moved: int = 0
    sessions_opened: int = 0
    sessions_closed: int = 0
    ice_restarts: int = 0

    def as_dict(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


class CountersCollector(Collector):
    """`Counters` as Prometheus metrics `ringside_media_<name>_total`, without labels."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def collect(self) -> Iterator[CounterMetricFamily]:
        for name, value in self._counters.as_dict().items():
            yield CounterMetricFamily(f"ringside_media_{name}", name.replace("_", " "), value=value)
