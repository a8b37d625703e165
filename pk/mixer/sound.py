"""From each source's Opus to one mix: decoded, held in a jitter buffer, summed with a soft clip, 20 ms at a time.

Samples are float32, shape (n, 2), 48 kHz, full scale 1.0.
"""

import threading
from collections.abc import Iterable

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from transcode.media_pipe import AudioPacket

Samples = npt.NDArray[np.float32]

RATE = 48_000
FRAME = 960
FRAME_US = 20_000
_CAPACITY = RATE * 2
_JUMP = RATE // 10  # a play head further off than 100 ms is moved at once
_STEP = FRAME // 120  # else it is let catch up by 0.8 % of speed, which nobody hears
_TOUCH = RATE // 200  # packets whose stamps miss each other by less than 5 ms belong together
_KNEE = 0.7


class SoundDecoder:
    """Opus packets to samples."""

    def __init__(self) -> None:
        self.faults = 0
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.sample_rate = RATE
        codec.layout = "stereo"
        self._codec = codec

    def decode(self, packet: AudioPacket) -> Samples | None:
        """The samples of ``packet``; None if it is not Opus."""
        try:
            frames = self._codec.decode(av.Packet(packet.payload))
        except av.FFmpegError:
            self.faults += 1
            return None
        decoded = [_samples(frame) for frame in frames]
        return np.concatenate(decoded) if decoded else None


def _samples(frame: av.AudioFrame) -> Samples:
    array = frame.to_ndarray()
    flat = array.T if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels)
    if flat.dtype == np.int16:
        flat = flat.astype(np.float32) / 32768
    return np.ascontiguousarray(flat, dtype=np.float32)


class SoundBuffer:
    """A ring of two seconds, addressed by the source's own time, so a lost packet leaves a gap and shifts nothing.

    Written by the source's thread, read by the mix.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ring: Samples = np.zeros((_CAPACITY, 2), np.float32)
        self._end: int | None = None  # where the newest sample written ends; None before the first
        self._head: int | None = None  # where the next read starts; None before the first
        self._flowing = False

    def write(self, pts_us: int, samples: Samples) -> None:
        with self._lock:
            start = round(pts_us * RATE / 1e6)
            if self._end is None or abs(start - self._end) > _CAPACITY // 2:
                self._ring[:] = 0  # the first packet, or a source that has started anew
                self._end, self._head = start, None
            elif abs(start - self._end) < _TOUCH:
                start = self._end
            # What is too late to be heard would otherwise be heard two seconds later.
            late = 0 if self._head is None else max(0, self._head - start)
            index = np.arange(start + late, start + len(samples)) % _CAPACITY
            self._ring[index] = samples[late:]
            self._end = max(self._end, start + len(samples))

    def read(self, pts_us: int) -> tuple[Samples | None, bool]:
        """20 ms that should start at ``pts_us``, and whether they have just run dry; None is silence."""
        with self._lock:
            if self._end is None:
                return None, False
            wanted = round(pts_us * RATE / 1e6)
            if self._head is None or abs(wanted - self._head) > _JUMP:
                self._jump(wanted)
            assert self._head is not None
            length = FRAME + max(-_STEP, min(_STEP, (wanted - self._head) // 10))
            start, self._head = self._head, self._head + length
            flowed, self._flowing = self._flowing, self._head <= self._end
            if start >= self._end:
                return None, flowed
            index = np.arange(start, start + length) % _CAPACITY
            taken = self._ring[index]
            self._ring[index] = 0
        return (taken if length == FRAME else _resampled(taken)), flowed and not self._flowing

    def _jump(self, head: int) -> None:
        """Move the head, and clear what is behind it: the ring is only zero where nothing is to be heard."""
        assert self._end is not None
        index = np.arange(max(head, self._end - _CAPACITY), self._end) % _CAPACITY
        kept = self._ring[index]
        self._ring[:] = 0
        self._ring[index] = kept
        self._head = head


def _resampled(samples: Samples) -> Samples:
    """``samples`` stretched or squeezed to one frame."""
    at = np.linspace(0, len(samples) - 1, FRAME)
    under = np.arange(len(samples))
    return np.stack([np.interp(at, under, samples[:, channel]) for channel in (0, 1)], axis=1).astype(np.float32)


def mix(voices: Iterable[Samples]) -> Samples:
    """The sum, linear up to 0.7 of full scale and bent softly towards 1.0 above."""
    total = np.zeros((FRAME, 2), np.float32)
    for voice in voices:
        total += voice
    loud = np.abs(total)
    if loud.max(initial=0.0) <= _KNEE:
        return total
    bent = _KNEE + (1 - _KNEE) * np.tanh((loud - _KNEE) / (1 - _KNEE))
    return np.where(loud > _KNEE, np.sign(total) * bent, total).astype(np.float32)
