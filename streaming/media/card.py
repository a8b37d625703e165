"""The "back soon" card: one H.264 keyframe, encoded at start, sent again and again. The page writes the words on it."""

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from streaming.media.packet import SourcePacket
from streaming.media.source import Source
from streaming.media.wire import h264

WIDTH, HEIGHT = 360, 640
PERIOD_US = 500_000
_DARK, _LIGHT, _LINE = 28, 64, 6


def draw() -> NDArray[np.uint8]:
    """Luma of the card: dark, with a ring in the middle that is open like the hand of a clock."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    distance = np.hypot(rows - HEIGHT / 2, columns - WIDTH / 2)
    luma = np.full((HEIGHT, WIDTH), _DARK, np.uint8)
    luma[(distance > 58) & (distance < 58 + _LINE)] = _LIGHT + 120
    upright = (abs(columns - WIDTH / 2) < _LINE / 2) & (rows > HEIGHT / 2 - 40) & (rows < HEIGHT / 2)
    level = (abs(rows - HEIGHT / 2) < _LINE / 2) & (columns > WIDTH / 2) & (columns < WIDTH / 2 + 28)
    luma[upright | level] = _LIGHT + 120
    return luma


def encode_card() -> bytes:
    """The card as one H.264 baseline access unit, Annex B, with its parameter sets."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, samples in zip(frame.planes, (draw(), None, None), strict=True):
        padded = np.full((plane.height, plane.line_size), 128, np.uint8)
        if samples is not None:
            padded[:, :WIDTH] = samples
        plane.update(padded.tobytes())
    frame.pts = 0
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.profile = "Baseline"
    encoder.options = {"tune": "zerolatency", "preset": "fast", "crf": "26", "level": "3.1"}
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


class Card:
    """Feeds one source with the card; `tick` as often as one likes."""

    def __init__(self, source: Source, access_unit: bytes) -> None:
        self.source = source
        self._payloads = h264.packetise(access_unit)
        self._number = 0
        self._next_us = 0

    def tick(self, now_us: int) -> None:
        if now_us < self._next_us:
            return
        self._next_us = now_us + PERIOD_US
        last = len(self._payloads) - 1
        for place, payload in enumerate(self._payloads):
            self._number += 1
            self.source.push(
                "video",
                SourcePacket(
                    number=self._number,
                    timestamp=now_us * 9 // 100,
                    marker=place == last,
                    keyframe=h264.starts_keyframe(payload),
                    payload=payload,
                    captured_us=now_us,
                    arrived_us=now_us,
                ),
            )
