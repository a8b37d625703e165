"""Hosts who try their uplink before they go live: what they send is acknowledged as it would be, and feeds nobody."""

from dataclasses import dataclass

from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.publisher import Publisher
from streaming.media.session import Session
from streaming.media.source import Source


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
        """Every 50 ms: tell them what has come. Returns those whose time is over."""
        for publisher in self._running.values():
            publisher.tick(now_us)
        sessions = [publisher.session for publisher in self._running.values()]
        return [each for each in sessions if now_us - each.opened_us >= self.check_us]


def to_nobody(source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
    """The listener of a check's source."""
