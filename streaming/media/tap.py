"""Frames of a track for media jobs: `take` of the media pipe. Nothing is depacketised while no job listens."""

from collections.abc import Callable

from streaming.media.depacketiser import Depacketiser
from streaming.media.packet import ProgramPacket
from transcode.media_pipe import AudioPacket, PipeOutlet


class FrameTap:
    """`cached` gives the packets of the current GOP."""

    def __init__(self, want_keyframe: Callable[[], None], cached: Callable[[], list[ProgramPacket]]) -> None:
        self._want_keyframe = want_keyframe
        self._cached = cached
        self._outlets: list[PipeOutlet] = []
        self._depacketiser = Depacketiser()
        self._sound_us = 0

    @property
    def outlets(self) -> int:
        return len(self._outlets)

    def open(self) -> PipeOutlet:
        """A new outlet that begins with the cached GOP; without one, a keyframe is asked for."""
        outlet = PipeOutlet(self._want_keyframe, lambda: self._close(outlet))
        cached = self._cached()
        if self._outlets:
            units = Depacketiser().feed(cached)
        else:
            self._depacketiser = Depacketiser()
            units = self._depacketiser.feed(cached)
        self._outlets.append(outlet)
        for unit in units:
            outlet.offer(unit)
        if not units:
            self._want_keyframe()
        return outlet

    def _close(self, outlet: PipeOutlet) -> None:
        if outlet in self._outlets:
            self._outlets.remove(outlet)

    def feed(self, pictures: list[ProgramPacket], sounds: list[ProgramPacket]) -> None:
        if not self._outlets:
            return
        whole = not self._depacketiser.damaged
        for unit in self._depacketiser.feed(pictures):
            for outlet in self._outlets:
                outlet.offer(unit)
        if whole and self._depacketiser.damaged:
            self._want_keyframe()
        for packet in sounds:
            if packet.captured_us <= self._sound_us or not packet.payload:
                continue
            self._sound_us = packet.captured_us
            for outlet in self._outlets:
                outlet.offer(AudioPacket(packet.captured_us, packet.payload))

    def end(self) -> None:
        """The track is over: the jobs are told."""
        for outlet in self._outlets:
            outlet.end()
        self._outlets.clear()
