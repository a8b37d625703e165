"""One host in the mix: his pipe, his decoders, his latest pictures and his sound.

Everything is decoded in the reading thread of the pipe, so a source that floods or falls silent costs nobody else a
moment: TCP pushes back on a flood, and the worker then drops video up to a keyframe.
"""

import threading
import time
from collections.abc import Callable

from pk.mixer.arguments import Source
from pk.mixer.canvas import Planes
from pk.mixer.layout import Rectangle
from pk.mixer.picture import PictureDecoder, PictureSlot, fit
from pk.mixer.sound import Samples, SoundBuffer, SoundDecoder
from pk.mixer.timing import SourceTiming
from transcode.media_pipe import AudioPacket, KeyframeRequest, Message, PipeAddress, PipeConnection, VideoUnit

# A picture this much later than the best is part of a replayed or delayed burst: decoded, because the next ones need
# it, but neither scaled nor shown.
_STALE_US = 400_000
_ASK_EVERY_US = 500_000


class SourceFeed:
    """Use as a context manager. ``now_us`` is the mixer's clock."""

    def __init__(self, source: Source, token: str, tile: Rectangle, now_us: Callable[[], int]) -> None:
        self.source = source
        self.decode_ms = 0.0  # smoothed, of one picture, fitting included
        self.pictures = 0
        self._tile = tile
        self._now_us = now_us
        self._lock = threading.Lock()  # of the timing
        self._timing = SourceTiming()
        self._picture_decoder = PictureDecoder()
        self._slot = PictureSlot()
        self._sound_decoder = SoundDecoder()
        self._sound = SoundBuffer()
        self._asked_us = -_ASK_EVERY_US
        address = PipeAddress(source.pipe, token, "take", source.room, "camera")
        self._pipe = PipeConnection(address, self._received, self._picture_decoder.restart)

    def __enter__(self) -> "SourceFeed":
        self._pipe.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe.close()

    @property
    def connects(self) -> int:
        return self._pipe.connects

    @property
    def faults(self) -> int:
        return self._picture_decoder.faults + self._sound_decoder.faults

    def picture(self, now_us: int) -> Planes | None:
        """The tile to be shown now; None when the source has no picture."""
        with self._lock:
            until = self._timing.picture_until(now_us)
        return self._slot.newest(now_us, until)

    def sound(self, now_us: int) -> Samples | None:
        """The 20 ms to be heard from now on; None is silence."""
        with self._lock:
            pts_us = self._timing.sound_at(now_us)
        if pts_us is None:
            return None
        samples, dry = self._sound.read(pts_us)
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
        with self._lock:
            late_us = self._timing.picture_arrived(unit.pts_us, arrival_us)
        started = time.perf_counter()
        frames = self._picture_decoder.decode(unit)
        if frames is None:
            if arrival_us - self._asked_us > _ASK_EVERY_US:
                self._asked_us = arrival_us
                self._pipe.send(KeyframeRequest())
            return
        for frame in frames:
            if late_us < _STALE_US:
                self._slot.put(unit.pts_us, arrival_us, fit(frame, self._tile.width, self._tile.height))
                self.pictures += 1
        self.decode_ms += ((time.perf_counter() - started) * 1000 - self.decode_ms) * 0.05

    def _hear(self, packet: AudioPacket) -> None:
        samples = self._sound_decoder.decode(packet)
        if samples is None:
            return
        with self._lock:
            self._timing.sound_arrived(packet.pts_us, self._now_us())
        self._sound.write(packet.pts_us, samples)
