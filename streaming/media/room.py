"""A room on its media worker: the host's camera, his guests', composites that jobs give, and what the program shows."""

from collections.abc import Callable
from typing import Protocol

from streaming.media.card import Card
from streaming.media.choice import RELAYED, Choice, Health, SourceKind, camera_health, choose
from streaming.media.composite import Composite
from streaming.media.counters import Counters
from streaming.media.errors import StageFull
from streaming.media.fan_out import FanOut
from streaming.media.guest_seat import GuestSeat
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.publisher import Publisher
from streaming.media.relay import Relay
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.track import Track


class RoomObserver(Protocol):
    def camera_started(self, room: "MediaRoom", publisher: Publisher) -> None: ...

    def guest_started(self, seat: GuestSeat, publisher: Publisher) -> None: ...

    def program_switched(self, room: "MediaRoom", source: SourceKind) -> None: ...


class MediaRoom:
    """`observer` is told when a publisher's picture begins and when the program shows another kind of source."""

    def __init__(
        self,
        room: str,
        settings: MediaSettings,
        fan_out: FanOut,
        counters: Counters,
        now_us: Callable[[], int],
        card: Card,
        observer: RoomObserver,
    ) -> None:
        self.id = room
        self._settings = settings
        self._fan_out = fan_out
        self._counters = counters
        self._now_us = now_us
        self._card = card
        self._observer = observer
        self.publisher: Publisher | None = None
        self.relay: Relay | None = None
        """Set while the room is at home on another worker and its program is fanned out here, too."""
        self.guests: dict[str, GuestSeat] = {}
        """By user: those who publish beside the host, and those who have gone while somebody still watches."""
        self.composites: dict[str, Composite] = {}
        self.wanted = SourceKind.CAMERA
        self.wanted_composite = ""
        self.showing: SourceKind | None = None
        self.watched: frozenset[MediaKind] = frozenset()
        """Kinds of which the program has connected viewers, as of the last second."""
        self.program = Track(settings, fan_out, counters, now_us)
        self.camera = Track(settings, fan_out, counters, now_us)

    @property
    def tracks(self) -> tuple[Track, ...]:
        return self.program, self.camera, *(seat.track for seat in self.guests.values())

    @property
    def live(self) -> bool:
        """Somebody publishes, or others are watching already: one more may watch."""
        return self.publisher is not None or bool(self.program.viewers) or self.guests_publish

    @property
    def guests_publish(self) -> bool:
        return any(seat.publisher is not None for seat in self.guests.values())

    @property
    def idle(self) -> bool:
        """Nobody publishes, watches, takes or gives: the room may be forgotten."""
        used = any(track.viewers or track.tap.outlets for track in self.tracks)
        return not (used or self.publisher or self.relay or self.composites or self.guests_publish)

    def close(self) -> None:
        for composite in self.composites.values():
            composite.close()
        for track in self.tracks:
            track.close()

    # --- what comes in

    def on_packet(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        """Every packet of every source of this room but its guests', who have nothing to do with the program."""
        if self.publisher is not None and self.publisher.begins(source, keyframe_began):
            self._observer.camera_started(self, self.publisher)
        if keyframe_began or (kind == "audio" and self.showing is None):
            self.decide(packet.arrived_us)
        if kind in self.watched and self.program.following[kind] is source:
            self._counters.packets_due += 1
        for track in (self.program, self.camera):
            track.receive(source, kind, packet, keyframe_began)

    def card_packet(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        self.program.receive(source, kind, packet, keyframe_began)

    def seat(self, user: str) -> GuestSeat:
        """The guest's seat, made when it is not there. StageFull when others have all of them."""
        found = self.guests.get(user)
        others = sum(seat.publisher is not None for seat in self.guests.values() if seat is not found)
        if others >= self._settings.guests:
            raise StageFull
        if found is None:
            track = Track(self._settings, self._fan_out, self._counters, self._now_us)
            found = self.guests[user] = GuestSeat(self.id, user, track, self._observer.guest_started)
        return found

    def vacate(self, user: str) -> None:
        """Whoever sits there is over, for his watchers and for jobs as well; also where nobody does."""
        seat = self.guests.pop(user, None)
        if seat is not None:
            seat.track.close()

    # --- what goes out

    def want(self, wanted: SourceKind, composite: str) -> None:
        self.wanted, self.wanted_composite = wanted, composite
        self.decide(self._now_us())

    def _composite_health(self, now_us: int) -> Health:
        composite = self.composites.get(self.wanted_composite)
        if composite is None or composite.source.picture_us is None:
            return Health()
        alive = now_us - composite.source.picture_us < self._settings.composite_dead_ms * 1000
        return Health(picture=alive, sound=alive)

    def _camera_health(self, now_us: int) -> Health:
        if self.publisher is None:
            return Health()
        lost_us = self._settings.lost_ms * 1000
        silence = self.publisher.silence(now_us, lost_us)
        return camera_health(silence, self._settings.picture_stale_ms * 1000, lost_us)

    def decide(self, now_us: int) -> None:
        """Let the tracks follow what they should by now; what has no keyframe yet is asked for one and waited for."""
        if self.publisher is not None and self.publisher.source is not self.camera.following["audio"]:
            source = self.publisher.source
            if not self.camera.follow(source if self.publisher.has_video else None, source):
                source.want_keyframe(now_us)
        if self.relay is not None:
            choice = RELAYED
        else:
            choice = choose(self.wanted, self._composite_health(now_us), self._camera_health(now_us))
        picture, sound = self._source(choice.picture), self._source(choice.sound)
        if picture is self.program.following["video"] and sound is self.program.following["audio"]:
            return
        before = self.program.following["video"]
        if not self.program.follow(picture, sound):
            if picture is not None:
                picture.want_keyframe(now_us, urgent=picture is not self._awaited)
                self._awaited = picture
            return
        self._awaited = None
        if before is not None and picture is not before:
            self.program.report(now_us)
        self._tell(choice)

    _awaited: Source | None = None
    """The source that a switch is waiting for; its first request passed the governor."""

    def _foresee(self, now_us: int) -> None:
        """A composite that stands still may be about to fall: by then the camera shall have a keyframe in store."""
        composite = self.composites.get(self.wanted_composite)
        if self.showing is not SourceKind.COMPOSITE or composite is None or self.publisher is None:
            return
        shown_us, camera = composite.source.picture_us, self.publisher.source
        if shown_us is None or now_us - shown_us < self._settings.composite_late_ms * 1000:
            return
        if not any(camera.gop(now_us, layer) for layer in camera.ladder()[:1]):
            camera.want_keyframe(now_us)

    def _tell(self, choice: Choice) -> None:
        if self.showing is not choice.picture:
            if self.showing is not None:
                self._counters.programs_switched += 1
            self.showing = choice.picture
            if choice is not RELAYED:  # the home tells what is shown
                self._observer.program_switched(self, choice.picture)

    def _source(self, kind: SourceKind | None) -> Source | None:
        if kind is SourceKind.COMPOSITE:
            return self.composites[self.wanted_composite].source
        if kind is SourceKind.CAMERA and self.publisher is not None:
            return self.publisher.source
        if kind is SourceKind.RELAY and self.relay is not None:
            return self.relay.source
        return self._card.source if kind is SourceKind.CARD else None

    def tick(self, now_us: int) -> None:
        """Every 50 ms."""
        if self.publisher is not None:
            self.publisher.tick(now_us)
        for seat in list(self.guests.values()):
            seat.tick(now_us)
            if seat.idle:
                self.vacate(seat.user)
        for composite in self.composites.values():
            composite.source.tick(now_us)
        if self.relay is not None:
            self.relay.source.tick(now_us)
        self._foresee(now_us)
        self.decide(now_us)
        for track in self.tracks:
            track.tick(now_us)
