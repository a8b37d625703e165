"""Facts about cameras, programs and broadcasts. Media workers publish the camera facts, broadcast keepers the rest.

At most once, like every fact on the bus: a reader that must not miss one also asks the owner
(`GET /internal/rooms` of the media worker, the broadcast snapshot) when it starts and from time to time.
"""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class CameraStarted(Fact):
    """A publisher's first keyframe has arrived (audio-only: its first packet). The worker is now the room's home."""

    topic: ClassVar[str] = "streaming.camera.started"

    room: str
    user: str
    session: str
    worker_id: str
    worker_url: str
    pipe: str
    """`host:port` of the worker's media-pipe listener."""
    at_ms: int


@dataclass(frozen=True)
class CameraLost(Fact):
    """No authenticated packet from the publisher for 5 s; the session still waits for him."""

    topic: ClassVar[str] = "streaming.camera.lost"

    room: str
    session: str
    at_ms: int


@dataclass(frozen=True)
class CameraResumed(Fact):
    """A lost publisher is heard again on the same session."""

    topic: ClassVar[str] = "streaming.camera.resumed"

    room: str
    session: str
    at_ms: int


@dataclass(frozen=True)
class CameraEnded(Fact):
    """A publisher's session is over. `reason`: left, replaced, lost, ended or banned."""

    topic: ClassVar[str] = "streaming.camera.ended"

    room: str
    session: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class MediaMoving(Fact):
    """A worker lets the room go: it is about to stop, or what it relays is out of reach. `whom`: host or viewers.

    They should open new sessions; those that they have end within seconds.
    """

    topic: ClassVar[str] = "streaming.media.moving"

    room: str
    worker_id: str
    whom: str
    at_ms: int


@dataclass(frozen=True)
class WorkerStarted(Fact):
    """A media worker is there. Whatever was at home under its id at another address died with its former process."""

    topic: ClassVar[str] = "streaming.media.started"

    worker_id: str
    url: str
    at_ms: int


@dataclass(frozen=True)
class ProgramSwitched(Fact):
    """Viewers of the room now see another source: camera, composite or card."""

    topic: ClassVar[str] = "streaming.program.switched"

    room: str
    source: str
    at_ms: int


@dataclass(frozen=True)
class BroadcastStarted(Fact):
    topic: ClassVar[str] = "streaming.broadcast.started"

    room: str
    broadcast_id: str
    host_user: str
    at_ms: int


@dataclass(frozen=True)
class BroadcastEnded(Fact):
    topic: ClassVar[str] = "streaming.broadcast.ended"

    room: str
    broadcast_id: str
    host_user: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class HostLost(Fact):
    """The host of a live broadcast cannot be reached; his grace time runs."""

    topic: ClassVar[str] = "streaming.host.lost"

    room: str
    at_ms: int


@dataclass(frozen=True)
class HostReturned(Fact):
    topic: ClassVar[str] = "streaming.host.returned"

    room: str
    at_ms: int


@dataclass(frozen=True)
class GuestStarted(Fact):
    """A guest's first keyframe has arrived at the room's home (audio-only: his first packet)."""

    topic: ClassVar[str] = "streaming.guest.started"

    room: str
    user: str
    session: str
    at_ms: int


@dataclass(frozen=True)
class GuestEnded(Fact):
    """A guest's publishing session is over. `reason` as of ``CameraEnded``, or removed."""

    topic: ClassVar[str] = "streaming.guest.ended"

    room: str
    user: str
    session: str
    reason: str
    at_ms: int


@dataclass(frozen=True)
class GuestsChanged(Fact):
    """The seats of a room are others now: look at them."""

    topic: ClassVar[str] = "streaming.guests.changed"

    room: str


@dataclass(frozen=True)
class GuestRemoved(Fact):
    """``user`` may be on the stage of ``room`` no more: he publishes there no longer, and watches nobody directly.

    ``screen``: he is its host, it was his screen, and he watches on.
    """

    topic: ClassVar[str] = "streaming.guest.removed"

    room: str
    user: str
    screen: bool = False
