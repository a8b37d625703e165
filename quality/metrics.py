"""What viewers get, for Prometheus. Labels are bounded: never a user, never a room."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from quality.sample import Sample
from quality.verdict import Join, join_of

# Around the promise (the first picture within a second) and the threshold of a join in time (5 s).
JOIN_BUCKETS_S = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0)


class ExperienceMetrics:
    """Metrics of this process in ``registry``, which the server shows at ``/metrics``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._join = Histogram(
            "ringside_join_seconds",
            "From the wish to watch to the first picture",
            buckets=JOIN_BUCKETS_S,
            registry=registry,
        )
        self._joins = _counter("joins", "Joins that came to a picture, within 5 s or later", registry, "verdict")
        self._waited = _counter("waited_seconds", "Time in which viewers had seen no picture yet", registry)
        self._watched = _counter("watched_seconds", "Time watched", registry)
        self._freezes = _counter("freezes", "Pauses that were freezes", registry, "medium")
        self._frozen = _counter("frozen_seconds", "Time in which picture or sound stood still", registry, "medium")
        self._refused = _counter("samples_refused", "Samples that were not counted", registry, "reason")
        for verdict in Join:  # a rate over a label that appears late would miss its first step
            self._joins.labels(verdict)
        for medium in ("video", "audio"):
            self._freezes.labels(medium)
            self._frozen.labels(medium)

    def take(self, sample: Sample) -> None:
        watched_s = sample.watched_ms / 1000
        if not sample.joined:
            self._waited.inc(watched_s)
            return
        self._watched.inc(watched_s)
        verdict = join_of(sample)
        if verdict is not None and sample.join_ms is not None:
            self._join.observe(sample.join_ms / 1000)
            self._joins.labels(verdict).inc()
        self._freezes.labels("video").inc(sample.freezes)
        self._freezes.labels("audio").inc(sample.audio_freezes)
        # What stood still before the span began belongs to no watched time: the rate stays at or under 1.
        self._frozen.labels("video").inc(min(sample.frozen_ms / 1000, watched_s))
        self._frozen.labels("audio").inc(min(sample.audio_frozen_ms / 1000, watched_s))

    def refuse(self, reason: str) -> None:
        """Count a refused sample; ``reason`` is the code of the refusal."""
        self._refused.labels(reason).inc()


def _counter(name: str, meaning: str, registry: CollectorRegistry, *labels: str) -> Counter:
    return Counter(f"ringside_{name}", meaning, labels, registry=registry)
