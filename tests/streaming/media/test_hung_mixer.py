"""A mixer that hangs keeps its connection and sends nothing: what the room's viewers see, in virtual time."""

from dataclasses import dataclass, field
from typing import Any

from streaming.media.choice import SourceKind
from streaming.media.composite import Composite
from streaming.media.counters import Counters
from streaming.media.guest_seat import GuestSeat
from streaming.media.offer import OfferedTrack
from streaming.media.packet import MediaKind
from streaming.media.publisher import Publisher
from streaming.media.room import MediaRoom
from streaming.media.source import Source
from streaming.media.viewer import Profile, Viewer
from tests.pk.virtual import passes, play, virtual_seconds
from tests.streaming.media.track_stage import AUDIO, SETTINGS, START_US, VIDEO, Camera, Endpoint, Network

HOST, MIXER = 0, 1
FRAME_MS = 30


@dataclass
class Offered:
    def track(self, kind: MediaKind) -> OfferedTrack | None:
        return OfferedTrack  # type: ignore[return-value]  # that there is one is all that is asked


@dataclass
class Session:
    offer: Offered = field(default_factory=Offered)
    heard_us: int = START_US
    opened_us: int = START_US


class Observer:
    def camera_started(self, room: MediaRoom, publisher: Publisher) -> None:
        """Nobody waits for it here."""

    def guest_started(self, seat: GuestSeat, publisher: Publisher) -> None:
        """There are no guests here."""

    def program_switched(self, room: MediaRoom, source: SourceKind) -> None:
        """Seen at the viewer."""


class Place:
    """A room with a host, a mixer and a viewer; each may be told to go on or not."""

    def __init__(self) -> None:
        self.network = Network()
        counters = Counters()
        no_card: Any = None
        self.room = MediaRoom("r1", SETTINGS, self.network, counters, self.now_us, no_card, Observer())
        self.host, self.mixer = Camera(HOST, 1, self), Camera(MIXER, 1, self)  # type: ignore[arg-type]
        self.host.source = Source(SourceKind.CAMERA, SETTINGS, counters, self.host.request, self.room.on_packet)
        self.mixer.source = Source(SourceKind.COMPOSITE, SETTINGS, counters, self.mixer.request, self.room.on_packet)
        self.session: Any = Session()
        self.room.publisher = Publisher(self.session, self.host.source, Ingest(), SETTINGS.picture_stale_ms * 1000)  # type: ignore[arg-type]
        composite = Composite(self.now_us, lambda composite: None)
        composite.source = self.mixer.source
        self.room.composites["b1"] = composite
        self.viewer = Viewer(Endpoint(), None, lambda compound: None, Profile(VIDEO, AUDIO))  # type: ignore[arg-type]

    def now_us(self) -> int:
        return START_US + int(virtual_seconds() * 1_000_000)

    def hear(self, *_: Any) -> None:
        raise AssertionError("the sources tell the room")

    async def live(self, milliseconds: int, mixing: bool) -> None:
        for step in range(milliseconds // 10):
            await passes(10)
            self.session.heard_us = self.now_us()
            if step % 3 == 0:
                self.host.frame()
                if mixing:
                    self.mixer.frame()
            if step % 5 == 0:
                self.room.tick(self.now_us())

    def shown(self) -> list[int]:
        sent = self.network.sent[self.viewer]["video"]
        return [sent[number].payload[1] for number in sorted(sent)]


class Ingest:
    def tick(self, now_us: int) -> None:
        """Feedback to the host is not needed here."""


async def in_battle(place: Place) -> None:
    """The battle has gone on for longer than the host's last keyframe is kept."""
    await place.live(200, mixing=True)
    place.room.program.join(place.viewer)
    place.room.want(SourceKind.COMPOSITE, "b1")
    await place.live(SETTINGS.gop_ms + 1000, mixing=True)
    assert place.shown()[-1] == MIXER
    assert not place.host.source.gop(place.now_us(), 0), "no keyframe of the host is in store"


def test_half_a_second_after_a_hung_mixers_last_picture_viewers_see_their_own_host() -> None:
    async def scenario() -> None:
        place = Place()
        await in_battle(place)
        await place.live(SETTINGS.composite_dead_ms - 50, mixing=False)
        assert place.shown()[-1] == MIXER, "the last picture is held meanwhile"
        await place.live(150, mixing=False)
        assert place.shown()[-1] == HOST

    play(scenario())


def test_a_mixer_that_is_late_for_a_moment_is_not_given_up_and_costs_the_host_one_keyframe() -> None:
    async def scenario() -> None:
        place = Place()
        await in_battle(place)
        before = place.host.frames[0]
        await place.live(240, mixing=False)
        await place.live(900, mixing=True)
        assert HOST not in place.shown()[-30:]
        assert place.host.frames[0] > before

    play(scenario())
