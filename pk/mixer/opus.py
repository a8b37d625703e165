"""Opus in and out (RFC 6716), through libopus."""

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from pk.mixer.play_head import FRAME, RATE
from pk.mixer.sound import Samples
from transcode.media_pipe import AudioPacket

ENCODER_DELAY_US = 6_500  # of libopus for music: what a packet sounds like begins so much before what was put in


class SoundDecoder:
    """Opus packets to samples; what is lost between them is concealed."""

    def __init__(self) -> None:
        self.faults = 0
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        codec.thread_count = 1
        codec.sample_rate = RATE
        codec.layout = "stereo"
        self._codec = codec
        self._configuration: int | None = None  # the first byte of the last packet, without its count of frames

    def decode(self, payload: bytes) -> Samples | None:
        """The samples of a packet; None if it is not Opus."""
        samples = self._decoded(payload)
        if samples is None:
            self.faults += 1
        else:
            self._configuration = payload[0] & 0xFC
        return samples

    def conceal(self) -> Samples | None:
        """What probably comes next, one frame of the last packet's length; None before the first packet.

        A packet of nothing but its first byte has an empty frame, and libopus takes that for a lost one (section 3.2.1
        allows it, as sent in silence): so its own concealment is reached where there is no call for it.
        """
        return None if self._configuration is None else self._decoded(bytes([self._configuration]))

    def _decoded(self, payload: bytes) -> Samples | None:
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError:
            return None
        decoded = [_samples(frame) for frame in frames]
        return decoded[0] if len(decoded) == 1 else np.concatenate(decoded) if decoded else None


def _samples(frame: av.AudioFrame) -> Samples:
    """(n, 2); libopus gives 16 bit, interleaved."""
    assert frame.format.name == "s16"
    whole = np.frombuffer(memoryview(frame.planes[0]), np.int16, frame.samples * 2)
    return whole.reshape(-1, 2) * np.float32(1 / 32768)


class SoundEncoder:
    """libopus, 20 ms packets, stereo."""

    def __init__(self, bitrate: int = 64_000) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        codec.thread_count = 1
        codec.sample_rate = RATE
        codec.layout = "stereo"
        codec.format = "flt"
        codec.bit_rate = bitrate
        codec.options = {"frame_duration": "20", "application": "audio", "compression_level": "5"}
        codec.open()
        self._codec = codec
        self._samples = 0

    def encode(self, samples: Samples, pts_us: int) -> list[AudioPacket]:
        """The packet of one frame (960, 2) that is to be heard at ``pts_us``."""
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = self._samples
        self._samples += FRAME
        return [AudioPacket(pts_us - ENCODER_DELAY_US, bytes(packet)) for packet in self._codec.encode(frame)]
