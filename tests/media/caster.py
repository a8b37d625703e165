"""A host in real time: numbered pictures and a tone, keyframes when asked, resends when NACKed, sender reports."""

import asyncio
import functools
import struct
import time
from collections import deque

from aiortc.rtp import RtcpPacket, RtcpPsfbPacket, RtcpRtpfbPacket, RtcpSenderInfo, RtcpSrPacket

from streaming.media.wire.reception import ntp_from_us
from tests.media.live import LivePeer, at
from tests.media.numbered import FPS, Camera
from tests.streaming.media.peer import AUDIO, AUDIO_SSRC, HOST_CLOCK_SLOW_US, VIDEO, VIDEO_SSRC, Heard
from tests.streaming.media.pictures import Colour, encode_tone, payloads_of

HISTORY = 1_000
SOUNDS = 100
_TRANSPORT_NUMBER = slice(17, 19)
"""Where a packet of `Peer.rtp` has its transport-wide number."""


@functools.cache
def tone(hertz: float) -> list[bytes]:
    """Two seconds of sound, each packet unlike the others."""
    packets = encode_tone(hertz, SOUNDS)
    assert len(set(packets)) > SOUNDS - 10
    return packets


class _Ears(Heard):
    def __init__(self, caster: "Caster") -> None:
        super().__init__()
        self._caster = caster

    def on_rtcp(self, packet: bytes) -> None:
        for each in RtcpPacket.parse(packet):
            if isinstance(each, RtcpPsfbPacket) and each.fmt in (1, 4):
                self._caster.asked_for_keyframe.append(time.monotonic())
            elif isinstance(each, RtcpRtpfbPacket) and each.fmt == 1 and each.media_ssrc == VIDEO_SSRC:
                self._caster.resend(each.lost)


class Caster(LivePeer):
    """`start` after `connect`, `close` at the end."""

    def __init__(self, room: str, colour: Colour, hertz: float, through: int = 0) -> None:
        super().__init__(through)
        self.room = room
        self.heard = _Ears(self)
        self.asked_for_keyframe: list[float] = []
        """When keyframe requests came, on the monotonic clock."""
        self.captured_us: dict[int, int] = {}
        """When each picture was captured, on this host's clock."""
        self.sounded_us: deque[tuple[bytes, int]] = deque(maxlen=10_000)
        """Sound packets and when they were captured."""
        self.resent = 0
        self.tone = tone(hertz)
        self._camera = Camera(colour)
        self._history: dict[int, bytes] = {}
        self._keyframe_wanted = True
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="caster")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            if not self._task.cancelled():
                self._task.result()
            self._task = None

    async def close(self) -> None:
        await self.stop()
        await super().close()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began, began_us = loop.time(), self._clock_us()
        first = dict(self._timestamps)
        asked = 0
        reported = began
        sounds = 0
        number = -1
        while True:
            # A camera does not catch up: what could not be encoded in time is left out.
            number = max(number + 1, int((loop.time() - began) * FPS))
            while sounds * 0.02 <= number / FPS:
                await at(began + sounds * 0.02)
                self._timestamps[AUDIO] = first[AUDIO] + sounds * 960
                sound = self.tone[sounds % SOUNDS]
                self.sounded_us.append((sound, began_us + sounds * 20_000))
                self.secure.send_rtp(self.rtp(AUDIO, sound, False))
                sounds += 1
            await at(began + number / FPS)
            self._timestamps[VIDEO] = first[VIDEO] + number * 90_000 // FPS
            self.captured_us[number] = began_us + number * 1_000_000 // FPS
            self._show(self._camera.unit(number, len(self.asked_for_keyframe) > asked))
            asked = len(self.asked_for_keyframe)
            if number == 0 or loop.time() - reported >= 1.0:
                reported = loop.time()
                self._report(first, began_us)

    @staticmethod
    def _clock_us() -> int:
        return time.monotonic_ns() // 1_000 + 1_800_000_000_000_000 - HOST_CLOCK_SLOW_US

    def _show(self, unit: bytes) -> None:
        payloads = payloads_of(unit)
        for place, payload in enumerate(payloads):
            packet = self.rtp(VIDEO, payload, place == len(payloads) - 1)
            self._history[self._sequences[VIDEO]] = packet
            self.secure.send_rtp(packet)
        while len(self._history) > HISTORY:
            del self._history[next(iter(self._history))]

    def resend(self, sequences: list[int]) -> None:
        """As a browser without RTX does: the packet again, under a new transport-wide number."""
        for sequence in sequences:
            packet = self._history.get(sequence)
            if packet is not None:
                self.resent += 1
                self._transport_sequence = (self._transport_sequence + 1) & 0xFFFF
                again = bytearray(packet)
                again[_TRANSPORT_NUMBER] = struct.pack("!H", self._transport_sequence)
                self.secure.send_rtp(bytes(again))

    def _report(self, first: dict[int, int], began_us: int) -> None:
        now_us = self._clock_us()
        compound = b""
        for kind, ssrc, rate in ((VIDEO, VIDEO_SSRC, 90_000), (AUDIO, AUDIO_SSRC, 48_000)):
            timestamp = first[kind] + (now_us - began_us) * rate // 1_000_000
            sender = RtcpSenderInfo(ntp_from_us(now_us), timestamp & 0xFFFFFFFF, 1, 1)
            compound += bytes(RtcpSrPacket(ssrc=ssrc, sender_info=sender))
        self.secure.send_rtcp(compound)
