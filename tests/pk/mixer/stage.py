"""Synthetic hosts, and viewers that judge by what they see and hear."""

import asyncio
import time
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from pk.mixer.canvas import Colour
from pk.mixer.layout import Rectangle
from tests.transcode.endpoint import Camera, Given
from transcode.media_pipe import AudioPacket, VideoUnit

RED: Colour = (81, 90, 240)
BLUE: Colour = (41, 240, 110)
WHITE: Colour = (235, 128, 128)
BLACK: Colour = (16, 128, 128)
RATE = 48_000

Image = npt.NDArray[np.uint8]
Sound = npt.NDArray[np.float32]


def h264(colours: list[Colour], width: int = 180, height: int = 320, fps: int = 15) -> list[bytes]:
    """One access unit a colour; the first is a keyframe, the others are not."""
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate = Fraction(1, fps), Fraction(fps)
    codec.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "crf": "20", "g": "1000"}
    units = []
    for number, colour in enumerate(colours):
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, value in zip(frame.planes, colour, strict=True):
            np.frombuffer(memoryview(plane), np.uint8)[:] = value
        frame.pts = number
        units += [bytes(packet) for packet in codec.encode(frame)]
    assert len(units) == len(colours)
    return units


def orientated(payload: bytes, quarter: int) -> bytes:
    """``payload`` with a display orientation SEI (H.264, D.1.27) of ``quarter`` degrees counter-clockwise."""
    sixteenth = quarter * 65536 // 360
    bits = f"0{0:01b}{0:01b}{sixteenth:016b}" + "010" + "0"  # no cancel, no flips, the angle, for one picture, no more
    bits += "1" + "0" * (-(len(bits) + 1) % 8)
    body = int(bits, 2).to_bytes(len(bits) // 8, "big")
    sei = bytes([6, 47, len(body)]) + body + b"\x80"
    where = payload.index(b"\0\0\1\x65") if b"\0\0\1\x65" in payload else payload.index(b"\0\0\0\1\x65")
    return payload[:where].removesuffix(b"\0") + b"\0\0\0\1" + sei + b"\0" + payload[where:]


def opus(samples: Sound) -> list[bytes]:
    """20 ms packets of mono ``samples``."""
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout, codec.format = RATE, "stereo", "flt"
    codec.bit_rate = 64_000
    packets = []
    for number, start in enumerate(range(0, len(samples), 960)):
        stereo = np.repeat(samples[start : start + 960].astype(np.float32), 2).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(stereo, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = RATE, number * 960
        packets += [bytes(packet) for packet in codec.encode(frame)]
    return packets


def tone(hertz: float, seconds: float = 1.0, level: float = 0.3) -> Sound:
    at = np.arange(int(RATE * seconds)) / RATE
    return (level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


@dataclass(frozen=True)
class Programme:
    """What a host sends over and over: one second, or as long as the two lists are."""

    units: list[bytes]
    packets: list[bytes]
    fps: int = 15


def plain(colour: Colour, hertz: float, width: int = 180, height: int = 320) -> Programme:
    """A coloured picture with a tone, a keyframe a second."""
    return Programme(h264([colour] * 15, width, height), opus(tone(hertz)))


class Host:
    """Sends a programme into a camera in real time, on the event loop, until ``stop``.

    Its media clock starts at ``epoch_us``; ``sound_late_s``: how much longer sound takes to arrive than picture.
    """

    def __init__(self, camera: Camera, programme: Programme, epoch_us: int = 0, sound_late_s: float = 0.0) -> None:
        self._camera = camera
        self._programme = programme
        self._epoch_us = epoch_us
        self._sound_late_s = sound_late_s
        self._loop = asyncio.get_running_loop()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._started = time.monotonic()

    def __enter__(self) -> "Host":
        self._started = self._loop.time()
        self._picture(0)
        self._sound(0)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _picture(self, number: int) -> None:
        units, fps = self._programme.units, self._programme.fps
        if not units:
            return
        unit = VideoUnit(
            self._epoch_us + number * 1_000_000 // fps, number % len(units) == 0, units[number % len(units)]
        )
        if unit.keyframe:
            self._camera.cached.clear()
        self._camera.cached.append(unit)
        self._camera.send(unit)
        following = self._started + (number + 1) / fps
        self._timers["picture"] = self._loop.call_at(following, self._picture, number + 1)

    def _sound(self, number: int) -> None:
        packets = self._programme.packets
        if not packets:
            return
        self._camera.send(AudioPacket(self._epoch_us + number * 20_000, packets[number % len(packets)]))
        following = self._started + (number + 1) * 0.02 + self._sound_late_s
        self._timers["sound"] = self._loop.call_at(following, self._sound, number + 1)


class Viewer:
    """Decodes what a job gives to one room."""

    def __init__(self, given: Given) -> None:
        self.given = given
        codec = av.CodecContext.create("h264", "r")
        assert isinstance(codec, VideoCodecContext)
        codec.thread_count = 1
        codec.flags |= Flags.low_delay
        self._picture = codec

    async def picture(self) -> tuple[int, Image]:
        """The next picture as (pts, luma and chroma): (h, w, 3), chroma doubled."""
        while True:
            unit = await self.given.next_video()
            for image in self._decoded(unit):
                return unit.pts_us, image

    def _decoded(self, unit: VideoUnit) -> list[Image]:
        return [yuv(frame) for frame in self._picture.decode(av.Packet(unit.payload))]

    async def until(self, left: Colour | None, right: Colour | None, pictures: int = 120) -> int:
        """Watch until the halves have these colours (None: any); return the pts. Fails after so many pictures."""
        seen: object = None
        for _ in range(pictures):
            pts, image = await self.picture()
            seen = halves(image)
            wanted = (left, right)
            if all(want is None or near(got, want) for got, want in zip(seen, wanted, strict=True)):
                return pts
        raise AssertionError(f"wanted {left} {right}, the last picture had {seen}")

    async def sound(self, seconds: float) -> Sound:
        """So many seconds of the mix from now on, one channel."""
        codec = _opus_decoder()
        while not self.given.frames.empty():
            self.given.frames.get_nowait()
        decoded: list[Sound] = []
        for _ in range(int(seconds * 50)):
            packet = await self.given.next_audio()
            decoded += [samples(frame) for frame in codec.decode(av.Packet(packet.payload))]
        return np.concatenate(decoded)

    async def hears(self, *tones: float, without: tuple[float, ...] = (), least: float = 0.12) -> None:
        """Listen until a moment of the mix has all ``tones`` and none of ``without``; fails after twelve moments.

        A machine that is short of time makes gaps, and gaps blur a spectrum: so one clean moment is enough.
        """
        levels: dict[float, float] = {}
        for _ in range(12):
            heard = await self.sound(0.3)
            levels = {hertz: level_of(heard, hertz) for hertz in (*tones, *without)}
            if all(levels[hertz] > least for hertz in tones) and all(levels[hertz] < 0.02 for hertz in without):
                return
        raise AssertionError(f"wanted {tones} without {without}, the last moment had {levels}")

    async def onsets(self, seconds: float) -> tuple[list[int], list[int]]:
        """When, in the composite's pts, the left half turned white, and when the sound became loud after silence."""
        codec = _opus_decoder()
        flashes: list[int] = []
        beeps: list[int] = []
        white, loud = True, True
        first: int | None = None
        while True:
            message = await self.given.next()
            first = message.pts_us if first is None else first
            if message.pts_us - first > seconds * 1e6:
                return flashes, beeps
            if isinstance(message, VideoUnit):
                for image in self._decoded(message):
                    was, white = white, halves(image)[0][0] > 128
                    flashes += [message.pts_us] * (white and not was)
            else:
                for frame in codec.decode(av.Packet(message.payload)):
                    heard = np.abs(samples(frame)) > 0.1
                    was, loud = loud, bool(heard.any())
                    if loud and not was:
                        beeps.append(message.pts_us + int(heard.argmax()) * 1_000_000 // RATE)


def _opus_decoder() -> AudioCodecContext:
    codec = av.CodecContext.create("libopus", "r")
    assert isinstance(codec, AudioCodecContext)
    codec.sample_rate, codec.layout = RATE, "stereo"
    return codec


def samples(frame: av.AudioFrame) -> Sound:
    array = frame.to_ndarray()
    first = array[0] if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels)[:, 0]
    return np.asarray(first, np.float32) / np.float32(32768 if array.dtype == np.int16 else 1)


def yuv(frame: av.VideoFrame) -> Image:
    planes = [
        np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        for plane in frame.planes
    ]
    doubled = [planes[0], *(plane.repeat(2, 0).repeat(2, 1) for plane in planes[1:])]
    return np.stack([plane[: frame.height, : frame.width] for plane in doubled], axis=-1)


def halves(image: Image) -> tuple[Colour, Colour]:
    """The colours in the upper middle of the left and the right half, where nothing is written."""
    height, width = image.shape[:2]
    rows = slice(height // 8, height // 4)
    found = []
    for middle in (width // 4, width * 3 // 4):
        mean = image[rows, middle - 8 : middle + 8].mean((0, 1))
        found.append((round(float(mean[0])), round(float(mean[1])), round(float(mean[2]))))
    return found[0], found[1]


def colour_in(image: Image, tile: Rectangle) -> Colour:
    """The colour in the upper middle of a tile, where nothing is written."""
    rows = slice(tile.y + tile.height // 5, tile.y + tile.height // 3)
    middle = tile.x + tile.width // 2
    mean = image[rows, middle - 6 : middle + 6].mean((0, 1))
    return round(float(mean[0])), round(float(mean[1])), round(float(mean[2]))


def near(got: Colour, wanted: Colour) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(got, wanted, strict=True))


def level_of(sound: Sound, hertz: float) -> float:
    """The amplitude of the tone of ``hertz`` (to within 1 %: the mixer slides to catch up) in ``sound``."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) * 4 / len(sound)
    middle = round(hertz * len(sound) / RATE)
    around = 3 + middle // 100
    return float(spectrum[max(0, middle - around) : middle + around + 1].max())
