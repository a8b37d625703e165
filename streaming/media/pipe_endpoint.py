"""The worker's end of the media pipe: jobs take a room's camera, guests or program, and give composites."""

from typing import Protocol

from streaming.media.choice import SourceKind
from streaming.media.composite import Composite
from streaming.media.counters import Counters
from streaming.media.guest_track import guest_of
from streaming.media.room import MediaRoom
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from transcode.media_pipe import PipeOutlet, PipeRefused

COMPOSITE = "composite:"
COMPOSITES_MAX = 4


class Rooms(Protocol):
    """What the pipe needs of the worker."""

    settings: MediaSettings
    counters: Counters
    rooms: dict[str, MediaRoom]

    def now_us(self) -> int: ...


class PipeRooms:
    """Implements `transcode.media_pipe.PipeEndpoint`. Only rooms that are there may be taken from or given to."""

    def __init__(self, worker: Rooms) -> None:
        self._worker = worker

    def _room(self, room_id: str) -> MediaRoom:
        room = self._worker.rooms.get(room_id)
        if room is None:
            raise PipeRefused("unknown-room")
        return room

    def _home(self, room_id: str) -> MediaRoom:
        """What is only relayed here is not passed on: a program is one pipe away from its home at most."""
        room = self._room(room_id)
        if room.relay is not None:
            raise PipeRefused("unknown-room")
        return room

    def take(self, room: str, source: str) -> PipeOutlet:
        guest = guest_of(source)
        if source not in ("camera", "program") and not guest:
            raise PipeRefused("unknown-source")
        found = self._home(room)
        if guest:
            seat = found.guests.get(guest)
            if seat is None:
                raise PipeRefused("unknown-source")
            return seat.track.tap.open()
        return (found.camera if source == "camera" else found.program).tap.open()

    def give(self, room: str, source: str) -> Composite:
        name = source.removeprefix(COMPOSITE)
        if not source.startswith(COMPOSITE) or not name:
            raise PipeRefused("unknown-source")
        found = self._home(room)
        if name not in found.composites and len(found.composites) >= COMPOSITES_MAX:
            raise PipeRefused("busy")
        if name in found.composites:
            # A restarted mixer: the newer gives on, the older has nothing more to say.
            found.composites[name].close()

        def gone(ended: Composite) -> None:
            if found.composites.get(name) is ended:
                del found.composites[name]

        composite = Composite(self._worker.now_us, gone)
        composite.source = Source(
            SourceKind.COMPOSITE,
            self._worker.settings,
            self._worker.counters,
            lambda layer: composite.request_keyframe(),
            found.on_packet,
        )
        found.composites[name] = composite
        return composite
