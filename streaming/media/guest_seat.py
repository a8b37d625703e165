"""A guest beside a room's host: what he publishes, as a track of his own for those on stage and for the mixer."""

from collections.abc import Callable

from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.publisher import Publisher
from streaming.media.source import Source
from streaming.media.track import Track


class GuestSeat:
    """The track stays while he publishes anew; `started` is told of each publisher's first picture."""

    def __init__(self, room: str, user: str, track: Track, started: Callable[["GuestSeat", Publisher], None]) -> None:
        self.room = room
        self.user = user
        self.track = track
        self.publisher: Publisher | None = None
        self._started = started

    @property
    def idle(self) -> bool:
        """Nobody publishes, watches or takes."""
        return self.publisher is None and not self.track.viewers and not self.track.tap.outlets

    def on_packet(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        publisher = self.publisher
        if publisher is None or publisher.source is not source:
            return
        if publisher.begins(source, keyframe_began):
            self._started(self, publisher)
        if keyframe_began or self.track.following["audio"] is not source:
            self._follow(publisher, packet.arrived_us)
        self.track.receive(source, kind, packet, keyframe_began)

    def _follow(self, publisher: Publisher, now_us: int) -> None:
        source = publisher.source
        if not self.track.follow(source if publisher.has_video else None, source):
            source.want_keyframe(now_us)

    def tick(self, now_us: int) -> None:
        """Every 50 ms."""
        if self.publisher is not None:
            self.publisher.tick(now_us)
        self.track.tick(now_us)
