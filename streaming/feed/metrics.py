"""What newcomers cost the feed of this process, for Prometheus. Without labels: never a user, never a room."""

from prometheus_client import CollectorRegistry, Counter


class FeedMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.snapshots = Counter("ringside_feed_snapshots", "Snapshots made for newcomers", registry=registry)
        self.refused = Counter("ringside_feed_refused", "Sockets refused as too many of one", registry=registry)
