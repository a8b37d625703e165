"""Hosts who try their uplink before they go live: what they send is acknowledged as it would be, and feeds nobody."""

from dataclasses import dataclass

import structlog

from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.publisher import Publisher
from streaming.media.session import Session
from streaming.media.source import Source

log = structlog.get_logger(__name__)


@dataclass
class Checks:
    """The checks under way on a worker, one a user; each is over `check_us` after it was opened, connected or not."""

    check_us: int

    def __post_init__(self) -> None:
        self._running: dict[str, Publisher] = {}
        """By user."""

    def begin(self, publisher: Publisher) -> Session | None:
        """The user's earlier check, whose place this one takes."""
        user = publisher.session.user
        before, self._running[user] = self._running.get(user), publisher
        return None if before is None else before.session

    def forget(self, session: Session) -> None:
        """It has ended. Without effect when a newer one has its place."""
        known = self._running.get(session.user)
        if known is not None and known.session is session:
            del self._running[session.user]

    def tick(self, now_us: int) -> list[Session]:
        """Every 50 ms: tell them what has come. Returns those whose time is over, and those that cannot go on."""
        return [
            publisher.session
            for publisher in self._running.values()
            if now_us - publisher.session.opened_us >= self.check_us or not _goes_on(publisher, now_us)
        ]


def _goes_on(publisher: Publisher, now_us: int) -> bool:
    try:
        publisher.tick(now_us)
    except Exception:
        # One check's fault is not the others'; it ends, or the log would have this twenty times a second.
        log.exception("the tick of an uplink check failed", session=publisher.session.id)
        return False
    return True


def to_nobody(source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
    """The listener of a check's source."""
