"""PURE. RTP packets of a program back to H.264 access units, in order, for media jobs.

A job would rather see nothing than a broken picture: after a loss that no resend has mended, everything up to the next
keyframe is dropped and `damaged` says that one is wanted.
"""

from collections.abc import Iterable

from aiortc.codecs.h264 import H264PayloadDescriptor

from streaming.media.packet import ProgramPacket
from transcode.media_pipe import VideoUnit

HELD_MAX = 64
WAIT_US = 120_000


class Depacketiser:
    def __init__(self) -> None:
        self._held: dict[int, ProgramPacket] = {}
        self._next: int | None = None
        self._frame: list[ProgramPacket] = []
        self._frame_lost = False
        self._latest_us = 0
        self.damaged = True
        """No unit comes out until a keyframe does."""

    def feed(self, packets: Iterable[ProgramPacket]) -> list[VideoUnit]:
        units: list[VideoUnit] = []
        for packet in packets:
            if self._next is None:
                self._next = packet.number
            if packet.number >= self._next:
                self._held[packet.number] = packet
                self._release(units)
        return units

    def _release(self, units: list[VideoUnit]) -> None:
        while self._held:
            assert self._next is not None
            packet = self._held.pop(self._next, None)
            if packet is None:
                oldest = min(self._held)
                newest = max(each.arrived_us for each in self._held.values())
                if len(self._held) < HELD_MAX and newest - self._held[oldest].arrived_us < WAIT_US:
                    return
                self._next = oldest
                self._frame_lost = self.damaged = True
                continue
            self._next += 1
            self._in_order(packet, units)

    def _in_order(self, packet: ProgramPacket, units: list[VideoUnit]) -> None:
        if not packet.payload:
            return  # fills a gap
        if self._frame and self._frame[0].timestamp != packet.timestamp:
            # The marker was lost, and with it perhaps the end of the frame.
            self._frame = []
            self.damaged = self.damaged or not self._frame_lost
            self._frame_lost = False
        self._frame.append(packet)
        if packet.marker:
            unit = None if self._frame_lost else self._unit()
            self._frame = []
            self._frame_lost = False
            if unit is not None:
                units.append(unit)

    def _unit(self) -> VideoUnit | None:
        keyframe = any(packet.keyframe for packet in self._frame)
        if self.damaged and not keyframe:
            return None
        parts = []
        try:
            for packet in self._frame:
                parts.append(H264PayloadDescriptor.parse(packet.payload)[1])
        except ValueError:
            self.damaged = True
            return None
        self.damaged = False
        pts_us = max(packet.captured_us for packet in self._frame)
        if pts_us <= self._latest_us:
            pts_us = self._latest_us + 1
        self._latest_us = pts_us
        return VideoUnit(pts_us, keyframe, b"".join(parts))
