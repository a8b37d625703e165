"""The two hosts: zooming, structured pictures with a sensor's noise and a frame number, and a sound of many tones."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from av.bitstream import BitStreamFilterContext

from transcode.media_pipe import AudioPacket, VideoUnit

WIDTH, HEIGHT, FPS = 360, 640, 30
BITRATE = 1_500_000
KEYFRAME_EVERY = 60  # frames
RATE = 48_000

CELL = 16  # of the barcode, in pixels
BITS = 10
_TOP = 160  # where no name or mark of the composite is

Plane = npt.NDArray[np.uint8]

# A deep zoom and a drifting test picture: edges, fine structure and motion everywhere, as with a camera held by hand.
_PICTURES = (
    "mandelbrot=size=360x640:rate=30:start_x=-0.743643887:start_y=-0.131825904:end_scale=0.0005:end_pts=900:maxiter=400",
    "testsrc2=size=720x1280:rate=30,zoompan=z=1.25+0.2*sin(on/45):x=(iw-iw/zoom)*(0.5+0.4*sin(on/60))"
    ":y=(ih-ih/zoom)*(0.5+0.4*cos(on/75)):d=1:s=360x640:fps=30",
)
_NOISE = "noise=alls=7:allf=t,format=yuv420p"
_CHORDS = ((220.0, 277.2, 329.6, 987.8), (196.0, 246.9, 1174.7, 2349.3))


@dataclass(frozen=True)
class Clip:
    """``units`` and ``packets`` are what ``path`` (Matroska) holds, stamped from 0."""

    path: Path
    units: list[VideoUnit]
    packets: list[AudioPacket]


def clips(folder: Path, seconds: int) -> tuple[Clip, Clip]:
    """Both hosts of a battle, ``seconds`` long, made anew: they are the same each time."""
    first, second = (_clip(folder / f"host-{number}.mkv", number, seconds) for number in (0, 1))
    return first, second


def _clip(path: Path, number: int, seconds: int) -> Clip:
    with av.open(str(path), "w") as file:
        picture = file.add_stream("libx264", FPS)
        picture.width, picture.height, picture.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        picture.bit_rate = BITRATE
        picture.gop_size, picture.max_b_frames = KEYFRAME_EVERY, 0
        picture.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline"}
        sound = file.add_stream("libopus", RATE)
        sound.layout = "stereo"
        sound.bit_rate = 64_000
        for index, frame in enumerate(_frames(number, seconds)):
            mark(np.frombuffer(memoryview(frame.planes[0]), np.uint8).reshape(HEIGHT, -1), index)
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            file.mux(picture.encode(frame))
        file.mux(picture.encode(None))
        at = np.arange(RATE * seconds) / RATE
        level = 0.08 * (1 + 0.5 * np.sin(2 * np.pi * 1.3 * at))
        chord = sum((np.sin(2 * np.pi * hertz * at) for hertz in _CHORDS[number]), np.zeros_like(at)) * level
        for start in range(0, len(chord), 960):
            samples = np.repeat(chord[start : start + 960].astype(np.float32), 2).reshape(1, -1)
            voice = av.AudioFrame.from_ndarray(samples, format="flt", layout="stereo")
            voice.sample_rate, voice.pts = RATE, start
            file.mux(sound.encode(voice))
        file.mux(sound.encode(None))
    return _read(path)


def _frames(number: int, seconds: int) -> Iterator[av.VideoFrame]:
    source = f"{_PICTURES[number]},{_NOISE}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", source]
    command += ["-frames:v", str(seconds * FPS), "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1"]
    size = WIDTH * HEIGHT * 3 // 2
    with subprocess.Popen(command, stdout=subprocess.PIPE) as drawing:
        assert drawing.stdout is not None
        while len(raw := drawing.stdout.read(size)) == size:
            yield av.VideoFrame.from_ndarray(np.frombuffer(raw, np.uint8).reshape(-1, WIDTH), format="yuv420p")
    if drawing.returncode:
        raise RuntimeError("FFmpeg could not draw the clips")


def _read(path: Path) -> Clip:
    units: list[VideoUnit] = []
    packets: list[AudioPacket] = []
    with av.open(str(path)) as file:
        annex_b = BitStreamFilterContext("h264_mp4toannexb", file.streams.video[0])
        for packet in file.demux():
            if packet.pts is None:
                continue
            pts_us = max(0, int(packet.pts * packet.time_base * 1_000_000))
            if packet.stream.type == "audio":
                packets.append(AudioPacket(pts_us, bytes(packet)))
            else:
                units += [VideoUnit(pts_us, each.is_keyframe, bytes(each)) for each in annex_b.filter(packet)]
    return Clip(path, units, packets)


def mark(luma: Plane, number: int) -> None:
    """Write ``number`` into a picture: ``BITS`` cells and two of their sum modulo 4."""
    value = number * 4 + bin(number).count("1") % 4
    for bit in range(BITS + 2):
        left = CELL + bit * CELL
        luma[_TOP : _TOP + CELL, left : left + CELL] = 215 if value >> (BITS + 1 - bit) & 1 else 36


def number_of(luma: Plane, left: int = 0) -> int | None:
    """The number in the tile that begins at ``left``; None if it cannot be read."""
    value = 0
    for bit in range(BITS + 2):
        start = left + CELL + bit * CELL
        value = value * 2 + int(luma[_TOP + 4 : _TOP + CELL - 4, start + 4 : start + CELL - 4].mean() > 128)
    return value // 4 if value % 4 == bin(value // 4).count("1") % 4 else None
