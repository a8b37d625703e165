"""Pictures of one colour and tones of one pitch, encoded as hosts do, and judged after decoding."""

from collections.abc import Iterable
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from streaming.media.wire import h264

Colour = tuple[int, int, int]
"""Y, U, V"""
RED: Colour = (81, 90, 240)
BLUE: Colour = (41, 240, 110)
GREEN: Colour = (145, 54, 34)
OPUS_RATE = 48_000
TOLERANCE = 12


def encode_colour(colour: Colour, frames: int, *, size: tuple[int, int] = (320, 180), every: int = 1000) -> list[bytes]:
    """`frames` access units, Annex B, a keyframe first and after each `every`; a bright bar walks over the colour."""
    width, height = size
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.framerate = Fraction(30, 1)
    encoder.profile = "Baseline"
    encoder.options = {"tune": "zerolatency", "preset": "ultrafast", "g": str(every), "keyint_min": "1", "crf": "24"}
    units = []
    for number in range(frames):
        units += encoder.encode(_picture(colour, width, height, number))
    units += encoder.encode(None)
    return [bytes(unit) for unit in units]


def _picture(colour: Colour, width: int, height: int, number: int) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, "yuv420p")
    for place, (plane, value) in enumerate(zip(frame.planes, colour, strict=True)):
        samples = np.full((plane.height, plane.line_size), value, np.uint8)
        if place == 0:
            bar = number * 8 % width
            samples[-height // 6 :, bar : bar + 16] = 235
        plane.update(samples.tobytes())
    frame.pts = number
    frame.time_base = Fraction(1, 30)
    return frame


def decode(units: Iterable[bytes]) -> list[av.VideoFrame]:
    decoder = av.CodecContext.create("h264", "r")
    frames: list[av.VideoFrame] = []
    for unit in units:
        frames += decoder.decode(av.Packet(unit))
    return frames + decoder.decode(None)


def colour_of(frame: av.VideoFrame) -> Colour:
    """The colour in the middle of a decoded picture."""

    def sample(plane: av.video.plane.VideoPlane) -> int:
        samples = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)
        return int(samples[plane.height // 3, plane.width // 2])

    return sample(frame.planes[0]), sample(frame.planes[1]), sample(frame.planes[2])


def alike(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= TOLERANCE for a, b in zip(one, other, strict=True))


def encode_tone(hertz: float, packets: int) -> list[bytes]:
    """Opus packets of 20 ms."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = OPUS_RATE, "mono", "s16"
    encoder.bit_rate = 48_000
    encoded = []
    for number in range(packets):
        moments = (np.arange(960) + number * 960) / OPUS_RATE
        wave = (np.sin(2 * np.pi * hertz * moments) * 12_000).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(wave, "s16", "mono")
        frame.sample_rate, frame.pts = OPUS_RATE, number * 960
        encoded += encoder.encode(frame)
    return [bytes(packet) for packet in encoded][:packets]


def loudest_hertz(packets: Iterable[bytes]) -> float:
    """The pitch that decoded Opus packets carry most of."""
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = OPUS_RATE, "mono"
    waves: list[NDArray[np.float64]] = []
    for packet in packets:
        waves += [frame.to_ndarray().reshape(-1).astype(np.float64) for frame in decoder.decode(av.Packet(packet))]
    wave = np.concatenate(waves)[OPUS_RATE // 20 :]
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return float(np.fft.rfftfreq(len(wave), 1 / OPUS_RATE)[spectrum.argmax()])


def payloads_of(unit: bytes) -> list[bytes]:
    return h264.packetise(unit)
