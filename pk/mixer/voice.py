"""One source's sound: decoded and read by the clock of the mix, concealed where something is missing."""

from collections import deque

import numpy as np

from pk.mixer.opus import SoundDecoder
from pk.mixer.play_head import FRAME
from pk.mixer.sound import FADE, Samples, SoundBuffer
from transcode.media_pipe import AudioPacket

CONCEALED = 5 * FRAME  # 100 ms are made up at most; then it is silence
_WAITING = 100  # packets: two seconds


class Voice:
    """``hear`` is called by the source's thread; everything else by the mix's.

    Packets are decoded when the mix has woken up anyway: on a processor that has just been woken for one packet, the
    same decoding costs twice as much.
    """

    def __init__(self) -> None:
        self.concealed = 0  # frames
        self._waiting: deque[AudioPacket] = deque(maxlen=_WAITING)  # of more, the oldest are lost
        self._decoder = SoundDecoder()
        self._buffer = SoundBuffer()
        self._made_up = 0  # samples since the last that came
        self._silent = True  # nothing is heard: what comes next fades in

    @property
    def faults(self) -> int:
        return self._decoder.faults

    @property
    def behind_us(self) -> float:
        """By how much what is heard is behind what should be."""
        return self._buffer.behind_us

    def hear(self, packet: AudioPacket) -> None:
        """Take a packet, in order."""
        self._waiting.append(packet)

    def read(self, pts_us: int) -> tuple[Samples | None, bool]:
        """20 ms that should start at ``pts_us``, and whether they have just run dry; None is silence.

        Who has run dry is a frame later from then on, and to be read by so much later: nothing of what comes is lost.
        """
        while self._waiting:
            self._take(self._waiting.popleft())
        flowed = self._made_up == 0 and not self._silent
        dry = False
        while self._buffer.short_of(pts_us) and self._conceal(between=flowed and not dry):
            dry = flowed
        return self._buffer.read(pts_us), dry

    def _take(self, packet: AudioPacket) -> None:
        while self._buffer.gap_before(packet.pts_us) and self._conceal():
            pass
        samples = self._decoder.decode(packet.payload)
        if samples is None:
            return
        if self._silent or self._buffer.gap_before(packet.pts_us):
            samples = _faded_in(samples)
        self._buffer.write(packet.pts_us, samples)
        self._made_up = 0
        self._silent = False

    def _conceal(self, between: bool = False) -> bool:
        """Make up one more frame; False when it has been enough."""
        if self._made_up >= CONCEALED or self._silent:
            self._silent = True
            return False
        samples = self._decoder.conceal()
        if samples is None:
            return False
        self._made_up += len(samples)
        self.concealed += 1
        if self._made_up >= CONCEALED:
            samples = samples * np.linspace(1, 0, len(samples), dtype=np.float32)[:, None]
        self._buffer.make_up(samples, between)
        return True


def _faded_in(samples: Samples) -> Samples:
    rise = np.minimum(1, np.arange(len(samples), dtype=np.float32) / FADE)
    return samples * rise[:, None]
