"""The one input of all contestants: H.264 and Opus at a constant rate, the same bytes at every run.

Kept as a NUT file (Annex B and Opus untouched). Pictures are packetised as browsers do it: fragments of a NAL unit
differ by at most one byte, parameter sets together in a STAP-A.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
import numpy as np

from streaming.media.packet import MediaKind
from streaming.media.wire.h264 import nal_units

FPS = 30
AUDIO_RATE = 48_000
AUDIO_BITRATE = 48_000
SAMPLES = 960
PAYLOAD_MAX = 1180
VIDEO_TICKS = 90_000 // FPS
_FU_A, _STAP_A = 28, 24


@dataclass(frozen=True)
class Shape:
    """What is recorded. ``bitrate`` is picture and sound together, in bits a second."""

    name: str
    width: int
    height: int
    bitrate: int
    seconds: int
    gop: int
    """Frames from keyframe to keyframe."""


LOW = Shape("600k", 360, 640, 600_000, 10, 60)
HIGH = Shape("1500k", 720, 1280, 1_500_000, 10, 60)
# A browser makes a keyframe only when asked: what the join storm meets. The host jumps to the next keyframe then.
ASKED = Shape("asked", 360, 640, 600_000, 24, 360)


@dataclass(frozen=True)
class Piece:
    """One access unit or Opus packet; ``ticks`` in the clock of its kind, from the beginning."""

    kind: MediaKind
    ticks: int
    keyframe: bool
    data: bytes

    @property
    def at(self) -> float:
        return self.ticks / (90_000 if self.kind == "video" else AUDIO_RATE)

    @cached_property
    def payloads(self) -> list[bytes]:
        return payloads(self.data) if self.kind == "video" else [self.data]


class Recording:
    """``pieces`` in the order of their time; ``seconds`` after the first one it may begin again."""

    def __init__(self, path: Path) -> None:
        self.pieces: list[Piece] = []
        with av.open(str(path)) as file:
            for packet in file.demux():
                if packet.pts is None or not packet.size:
                    continue
                video = packet.stream.type == "video"
                time_base = packet.time_base
                assert time_base is not None
                ticks = round(packet.pts * time_base * (90_000 if video else AUDIO_RATE))
                kind: MediaKind = "video" if video else "audio"
                self.pieces.append(Piece(kind, ticks, video and packet.is_keyframe, bytes(packet)))
        for kind in ("video", "audio"):  # an encoder's delay is no part of the recording
            first = min(piece.ticks for piece in self.pieces if piece.kind == kind)
            self.pieces = [
                Piece(kind, piece.ticks - first, piece.keyframe, piece.data) if piece.kind == kind else piece
                for piece in self.pieces
            ]
        self.pieces.sort(key=lambda piece: piece.at)
        self.seconds = sum(piece.kind == "video" for piece in self.pieces) / FPS

    def described(self) -> str:
        packets = [(piece.kind, len(payload)) for piece in self.pieces for payload in piece.payloads]
        sounds = sum(kind == "audio" for kind, _ in packets)
        bits = 8 * sum(length + 12 for _, length in packets)
        return (
            f"{bits / self.seconds / 1000:.0f} kbit/s, {len(packets) / self.seconds:.0f} packets/s, "
            f"{100 * sounds / len(packets):.0f} % of them audio"
        )


def payloads(access_unit: bytes) -> list[bytes]:
    """RTP payloads as libwebrtc cuts them (RFC 6184, packetization mode 1)."""
    cut: list[bytes] = []
    small: list[bytes] = []
    for unit in nal_units(access_unit):
        if len(unit) <= PAYLOAD_MAX and sum(len(each) + 2 for each in small) + len(unit) + 3 <= PAYLOAD_MAX:
            small.append(unit)
            continue
        cut += _together(small)
        small = []
        cut += _fragments(unit) if len(unit) > PAYLOAD_MAX else [unit]
    return cut + _together(small)


def _together(units: list[bytes]) -> list[bytes]:
    if len(units) < 2:
        return units
    head = max(unit[0] & 0x60 for unit in units) | _STAP_A
    return [bytes([head]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)]


def _fragments(unit: bytes) -> list[bytes]:
    count = -(-(len(unit) - 1) // (PAYLOAD_MAX - 2))
    shorter, longer = divmod(len(unit) - 1, count)
    found, position = [], 1
    for number in range(count):
        size = shorter + (number >= count - longer)
        edge = (0x80 if number == 0 else 0) | (0x40 if number == count - 1 else 0)
        found.append(bytes([unit[0] & 0xE0 | _FU_A, unit[0] & 0x1F | edge]) + unit[position : position + size])
        position += size
    return found


def recorded(shape: Shape, folder: Path) -> Path:
    """The file of ``shape``, made when it is not there."""
    path = folder / f"{shape.name}.nut"
    if not path.exists():
        unfinished = path.with_suffix(".new")
        _record(shape, unfinished)
        unfinished.replace(path)
    return path


def repeated(path: Path, times: int) -> Path:
    """The same, ``times`` one after the other in one file: for a player that cannot begin again."""
    longer = path.with_name(f"{path.stem}-{times}.nut")
    recording = Recording(path)
    with av.open(str(longer), "w", format="nut") as file, av.open(str(path)) as model:
        outs = {each.type: file.add_stream_from_template(each) for each in model.streams}
        for lap in range(times):
            for piece in recording.pieces:
                packet = av.Packet(piece.data)
                rate = 90_000 if piece.kind == "video" else AUDIO_RATE
                packet.stream, packet.time_base = outs[piece.kind], Fraction(1, rate)
                packet.pts = packet.dts = piece.ticks + round(lap * recording.seconds * rate)
                packet.is_keyframe = piece.keyframe or piece.kind == "audio"
                file.mux(packet)
    return longer


def _record(shape: Shape, path: Path) -> None:
    with av.open(str(path), "w", format="nut") as file:
        video = file.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = shape.width, shape.height, "yuv420p"
        video.codec_context.profile = "Baseline"
        rate = (shape.bitrate - AUDIO_BITRATE) * 93 // 100  # RTP headers and SRTP tags take the rest
        video.bit_rate = rate
        video.options = {
            "preset": "veryfast",
            "tune": "zerolatency",
            "x264-params": f"keyint={shape.gop}:min-keyint={shape.gop}:scenecut=0:nal-hrd=cbr:force-cfr=1:"
            f"vbv-maxrate={rate // 1000}:vbv-bufsize={rate // 2000}:threads=1:repeat-headers=1:sliced-threads=0",
        }
        audio = file.add_stream("libopus", rate=AUDIO_RATE)
        audio.layout, audio.bit_rate, audio.options = "mono", AUDIO_BITRATE, {"vbr": "off"}
        sounds = _sounds(shape.seconds)
        for number, picture in enumerate(_pictures(shape)):
            file.mux(video.encode(picture))
            while sounds and (sounds[0].pts or 0) < number * AUDIO_RATE // FPS:
                file.mux(audio.encode(sounds.pop(0)))
        for stream in (video, audio):
            file.mux(stream.encode(None))


def _pictures(shape: Shape) -> Iterator[av.VideoFrame]:
    """A gradient that moves, with grain enough to use the rate."""
    chance = np.random.default_rng(20)
    width, height = shape.width, shape.height
    grain = chance.integers(-12, 13, (8, height, width), dtype=np.int16)
    ramp = (np.add.outer(np.arange(height), np.arange(width)) // 4).astype(np.int16)
    for number in range(shape.seconds * FPS):
        luma = (ramp + 3 * number) % 160 + 48 + grain[number % 8]
        chroma = np.full((height // 2, width), 110 + number % 40, np.int16)
        picture = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]).astype(np.uint8), "yuv420p")
        picture.pts = number
        yield picture


def _sounds(seconds: int) -> list[av.AudioFrame]:
    moments = np.arange(seconds * AUDIO_RATE) / AUDIO_RATE
    wave = (np.sin(2 * np.pi * 440 * moments) * 12_000).astype(np.int16)
    frames = []
    for start in range(0, len(wave), SAMPLES):
        frame = av.AudioFrame.from_ndarray(wave[start : start + SAMPLES].reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts = AUDIO_RATE, start
        frames.append(frame)
    return frames
