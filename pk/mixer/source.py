"""Somebody in the mix: his pipe, his decoders, his latest pictures and his sound.

Pictures are decoded in the reading thread of the pipe, so a source that floods or falls silent costs nobody else a
moment: TCP pushes back on a flood, and the worker then drops video up to a keyframe. Sound is decoded by the mix's.
"""

import threading
import time
from collections.abc import Callable

from pk.mixer.arguments import Source
from pk.mixer.canvas import Planes
from pk.mixer.layout import Rectangle
from pk.mixer.mix import LOOK_AHEAD_US
from pk.mixer.picture import Fitting, PictureDecoder, PictureSlot
from pk.mixer.scene import Absence
from pk.mixer.sound import Samples
from pk.mixer.timing import SourceTiming
from pk.mixer.voice import Voice
from transcode.media_pipe import AudioPacket, KeyframeRequest, Message, PipeAddress, PipeConnection, VideoUnit

# A picture this much later than the best is part of a replayed or delayed burst: decoded, because the next ones need
# it, but neither scaled nor shown.
_STALE_US = 400_000
_ASK_EVERY_US = 500_000
_GONE_US = 1_000_000  # a source that sent neither picture nor sound for so long is away


class SourceFeed:
    """``now_us`` is the mixer's clock."""

    def __init__(self, source: Source, token: str, tile: Rectangle, now_us: Callable[[], int]) -> None:
        self.source = source
        self.decode_ms = 0.0  # smoothed, of one picture, fitting included
        self.pictures = 0
        self._tile = tile
        self._now_us = now_us
        self._lock = threading.Lock()  # of the timing
        self._timing = SourceTiming()
        self._picture_decoder = PictureDecoder()
        self._fitting = Fitting(source.screen)
        self._slot = PictureSlot(source.screen)
        self._voice = Voice()
        self._came_us: int | None = None  # when anything came last
        self._asked_us = -_ASK_EVERY_US
        address = PipeAddress(source.pipe, token, "take", source.room, source.stream)
        self._pipe = PipeConnection(address, self._received, self._picture_decoder.restart)

    def open(self) -> None:
        """Connect, and again whenever the connection is lost, until ``close``."""
        self._pipe.__enter__()

    def close(self) -> None:
        """Say goodbye; takes some seconds if the worker does not listen."""
        self._pipe.close()

    @property
    def connects(self) -> int:
        return self._pipe.connects

    @property
    def faults(self) -> int:
        return self._picture_decoder.faults + self._voice.faults

    @property
    def concealed(self) -> int:
        return self._voice.concealed

    def place(self, source: Source, tile: Rectangle) -> None:
        """The same origin in another seat, with another name, tile or camera switch."""
        self.source, self._tile = source, tile

    def picture(self, now_us: int, tile: Rectangle) -> Planes | Absence:
        """What is to be shown now, of the size of ``tile``; or why there is nothing."""
        if self.source.voice_only:
            self._slot.clear()
        with self._lock:
            until = self._timing.picture_until(now_us, self._voice.behind_us)
        shown = self._slot.newest(now_us, until, tile)
        if shown is not None:
            return shown
        if self._came_us is None:
            return Absence.NO_CAMERA if self.source.voice_only else Absence.CONNECTING
        return Absence.RECONNECTING if now_us - self._came_us > _GONE_US else Absence.NO_CAMERA

    def sound(self, now_us: int) -> Samples | None:
        """The 20 ms to be given to the mix now; None is silence."""
        with self._lock:
            pts_us = self._timing.sound_at(now_us)
        if pts_us is None:
            return None
        samples, dry = self._voice.read(pts_us + LOOK_AHEAD_US)
        if dry:
            with self._lock:
                self._timing.sound_ran_dry(now_us)
        return samples

    def _received(self, message: Message) -> None:
        if isinstance(message, VideoUnit):
            self._see(message)
        elif isinstance(message, AudioPacket):
            self._hear(message)

    def _see(self, unit: VideoUnit) -> None:
        arrival_us = self._now_us()
        if self.source.voice_only:
            self._picture_decoder.restart()  # what is left out now will be missed
            return
        with self._lock:
            late_us = self._timing.picture_arrived(unit.pts_us, arrival_us)
        started = time.perf_counter()
        frames = self._picture_decoder.decode(unit)
        if frames is None:
            if arrival_us - self._asked_us > _ASK_EVERY_US:
                self._asked_us = arrival_us
                self._pipe.send(KeyframeRequest())
            return
        if late_us >= _STALE_US:
            return
        tile = self._tile
        for frame in frames:
            self._slot.put(unit.pts_us, arrival_us, frame, self._fitting.fit(frame, tile.width, tile.height))
            self.pictures += 1
            self._came_us = arrival_us
        self.decode_ms += ((time.perf_counter() - started) * 1000 - self.decode_ms) * 0.05

    def _hear(self, packet: AudioPacket) -> None:
        self._voice.hear(packet)
        with self._lock:
            self._came_us = self._now_us()
            self._timing.sound_arrived(packet.pts_us, self._came_us)
