"""A lane of a track: one picture's RTP space, fanned out in bursts with the track's sound to those who follow it.

A burst is flushed at a frame's end, at 16 packets or after 5 ms; a lone sound waits for a train to ride on, up to
10 ms, or 40 before a crowd. More than one train's worth (a keyframe, a replayed GOP) goes out in short spaced trains.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from streaming.media import patience
from streaming.media.capture_stamps import CaptureStamps
from streaming.media.fan_out import FanOut
from streaming.media.gop import GopCache
from streaming.media.group import Group
from streaming.media.packet import MediaKind, ProgramPacket
from streaming.media.settings import MediaSettings
from streaming.media.space import RtpSpace
from streaming.media.train import KINDS, TRAIN_MAX, Wire, seal_burst, sounds_first
from streaming.media.viewer import Profile, Viewer

BURST = 16
VIDEO_WAIT_S = 0.005
SPACING_S = 0.002
MEASURE_US = 900_000

Burst = list[tuple[MediaKind, ProgramPacket]]


def wires_for(viewer: Viewer, burst: Burst, ssrcs: dict[MediaKind, int]) -> list[Wire]:
    """What one viewer alone gets of a burst."""
    clear = ((kind, viewer.wire(kind, packet, ssrcs[kind])) for kind, packet in burst)
    return [Wire(KINDS[kind], packet) for kind, packet in clear if packet is not None]


class Lane:
    """`heard` is told of every burst as it goes out."""

    def __init__(
        self,
        settings: MediaSettings,
        space: RtpSpace,
        ssrcs: dict[MediaKind, int],
        fan_out: FanOut,
        heard: Callable[[Burst], None] = lambda burst: None,
    ) -> None:
        self.space = space
        self.layer = 0
        self.waiting: list[Viewer] = []
        """Viewers of other lanes who come over at the next keyframe."""
        self.gop: GopCache[ProgramPacket] = GopCache(settings.gop_ms * 1000, settings.gop_bytes)
        self.rate = 0
        """Bits a second of its pictures, measured by `measure`."""
        self._ssrcs = ssrcs
        self._fan_out = fan_out
        self._crowd = settings.crowd
        self._heard = heard
        self._stamps = CaptureStamps("video")
        self._groups: dict[Profile, Group] = {}
        self._newest: dict[MediaKind, int] = {"audio": 0, "video": 0}
        """The highest number with which a viewer's stretch here settled: what is below came late, and differs."""
        self._pending: deque[tuple[MediaKind, ProgramPacket]] = deque()
        self._pending_video = 0
        self._pictured_s = 0.0
        """When the last packet of a picture came, on the loop's clock."""
        self._timer: asyncio.TimerHandle | None = None
        self._spacing = False
        self._measured: tuple[int, int] | None = None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._pending.clear()
        self._groups.clear()
        self.waiting.clear()

    # --- viewers

    @property
    def used(self) -> bool:
        return bool(self._groups or self.waiting)

    def viewers(self) -> Iterator[Viewer]:
        for group in self._groups.values():
            yield from group.viewers

    @property
    def _crowded(self) -> bool:
        return sum(len(group.viewers) for group in self._groups.values()) >= self._crowd

    def add(self, viewer: Viewer) -> None:
        group = self._groups.get(viewer.served)
        if group is None:
            group = self._groups[viewer.served] = Group(viewer.served)
        group.add(viewer)
        viewer.lane = self
        for kind in self._newest:
            self._newest[kind] = max(self._newest[kind], viewer.now(kind).settled)

    def remove(self, viewer: Viewer) -> None:
        group = viewer.group
        assert group is not None, "he is on no lane"
        group.remove(viewer)
        viewer.lane = None
        if not group.viewers:
            del self._groups[group.profile]

    # --- packets

    def give(self, kind: MediaKind, packets: list[ProgramPacket]) -> None:
        """Packets with their place in the space, to be sent soon."""
        if not packets:
            return
        self._pending.extend((kind, packet) for packet in packets)
        if kind == "audio":
            since_picture_s = asyncio.get_running_loop().time() - self._pictured_s
            self._flush_after(patience.for_sound(self._crowded, since_picture_s))
            return
        self._pictured_s = asyncio.get_running_loop().time()
        for packet in packets:
            self._stamps.mark(packet)
        self._pending_video += len(packets)
        if packets[-1].marker or self._pending_video >= BURST:
            self._flush_after(0.0)
        else:
            self._flush_after(VIDEO_WAIT_S)

    def _flush_after(self, delay_s: float) -> None:
        if self._spacing:
            return  # the timer runs, and everything goes out in its order
        if not delay_s:
            self._flush()
        elif self._timer is None or self._timer.when() > asyncio.get_running_loop().time() + delay_s:
            self._arm(delay_s)

    def _arm(self, delay_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._flush)

    def send_all(self) -> None:
        """Nothing may wait any longer: viewers are about to come or go."""
        while self._pending:
            self._flush()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        burst = [self._pending.popleft() for _ in range(min(TRAIN_MAX, len(self._pending)))]
        self._spacing = bool(self._pending)
        if self._spacing:
            self._arm(SPACING_S)
        pictures = [packet for kind, packet in burst if kind == "video"]
        sounds = [packet for kind, packet in burst if kind == "audio"]
        self._pending_video -= len(pictures)
        ahead = sounds_first(pictures, sounds)
        seal_burst(pictures, followed=bool(sounds) and not ahead)
        for packet in pictures:
            self.gop.add(packet)
        shown: Burst = [("video", packet) for packet in pictures]
        heard: Burst = [("audio", packet) for packet in sounds]
        # Behind the pictures one sound can ride as the shorter last segment.
        ordered = heard + shown if ahead else shown + heard
        late = [(kind, packet) for kind, packet in ordered if packet.number < self._newest[kind]]
        if late:
            self._send_late(late)
            ordered = [(kind, packet) for kind, packet in ordered if packet.number >= self._newest[kind]]
        for group in self._groups.values():
            wires = self._wires(group.profile, ordered)
            if wires:
                self._fan_out.send(group, wires)
        self._heard(late + ordered)

    def _send_late(self, late: Burst) -> None:
        """One by one: for who came later these numbers may stand for something else, or the times for others."""
        for viewer in self.viewers():
            wires = wires_for(viewer, late, self._ssrcs)
            if wires:
                self._fan_out.send_to(viewer, wires)

    def _wires(self, profile: Profile, burst: Burst) -> list[Wire]:
        clear = ((kind, profile.cleartext(kind, packet, self._ssrcs[kind])) for kind, packet in burst)
        return [Wire(KINDS[kind], packet) for kind, packet in clear if packet is not None]

    def measure(self, now_us: int) -> None:
        """As often as one likes: a burst after a switch says nothing of the rate, so it is taken over a second."""
        if self._measured is not None:
            since_us, octets = self._measured
            if now_us - since_us < MEASURE_US:
                return
            self.rate = (self.space.bytes - octets) * 8_000_000 // (now_us - since_us)
        self._measured = (now_us, self.space.bytes)
