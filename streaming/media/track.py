"""What viewers subscribe to: a room's program or camera, one SSRC, number and time space a kind for each viewer.

Everybody is on the main lane, which shows the source's best picture, unless his link is poor: then on a lane of a
smaller layer, or on the one of keyframes only. From lane to lane viewers go at keyframes, in numbers that go on.
Who has chosen a smaller picture himself is on its lane, and who wants none is on the main one, blind.
"""

import random
from collections.abc import Callable, Iterator
from itertools import chain

from streaming.media.capture_stamps import CaptureStamps
from streaming.media.catch_up import CatchingUp
from streaming.media.counters import Counters
from streaming.media.fan_out import FanOut
from streaming.media.lane import Burst, Lane
from streaming.media.layer_choice import LayerChoice
from streaming.media.packet import CLOCK_RATE, MediaKind, ProgramPacket, SourcePacket
from streaming.media.sender_reports import SenderReports
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.space import SQUASHED_TICKS, RtpSpace
from streaming.media.tap import FrameTap
from streaming.media.train import KINDS, Wire
from streaming.media.viewer import RESENDS_A_TICK, RESENDS_MAX, Viewer

# How often the lane of keyframes only gets one.
STILLS_EVERY_US = 4_000_000


class Track:
    def __init__(self, settings: MediaSettings, fan_out: FanOut, counters: Counters, now_us: Callable[[], int]) -> None:
        self._settings = settings
        self._fan_out = fan_out
        self._counters = counters
        self._now_us = now_us
        ssrcs = random.SystemRandom().sample(range(1, 1 << 32), 2)
        self.ssrcs: dict[MediaKind, int] = {"video": ssrcs[0], "audio": ssrcs[1]}
        self.following: dict[MediaKind, Source | None] = {"video": None, "audio": None}
        self.sound = _new_space("audio")
        self.tap = FrameTap(self.want_keyframe, self._cached)
        self._stamps = CaptureStamps("audio")
        self._reports = SenderReports(self.ssrcs)
        self._catching_up = CatchingUp(fan_out, self.ssrcs, self._go_live)
        self._main = self._new_lane(self._hear)
        self._smaller: list[Lane] = []
        """Of the source's smaller layers, in the order of its ladder; made when the first viewer goes there."""
        self._leaving: list[Lane] = []
        """Of layers that have another place on the ladder by now; their viewers wait for the main lane's keyframe."""
        self._stills: Lane | None = None
        """Keyframes only."""
        self._still: int | None = None
        """The source's timestamp of the keyframe that the stills' lane is getting."""
        self._stilled_us = 0
        self._viewers: set[Viewer] = set()

    def _new_lane(self, heard: Callable[[Burst], None] = lambda burst: None) -> Lane:
        return Lane(self._settings, _new_space("video"), self.ssrcs, self._fan_out, heard)

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def _lanes(self) -> Iterator[Lane]:
        stills = () if self._stills is None else (self._stills,)
        return chain((self._main,), self._smaller, self._leaving, stills)

    def close(self) -> None:
        for lane in self._lanes():
            lane.close()
        self._catching_up.close()
        self._viewers.clear()
        self.tap.end()

    # --- what comes in

    def follow(self, picture: Source | None, sound: Source | None) -> bool:
        """Go over to other sources; False, and nothing changes, while the picture has no keyframe to begin with."""
        now_us = self._now_us()
        if picture is not self.following["video"]:
            if picture is not None and not self._lead(picture, picture.ladder(), now_us):
                return False
            self.following["video"] = picture
        if sound is not self.following["audio"]:
            self.following["audio"] = sound
            self.sound.switch([], now_us)
        return True

    def _lead(self, picture: Source, layers: tuple[int, ...], now_us: int) -> bool:
        """Let the main lane show the first of `layers` that has a keyframe in store; False when there is none."""
        for layer in layers:
            gop = picture.gop(now_us, layer)
            if gop:
                break
        else:
            return False
        for lane in self._lanes():
            lane.send_all()
        self._main.layer = layer
        placed = self._main.space.switch(gop, now_us)
        if picture is not self.following["video"]:
            self._gather(placed[0], now_us)
        self._let_in(self._main, placed[0])
        self._main.give("video", placed)
        return True

    def _gather(self, first: ProgramPacket, now_us: int) -> None:
        """All viewers of other lanes go over to the main one, beginning with `first`."""
        for lane in list(self._lanes())[1:]:
            for viewer in list(lane.viewers()):
                self._wait_no_more(viewer)
                self._go_over(viewer, self._main, first, now_us)
            lane.close()
        for viewer in self._viewers:
            if viewer.adaptation.rung:
                viewer.adaptation.placed(0, now_us)
        self._smaller.clear()
        self._leaving.clear()
        self._stills = None

    def receive(self, source: Source, kind: MediaKind, packet: SourcePacket, keyframe_began: bool) -> None:
        if self.following[kind] is not source:
            return
        if kind == "audio":
            self._hear_sound(packet)
            return
        for lane in (self._main, *self._smaller, *self._leaving):
            if lane.layer == packet.layer:
                placed = lane.space.forward(packet, packet.arrived_us)
                if placed is None:
                    self._counters.packets_late += 1
                    continue
                if keyframe_began:
                    self._let_in(lane, placed)
                lane.give("video", [placed])
        if self._stills is not None and self._stills.layer == packet.layer:
            self._give_still(self._stills, packet, keyframe_began)

    def _hear_sound(self, packet: SourcePacket) -> None:
        placed = self.sound.forward(packet, packet.arrived_us)
        if placed is None:
            self._counters.packets_late += 1
            return
        self._stamps.mark(placed)
        placed.sealed = True  # small, and each may end a train: no padding
        for lane in self._lanes():
            lane.give("audio", [placed])

    def _give_still(self, lane: Lane, packet: SourcePacket, keyframe_began: bool) -> None:
        now_us = packet.arrived_us
        if keyframe_began:
            self._still, self._stilled_us = packet.timestamp, now_us
            placed = lane.space.switch([packet], now_us)[0]
            self._let_in(lane, placed)
        elif packet.timestamp != self._still or (found := lane.space.forward(packet, now_us)) is None:
            return
        else:
            placed = found
        lane.give("video", [placed])

    def _let_in(self, lane: Lane, first: ProgramPacket) -> None:
        """A keyframe begins: who has waited for it comes over."""
        waiting, lane.waiting = lane.waiting, []
        if not waiting:
            return
        lane.send_all()
        for viewer in waiting:
            if viewer.blind:
                lane.remove(viewer)
                viewer.open_eyes(first.number)
                lane.add(viewer)
            else:
                self._go_over(viewer, lane, first, self._now_us())

    def _go_over(self, viewer: Viewer, lane: Lane, first: ProgramPacket, now_us: int) -> None:
        old = viewer.lane
        assert old is not None, "who catches up does not change lanes"
        old.send_all()
        old.remove(viewer)
        viewer.go_over(lane.space, first.number, first.timestamp, now_us)
        lane.add(viewer)
        self._counters.viewers_moved += 1
        self._report_to(viewer, now_us)

    # --- keyframes

    def want_keyframe(self, viewer: Viewer | None = None) -> None:
        """A viewer, or whoever takes the main lane, cannot go on without one."""
        if viewer is not None and viewer.adaptation.choice is LayerChoice.SOUND:
            return
        lane = self._main if viewer is None or viewer.lane is None else viewer.lane
        source = self.following["video"]
        if source is not None:
            source.want_keyframe(self._now_us(), lane.layer)

    # --- viewers

    def expect(self) -> None:
        """A newcomer shakes hands: when he is ready, there shall be pictures to begin with."""
        if not self._main.gop.packets(self._now_us()):
            self.want_keyframe()

    def join(self, viewer: Viewer) -> None:
        """Begin with a sender report and the cached GOP; without one, a keyframe is asked for."""
        now_us = self._now_us()
        self._main.send_all()
        sees = viewer.profile.wants("video") and viewer.adaptation.choice is not LayerChoice.SOUND
        gop = self._main.gop.packets(now_us) if sees else []
        space = self._main.space
        self._viewers.add(viewer)
        viewer.endpoint.on_moved = viewer.touched
        viewer.begin("audio", self.sound, self.sound.head + 1)
        viewer.begin("video", space, min(packet.number for packet in gop) if gop else space.head + 1)
        self._report_to(viewer, now_us)
        if gop:
            viewer.catch_up(gop, SQUASHED_TICKS)
            self._catching_up.add(viewer)
            return
        self._go_live(viewer, viewer.profile.wants("video"))

    def _go_live(self, viewer: Viewer, blind: bool) -> None:
        """`blind`: his picture has to wait for a keyframe."""
        viewer.blind = blind
        self._main.add(viewer)
        self._heed(viewer, self._now_us())

    def _hear(self, burst: Burst) -> None:
        self._catching_up.hear(burst)
        self.tap.feed(
            [packet for kind, packet in burst if kind == "video"],
            [packet for kind, packet in burst if kind == "audio"],
        )

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        self._catching_up.remove(viewer)
        self._wait_no_more(viewer)
        if viewer.lane is not None:
            viewer.lane.remove(viewer)

    def _wait_no_more(self, viewer: Viewer) -> None:
        for lane in self._lanes():
            if viewer in lane.waiting:
                lane.waiting.remove(viewer)

    def resend(self, viewer: Viewer, ssrc: int, sequences: list[int]) -> None:
        """Answer a NACK with the stored packets, byte for byte what was sent; what is gone stays gone."""
        kind = next((kind for kind, ours in self.ssrcs.items() if ours == ssrc), None)
        if kind is None:
            return
        wanted = sequences[: viewer.resends_left]
        viewer.resends_left -= len(wanted)  # looking for what is gone has its price as well
        found = (viewer.resent(kind, sequence, ssrc) for sequence in wanted)
        wires = [Wire(KINDS[kind], packet) for packet in found if packet is not None]
        if wires:
            self._fan_out.resend(viewer, wires)

    # --- what he wants

    def choose(self, viewer: Viewer, choice: LayerChoice) -> None:
        """Another picture from its next keyframe on, or none at once. It lasts, whatever the track shows."""
        viewer.adaptation.choice = choice
        self._heed(viewer, self._now_us())

    def _heed(self, viewer: Viewer, now_us: int) -> None:
        """Let him have what he has chosen. Who catches up is heeded when he is live."""
        if viewer.lane is None or not viewer.profile.wants("video"):
            return
        if viewer.adaptation.choice is LayerChoice.SOUND:
            self._wait_no_more(viewer)
            if not viewer.blind:
                viewer.lane.send_all()
                viewer.lane.remove(viewer)
                viewer.close_eyes(self._main.space, now_us)
                viewer.adaptation.placed(0, now_us)
                self._main.add(viewer)
        elif not viewer.blind:
            self._confine(viewer, now_us)
        elif viewer not in self._main.waiting:
            self._main.waiting.append(viewer)
            self.want_keyframe()

    def _confine(self, viewer: Viewer, now_us: int) -> None:
        source = self.following["video"]
        ladder = () if source is None else source.ladder()
        if source is not None and ladder and viewer.adaptation.confine(len(ladder), now_us):
            self._send_to(viewer, source, ladder, viewer.adaptation.rung, now_us)

    # --- poor links

    def adapt(self, viewer: Viewer) -> None:
        """His reports have said something new: give him the rung that his link can bear."""
        source = self.following["video"]
        if source is None or viewer.lane is None or viewer.blind:
            return
        ladder = source.ladder()
        if not ladder:
            return
        rates = [self._main.rate, *(lane.rate for lane in self._smaller)]
        rates += [0] * (len(ladder) - len(rates))
        before = viewer.adaptation.rung
        now_us = self._now_us()
        rung = viewer.adaptation.judge(rates[: len(ladder)], now_us)
        if rung != before:
            self._send_to(viewer, source, ladder, rung, now_us)

    def _send_to(self, viewer: Viewer, source: Source, ladder: tuple[int, ...], rung: int, now_us: int) -> None:
        self._wait_no_more(viewer)
        lane = self._lane_of(ladder, rung)
        if lane is viewer.lane:
            return
        lane.waiting.append(viewer)
        source.want_keyframe(now_us, lane.layer)

    def _lane_of(self, ladder: tuple[int, ...], rung: int) -> Lane:
        if not rung:
            return self._main
        if rung >= len(ladder):
            if self._stills is None:
                self._stills = self._new_lane()
                self._stills.layer = ladder[-1]
            return self._stills
        while len(self._smaller) < rung:
            lane = self._new_lane()
            lane.layer = ladder[len(self._smaller) + 1]
            self._smaller.append(lane)
        return self._smaller[rung - 1]

    # --- time

    def tick(self, now_us: int) -> None:
        """Every 50 ms: follow the source's ladder, let the stills have their keyframes."""
        source = self.following["video"]
        for viewer in self._viewers:
            viewer.resends_left = min(RESENDS_MAX, viewer.resends_left + RESENDS_A_TICK)
        if source is None:
            return
        ladder = source.ladder()
        if ladder:
            self._keep_to(ladder, source, now_us)
        if self._stills is not None and self._stills.used and now_us - self._stilled_us >= STILLS_EVERY_US:
            source.want_keyframe(now_us, self._stills.layer)

    def _keep_to(self, ladder: tuple[int, ...], source: Source, now_us: int) -> None:
        """Layers come and go as the publisher's uplink allows."""
        place = ladder.index(self._main.layer) if self._main.layer in ladder else len(ladder)
        if place and not self._lead(source, ladder[:place], now_us):
            source.want_keyframe(now_us)
        if tuple(lane.layer for lane in self._smaller) != ladder[1 : 1 + len(self._smaller)]:
            self._send_home(source, now_us)
        if self._stills is not None and self._stills.layer != ladder[-1]:
            self._stills.layer, self._still = ladder[-1], None
        for viewer in self._viewers:
            if viewer.adaptation.choice is not LayerChoice.AUTO:
                self._heed(viewer, now_us)
        self._leaving = [lane for lane in self._leaving if lane.used]
        while self._smaller and not self._smaller[-1].used:
            self._smaller.pop()
        if self._stills is not None and not self._stills.used:
            self._stills = None

    def _send_home(self, source: Source, now_us: int) -> None:
        """The smaller lanes are no longer what they were: their viewers begin again on the main one."""
        for lane in self._smaller:
            here = list(lane.viewers())
            for viewer in [*here, *lane.waiting]:
                viewer.adaptation.placed(0, now_us)
                self._wait_no_more(viewer)
            self._main.waiting += here
        self._leaving += self._smaller
        self._smaller = []
        source.want_keyframe(now_us, self._main.layer)

    def report(self, now_us: int) -> None:
        """Sender reports to everybody: once a second, and after a switch."""
        for lane in self._lanes():
            lane.measure(now_us)
        self._reports.begin(now_us)
        for viewer in self._viewers:
            viewer.forget_squashed()
            self._reports.send(viewer)

    def _report_to(self, viewer: Viewer, now_us: int) -> None:
        self._reports.begin(now_us)
        self._reports.send(viewer)

    def _cached(self) -> list[ProgramPacket]:
        return self._main.gop.packets(self._now_us())


def _new_space(kind: MediaKind) -> RtpSpace:
    number, timestamp = random.SystemRandom().randrange(1 << 15), random.SystemRandom().getrandbits(31)
    return RtpSpace(CLOCK_RATE[kind], number, timestamp, fills=kind == "audio")
