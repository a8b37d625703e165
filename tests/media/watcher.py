"""A viewer in real time who behaves as a browser does; what he was shown and heard is decoded and judged afterwards."""

import asyncio
import functools
import time
from dataclasses import dataclass

from aiortc.rtp import RtcpPacket, RtcpRrPacket, RtcpSrPacket

from streaming.media.wire import rtp
from streaming.media.wire.reception import Reception, us_from_ntp
from tests.media.live import LivePeer
from tests.media.receiver import PictureReceiver, Unwrapped
from tests.streaming.media.peer import AUDIO, VIDEO, Heard

TICK_S = 0.02
REPORT_EVERY_S = 1.0


@dataclass(frozen=True)
class Sound:
    """One packet of sound; `timestamp` is unwrapped."""

    at_s: float
    timestamp: int
    payload: bytes


@dataclass(frozen=True)
class SenderReport:
    """At which time, on the server's clock, `timestamp` (unwrapped) was captured."""

    at_s: float
    captured_us: int
    timestamp: int


class _Senses(Heard):
    """Instead of keeping packets, plays them."""

    def __init__(self, watcher: "Watcher") -> None:
        super().__init__()
        self._watcher = watcher

    def on_rtp(self, packet: bytes) -> None:
        self._watcher.on_media(rtp.parse(packet))

    def on_rtcp(self, packet: bytes) -> None:
        for each in RtcpPacket.parse(packet):
            if isinstance(each, RtcpSrPacket):
                self._watcher.on_report(each)


class Watcher(LivePeer):
    """`watch` instead of `connect`."""

    def __init__(self, through: int = 0) -> None:
        super().__init__(through)
        self.heard = _Senses(self)
        self.picture = PictureReceiver(time.monotonic())
        self.sounds: list[Sound] = []
        self.reports: dict[int, list[SenderReport]] = {VIDEO: [], AUDIO: []}
        self.watching_since = 0.0
        self.nacked = self.keyframes_requested = 0
        self.repeats = 0
        """Packets that came twice and were not dropped by SRTP."""
        self._seen: set[tuple[int, int]] = set()
        self._laps = {VIDEO: Unwrapped(16), AUDIO: Unwrapped(16)}
        self._clocks = {VIDEO: Unwrapped(32), AUDIO: Unwrapped(32)}
        self._receptions = {VIDEO: Reception(90_000), AUDIO: Reception(48_000)}
        self._timer: asyncio.TimerHandle | None = None
        self._reported = 0.0

    async def watch(self, url: str) -> "Watcher":
        await self.connect(url)
        assert self.status == 201, self.problem
        self.watching_since = time.monotonic()
        self._tick()
        return self

    @functools.cached_property
    def ssrcs(self) -> dict[int, int]:
        """By the answer, per payload type."""
        kinds = {VIDEO: "video", AUDIO: "audio"}
        return {number: int(self.said(rf"m={kind}[\s\S]*?a=ssrc:(\d+)")) for number, kind in kinds.items()}

    def on_media(self, view: rtp.RtpView) -> None:
        now = time.monotonic()
        kind = view.payload_type
        number = self._laps[kind].of(view.sequence)
        timestamp = self._clocks[kind].of(view.timestamp)
        if (kind, number) in self._seen:
            self.repeats += 1
            return
        self._seen.add((kind, number))
        self._receptions[kind].packet(number, timestamp, int(now * 1e6))
        if kind == VIDEO:
            self.picture.packet(view, now)
        else:
            self.sounds.append(Sound(now, timestamp, view.payload))

    def on_report(self, report: RtcpSrPacket) -> None:
        now = time.monotonic()
        for kind, ssrc in self.ssrcs.items():
            if report.ssrc == ssrc:
                self._receptions[kind].sender_report(report.sender_info.ntp_timestamp, int(now * 1e6))
                captured_us = us_from_ntp(report.sender_info.ntp_timestamp)
                timestamp = self._clocks[kind].of(report.sender_info.rtp_timestamp)
                self.reports[kind].append(SenderReport(now, captured_us, timestamp))

    def _tick(self) -> None:
        now = time.monotonic()
        lost, wants_keyframe = self.picture.tick(now)
        if lost:
            self.nacked += len(lost)
            self.nack(self.ssrcs[VIDEO], lost)
        if wants_keyframe:
            self.keyframes_requested += 1
            self.ask_for_keyframe(self.ssrcs[VIDEO])
        if now - self._reported >= REPORT_EVERY_S:
            self._reported = now
            blocks = [each.report(self.ssrcs[kind], int(now * 1e6)) for kind, each in self._receptions.items()]
            self.secure.send_rtcp(bytes(RtcpRrPacket(ssrc=9, reports=[block for block in blocks if block])))
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await super().close()
