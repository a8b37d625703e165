"""A real track in virtual time, with cameras whose frames say what they are; what it sends is kept, not sent."""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from streaming.media.choice import SourceKind
from streaming.media.counters import Counters
from streaming.media.group import Group
from streaming.media.layer_choice import LayerChoice
from streaming.media.packet import MediaKind, SourcePacket
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.space import RING
from streaming.media.track import Track
from streaming.media.train import KINDS, Wire
from streaming.media.viewer import Profile, Viewer
from streaming.media.wire import rtp
from tests.pk.virtual import passes, virtual_seconds

VIDEO, AUDIO = 102, 111
SETTINGS = MediaSettings(worker_id="w", url="", pipe_token="")
START_US = 1_700_000_000_000_000
PACKETS_A_FRAME = 3
RUNG_UP_S = 8
# An encoder needs a while until a keyframe that was asked for comes out.
ENCODER_DELAY = 3


@dataclass
class Network:
    """What was sent to each viewer: packets by kind and unwrapped number."""

    sent: dict[Viewer, dict[str, dict[int, rtp.RtpView]]] = field(
        default_factory=lambda: defaultdict(lambda: {"video": {}, "audio": {}})
    )
    first: dict[Viewer, rtp.RtpView] = field(default_factory=dict)
    _unwrap: dict[tuple[Viewer, str], rtp.Unwrapper] = field(default_factory=dict)
    _bytes: dict[tuple[Viewer, str, int], bytes] = field(default_factory=dict)

    def send(self, group: Group, wires: Sequence[Wire]) -> None:
        for viewer in group.viewers:
            self.send_to(viewer, wires)

    def send_to(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        for kind, packet in wires:
            deltas = viewer.deltas[2 * kind : 2 * kind + 2]
            self._keep(viewer, rtp.moved(packet, *deltas))

    def resend(self, viewer: Viewer, wires: Sequence[Wire]) -> None:
        for _, packet in wires:
            self._keep(viewer, packet)

    def _keep(self, viewer: Viewer, packet: bytes) -> None:
        view = rtp.parse(packet)
        kind = "video" if view.payload_type == VIDEO else "audio"
        unwrapper = self._unwrap.setdefault((viewer, kind), rtp.Unwrapper(16))
        number = unwrapper.unwrap(view.sequence)
        before = self._bytes.setdefault((viewer, kind, number), packet)
        assert before == packet, f"two packets under {kind} number {number}"
        self.sent[viewer][kind].setdefault(number, view)
        if kind == "video":
            self.first.setdefault(viewer, view)


class Endpoint:
    remote = ("127.0.0.1", 1)

    def on_moved(self) -> None:
        """Nobody moves here."""


class Camera:
    """A source with layers: each frame names its source, layer, number and whether it is a keyframe."""

    def __init__(self, name: int, layers: int, studio: "Studio") -> None:
        self.name = name
        self.studio = studio
        self.numbers = [1_000 * (layer + 1) for layer in range(layers)]
        self.frames = [0] * layers
        self.wanted = [0] * layers
        """Frames until the keyframe that was asked for; negative: none was."""
        self.off: set[int] = set()
        self.sound = 0
        self.late: list[SourcePacket] = []
        self.lost = 0
        self.source = Source(SourceKind.CAMERA, SETTINGS, Counters(), self.request, studio.hear)

    def request(self, layer: int) -> None:
        if self.wanted[layer] < 0:
            self.wanted[layer] = ENCODER_DELAY

    def frame(self, loses: int | None = None, delays: bool = False) -> None:
        """One frame of every layer; packet `loses` of each is lost or, when it `delays`, comes later."""
        for layer in range(len(self.frames)):
            if layer in self.off:
                continue
            key = self.wanted[layer] == 0
            self.wanted[layer] -= self.wanted[layer] >= 0
            self.frames[layer] += 1
            for part in range(PACKETS_A_FRAME):
                packet = self._packet(layer, part, key)
                if part != loses:
                    self.source.push("video", packet)
                elif delays:
                    self.late.append(packet)
                else:
                    self.lost += 1

    def _packet(self, layer: int, part: int, key: bool) -> SourcePacket:
        self.numbers[layer] += 1
        name = bytes([self.name, layer, part, key]) + self.frames[layer].to_bytes(4, "big")
        kind = (0x65 if part else 0x67) if key else 0x41  # parameter sets, then a slice
        payload = bytes([kind]) + name + bytes(40 * (layer + part + 1))
        now_us = self.studio.now_us()
        stamp = (now_us - START_US) * 9 // 100 + 7_000_000 * layer
        last = part == PACKETS_A_FRAME - 1
        return SourcePacket(self.numbers[layer], stamp, last, key and part == 0, payload, now_us, now_us, layer)

    def bring_late(self) -> None:
        for packet in self.late:
            self.source.push("video", packet)
        self.late.clear()

    def speak(self) -> None:
        self.sound += 1
        now_us = self.studio.now_us()
        stamp = (now_us - START_US) * 48 // 1000
        payload = bytes([self.name]) + self.sound.to_bytes(4, "big")
        self.source.push("audio", SourcePacket(self.sound, stamp, False, False, payload, now_us, now_us))


class Studio:
    """A track, what it can follow, and its viewers."""

    def __init__(self, crowd: int = SETTINGS.crowd, network: Network | None = None) -> None:
        """From `crowd` viewers on sounds wait longer."""
        self.network = network or Network()
        self.track = Track(replace(SETTINGS, crowd=crowd), self.network, Counters(), self.now_us)
        self.cameras = [Camera(0, 2, self), Camera(1, 1, self), Camera(2, 3, self)]
        self.wanted = self.cameras[0].source
        self.viewers: list[Viewer] = []
        self.started_us = self.now_us()

    def now_us(self) -> int:
        return START_US + int(virtual_seconds() * 1_000_000)

    def hear(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        if keyframe_began:
            self.follow()
        self.track.receive(source, kind, packet, keyframe_began)

    def follow(self) -> None:
        if self.track.following["video"] is not self.wanted and not self.track.follow(self.wanted, self.wanted):
            self.wanted.want_keyframe(self.now_us(), urgent=True)

    def join(self, choice: LayerChoice = LayerChoice.AUTO) -> None:
        viewer = Viewer(Endpoint(), None, lambda compound: None, Profile(VIDEO, AUDIO))  # type: ignore[arg-type]
        viewer.adaptation.choice = choice
        self.viewers.append(viewer)
        self.track.join(viewer)

    async def live(self, milliseconds: int) -> None:
        """Time passes as on a worker: a tick every 50 ms, reports every second."""
        for _ in range(milliseconds // 10):
            await passes(10)
            now_us = self.now_us()
            if (now_us - self.started_us) % 50_000 < 10_000:
                for camera in self.cameras:
                    camera.source.tick(now_us)
                self.follow()
                self.track.tick(now_us)
            if (now_us - self.started_us) % 1_000_000 < 10_000:
                self.track.report(now_us)

    async def film(self, frames: int, **trouble: Any) -> None:
        for _ in range(frames):
            for camera in self.cameras:
                camera.speak()  # waits for the picture to ride on
                camera.frame(**trouble)
                camera.speak()
            await self.live(30)

    def complain(self, viewer: Viewer) -> None:
        """Two reports of many losses: his link is poor."""
        for _ in range(2):
            self.report(viewer, 128)

    def report(self, viewer: Viewer, fraction_lost: int) -> None:
        viewer.adaptation.report(fraction_lost, self.now_us())
        self.track.adapt(viewer)

    def nack_all(self, viewer: Viewer) -> None:
        """He says that he has got nothing lately, nor what came before his first number."""
        for kind in KINDS:
            highest = max(self.network.sent[viewer][kind], default=0)
            viewer.resends_left = 1_000
            asked = [(highest - back) & 0xFFFF for back in range(-5, RING)]
            self.track.resend(viewer, self.track.ssrcs[kind], asked)

    def pictures(self, viewer: Viewer) -> list[tuple[int, int, int, bool]]:
        """Source, layer, frame and keyframe of every packet he got, in the order of his numbers."""
        sent = self.network.sent[viewer]["video"]
        payloads = (sent[number].payload for number in sorted(sent))
        return [(p[1], p[2], int.from_bytes(p[5:9], "big"), bool(p[4])) for p in payloads]


def undecodable(pictures: list[tuple[int, int, int, bool]]) -> list[tuple[int, int, int, bool]]:
    """Frames that do not follow the one before them in their own layer and are no keyframes."""
    bad: list[tuple[int, int, int, bool]] = []
    before: tuple[int, int, int] | None = None
    for source, layer, frame, key in pictures:
        follows = before is not None and before[:2] == (source, layer) and frame - before[2] in (0, 1)
        if not key and not follows:
            bad.append((source, layer, frame, key))
        before = (source, layer, frame)
    return bad


def check_times(studio: Studio) -> None:
    for viewer in studio.viewers:
        for kind, sent in studio.network.sent[viewer].items():
            times = [sent[number].timestamp for number in sorted(sent)]
            steps = [(later - earlier) & 0xFFFFFFFF for earlier, later in itertools.pairwise(times)]
            assert all(step < 1 << 31 for step in steps), f"{kind} goes back in time"
        views = [studio.network.sent[viewer]["video"][n] for n in sorted(studio.network.sent[viewer]["video"])]
        for earlier, later in itertools.pairwise(views):
            if earlier.marker:
                assert earlier.timestamp != later.timestamp, "two frames under one time"


def missing(numbers: dict[int, rtp.RtpView]) -> int:
    return 0 if not numbers else max(numbers) - min(numbers) + 1 - len(numbers)
