"""What viewers subscribe to: the program or the camera of a room. One RTP space per kind, fanned out in bursts.

A burst is flushed at a frame's end, at 16 packets or after 5 ms; a lone audio packet waits up to 10 ms for a train to
ride on. More than one train's worth (a keyframe, a replayed GOP) goes out in short spaced trains.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable

from aiortc.rtp import RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket

from streaming.media.counters import Counters
from streaming.media.dtls_seam import Sealer
from streaming.media.gop import GopCache
from streaming.media.packet import CLOCK_RATE, MediaKind, ProgramPacket, SourcePacket
from streaming.media.port import Port
from streaming.media.settings import MediaSettings
from streaming.media.source import Source
from streaming.media.space import SQUASHED_TICKS, RtpSpace
from streaming.media.tap import FrameTap
from streaming.media.train import TRAIN_MAX, Train, couple, seal_burst
from streaming.media.viewer import QUEUE_MAX, Profile, Viewer
from streaming.media.wire.reception import ntp_from_us

BURST = 16
VIDEO_WAIT_S = 0.005
AUDIO_WAIT_S = 0.010
SPACING_S = 0.002
_CNAME = 1


class Track:
    """`want_keyframe` passes a viewer's wish on to whatever the source is."""

    def __init__(
        self,
        settings: MediaSettings,
        port: Port,
        sealer: Sealer,
        counters: Counters,
        now_us: Callable[[], int],
        want_keyframe: Callable[[], None],
    ) -> None:
        self._port = port
        self._sealer = sealer
        self._counters = counters
        self._now_us = now_us
        self._want_keyframe = want_keyframe
        ssrcs = random.SystemRandom().sample(range(1, 1 << 32), 2)
        self.ssrcs: dict[MediaKind, int] = {"video": ssrcs[0], "audio": ssrcs[1]}
        self.spaces = {kind: _new_space(kind) for kind in CLOCK_RATE}
        self.following: dict[MediaKind, Source | None] = {"video": None, "audio": None}
        self.tap = FrameTap(want_keyframe, self._cached)
        self._gop: GopCache[ProgramPacket] = GopCache(settings.gop_ms * 1000, settings.gop_bytes)
        self._pending: deque[tuple[MediaKind, ProgramPacket]] = deque()
        self._pending_video = 0
        self._timer: asyncio.TimerHandle | None = None
        self._spacing = False
        self._viewers: set[Viewer] = set()
        self._live: dict[Profile, list[Viewer]] = {}
        self._catching_up: list[Viewer] = []
        self._catch_up_timer: asyncio.TimerHandle | None = None

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    def close(self) -> None:
        for timer in (self._timer, self._catch_up_timer):
            if timer is not None:
                timer.cancel()
        self._pending.clear()
        self._viewers.clear()
        self._live.clear()
        self._catching_up.clear()
        self.tap.end()

    # --- what comes in

    def follow(self, picture: Source | None, sound: Source | None) -> bool:
        """Go over to other sources; False, and nothing changes, while the picture has no keyframe to begin with."""
        now_us = self._now_us()
        if picture is not self.following["video"]:
            gop = picture.gop(now_us) if picture is not None else []
            if picture is not None and not gop:
                return False
            self.following["video"] = picture
            self._enqueue("video", self.spaces["video"].switch(gop, now_us))
        if sound is not self.following["audio"]:
            self.following["audio"] = sound
            self.spaces["audio"].switch([], now_us)
        return True

    def receive(self, source: Source, kind: MediaKind, packet: SourcePacket) -> None:
        if self.following[kind] is not source:
            return
        placed = self.spaces[kind].forward(packet, packet.arrived_us)
        if placed is None:
            self._counters.packets_late += 1
            return
        self._enqueue(kind, [placed])

    def _enqueue(self, kind: MediaKind, packets: list[ProgramPacket]) -> None:
        if not packets:
            return
        self._pending.extend((kind, packet) for packet in packets)
        if kind == "audio":
            self._flush_after(AUDIO_WAIT_S)
            return
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

    # --- what goes out

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        burst = [self._pending.popleft() for _ in range(min(TRAIN_MAX, len(self._pending)))]
        self._spacing = bool(self._pending)
        if self._spacing:
            self._arm(SPACING_S)
        # Audio behind the video, where it can ride as the shorter last segment.
        pictures = [packet for kind, packet in burst if kind == "video"]
        sounds = [packet for kind, packet in burst if kind == "audio"]
        self._pending_video -= len(pictures)
        seal_burst(pictures, followed=bool(sounds))
        for packet in sounds:
            packet.sealed = True  # small, and each may end a train: no padding
        for packet in pictures:
            self._gop.add(packet)
        self.tap.feed(pictures, sounds)
        ordered: list[tuple[MediaKind, ProgramPacket]] = [("video", packet) for packet in pictures]
        ordered += [("audio", packet) for packet in sounds]
        for viewer in self._catching_up:
            assert viewer.queue is not None
            viewer.queue.extend(ordered)
        for group in self._live.values():
            trains = self._trains(group[0], ordered)
            for viewer in group:
                self._send(viewer, trains)

    def _trains(self, viewer: Viewer, packets: list[tuple[MediaKind, ProgramPacket]]) -> list[Train]:
        wires = (viewer.wire(kind, packet, self.ssrcs[kind]) for kind, packet in packets)
        return couple([wire for wire in wires if wire is not None])

    def _send(self, viewer: Viewer, trains: list[Train]) -> None:
        outbound, remote = viewer.outbound, viewer.endpoint.remote
        if remote is None:
            return
        for train in trains:
            laid, places = train.laid(outbound.tag)
            end = self._sealer.seal(outbound, laid, places)
            if end:
                self._port.send_train(self._sealer.view[:end], train.size + outbound.tag, remote)
                self._counters.packets_out += len(places)

    # --- viewers

    def join(self, viewer: Viewer) -> None:
        """Begin with a sender report and the cached GOP; without one, a keyframe is asked for."""
        now_us = self._now_us()
        gop = self._gop.packets(now_us) if viewer.payload_types["video"] is not None else []
        self._viewers.add(viewer)
        viewer.begin("audio", self.spaces["audio"].head + 1)
        viewer.begin("video", gop[0].number if gop else self.spaces["video"].head + 1)
        self._report_to(viewer, now_us)
        if gop:
            viewer.catch_up(gop, SQUASHED_TICKS)
            self._catching_up.append(viewer)
            self._catch_up()
            return
        self._go_live(viewer)
        if viewer.payload_types["video"] is not None:
            self._want_keyframe()

    def _go_live(self, viewer: Viewer) -> None:
        viewer.queue = None
        self._live.setdefault(viewer.profile, []).append(viewer)

    def _catch_up(self) -> None:
        """Send each newcomer one train of what he has not seen yet; who has seen all is live."""
        self._catch_up_timer = None
        for viewer in list(self._catching_up):
            queue = viewer.queue
            assert queue is not None
            overflown = len(queue) == QUEUE_MAX
            portion = [queue.popleft() for _ in range(min(TRAIN_MAX, len(queue)))]
            self._send(viewer, self._trains(viewer, portion))
            if overflown or not queue:
                self._catching_up.remove(viewer)
                self._go_live(viewer)
                if overflown:
                    self._want_keyframe()
        if self._catching_up:
            self._catch_up_timer = asyncio.get_running_loop().call_later(SPACING_S, self._catch_up)

    def leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        if viewer in self._catching_up:
            self._catching_up.remove(viewer)
        group = self._live.get(viewer.profile, [])
        if viewer in group:
            group.remove(viewer)
            if not group:
                del self._live[viewer.profile]

    def resend(self, viewer: Viewer, ssrc: int, sequences: list[int]) -> None:
        """Answer a NACK with the stored packets, byte for byte what was sent; what is gone stays gone."""
        kind = next((kind for kind, ours in self.ssrcs.items() if ours == ssrc), None)
        if kind is None:
            return
        for sequence in sequences[: viewer.resends_left]:
            packet = self.spaces[kind].stored((sequence - viewer.deltas[kind]) & 0xFFFF)
            if packet is None or packet.number < viewer.first[kind]:
                continue
            viewer.resends_left -= 1
            self._counters.packets_resent += 1
            self._send(viewer, self._trains(viewer, [(kind, packet)]))

    def report(self, now_us: int) -> None:
        """Sender reports to everybody: once a second, and after a switch."""
        for viewer in self._viewers:
            viewer.forget_squashed(self.spaces["video"].head)
            self._report_to(viewer, now_us)

    def _report_to(self, viewer: Viewer, now_us: int) -> None:
        compound = b""
        for kind, space in self.spaces.items():
            timestamp = space.timestamp_at(now_us)
            if timestamp is None or viewer.payload_types[kind] is None:
                continue
            sender = RtcpSenderInfo(
                ntp_timestamp=ntp_from_us(now_us),
                rtp_timestamp=timestamp & 0xFFFFFFFF,
                packet_count=space.packets & 0xFFFFFFFF,
                octet_count=space.bytes & 0xFFFFFFFF,
            )
            name = RtcpSourceInfo(ssrc=self.ssrcs[kind], items=[(_CNAME, b"program")])
            compound += bytes(RtcpSrPacket(ssrc=self.ssrcs[kind], sender_info=sender))
            compound += bytes(RtcpSdesPacket(chunks=[name]))
        if compound:
            viewer.send_rtcp(compound)

    def _cached(self) -> list[ProgramPacket]:
        return self._gop.packets(self._now_us())


def _new_space(kind: MediaKind) -> RtpSpace:
    return RtpSpace(CLOCK_RATE[kind], random.SystemRandom().randrange(1 << 15), random.SystemRandom().getrandbits(31))
