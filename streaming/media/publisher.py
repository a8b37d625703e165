"""Somebody who publishes into a room, its host or a guest: his session, his source, how far he has come, how silent."""

from streaming.media.choice import PictureWatch, Silence
from streaming.media.ingest import Ingest
from streaming.media.session import Session
from streaming.media.source import Source


class Publisher:
    """The session that publishes now, its source, and how far it has come."""

    def __init__(self, session: Session, source: Source, ingest: Ingest, picture_stale_us: int) -> None:
        self.session = session
        self.source = source
        self.ingest = ingest
        self._watch = PictureWatch(picture_stale_us // 2)
        self.started = False
        """His first picture (where he has none, his first sound) has come, and that has been said."""
        self.lost = False

    def begins(self, source: Source, keyframe_began: bool) -> bool:
        """Whether he starts with this packet of `source`; once in his life."""
        if self.started or self.source is not source:
            return False
        self.started = keyframe_began or not self.has_video
        return self.started

    def tick(self, now_us: int) -> None:
        """Every 50 ms."""
        self.source.tick(now_us)
        self.ingest.tick(now_us)

    @property
    def has_video(self) -> bool:
        return self.session.offer.track("video") is not None

    def silence(self, now_us: int, patience_us: int) -> Silence:
        """A publisher who promises a picture is given `patience_us` to send the first one."""

        def since(at_us: int | None) -> int | None:
            return None if at_us is None else now_us - at_us

        picture = None
        if self.source.picture_us is not None:
            picture = self._watch.look(now_us, self.session.heard_us, self.source.picture_us)
        elif self.has_video and now_us - self.session.opened_us < patience_us:
            picture = 0
        return Silence(now_us - self.session.heard_us, picture, since(self.source.sound_us))
