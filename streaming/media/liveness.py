"""Who has fallen silent: publishers are lost and heard again, viewers are dropped (MEDIA: 2 s, 5 s, 15 s)."""

from collections.abc import Iterable

from foundation.facts import Fact
from streaming.events import CameraLost, CameraResumed
from streaming.media.room import MediaRoom
from streaming.media.session import Session
from streaming.media.settings import MediaSettings


def publisher_fact(room: MediaRoom, settings: MediaSettings, now_us: int, now_ms: int) -> Fact | None:
    """Notes whether the room's publisher is lost; the fact to tell when that has changed."""
    publisher = room.publisher
    if publisher is None or not publisher.session.connected:
        return None
    lost = silent_ms(publisher.session, now_us) >= settings.lost_ms
    if lost is publisher.lost:
        return None
    publisher.lost = lost
    kind = CameraLost if lost else CameraResumed
    return kind(room.id, publisher.session.id, now_ms) if publisher.started else None


def gone(sessions: Iterable[Session], settings: MediaSettings, now_us: int) -> list[Session]:
    """Connected sessions that have been silent for longer than their kind may be."""
    limit_ms = {"publish": settings.closed_ms, "watch": settings.viewer_silence_ms}
    return [each for each in sessions if each.connected and silent_ms(each, now_us) >= limit_ms[each.role]]


def silent_ms(session: Session, now_us: int) -> int:
    return (now_us - session.heard_us) // 1000
