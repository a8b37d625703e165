"""Fake cameras and microphones for Chromium: a picture of one colour that moves a little, and one tone."""

import math
import struct
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WIDTH, HEIGHT, FPS = 360, 640, 15
SECONDS = 4
SAMPLE_RATE = 48_000


@dataclass(frozen=True)
class Look:
    """What a host looks and sounds like; ``colour`` is RGB, 0..255."""

    colour: tuple[int, int, int]
    tone_hz: int


RED = Look((200, 30, 30), 440)
BLUE = Look((30, 60, 200), 990)


def write_camera(path: Path, look: Look) -> Path:
    """A y4m file (4:2:0, BT.601 limited range) of ``look``; a grey bar wanders so that no two frames are equal."""
    red, green, blue = (channel / 255 for channel in look.colour)
    luma = 16 + 65.481 * red + 128.553 * green + 24.966 * blue
    cb = 128 - 37.797 * red - 74.203 * green + 112 * blue
    cr = 128 + 112 * red - 93.786 * green - 18.214 * blue
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420mpeg2\n".encode())
        chroma = bytes([round(cb)]) * (WIDTH * HEIGHT // 4) + bytes([round(cr)]) * (WIDTH * HEIGHT // 4)
        for number in range(SECONDS * FPS):
            plane = np.full((HEIGHT, WIDTH), round(luma), dtype=np.uint8)
            top = number * 8 % (HEIGHT - 8)
            plane[top : top + 8, :] = 128
            file.write(b"FRAME\n" + plane.tobytes() + chroma)
    return path


def write_microphone(path: Path, look: Look) -> Path:
    """A WAV file of the tone; whole periods, so that it loops without a click."""
    samples = SAMPLE_RATE * SECONDS
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        step = 2 * math.pi * look.tone_hz / SAMPLE_RATE
        file.writeframes(b"".join(struct.pack("<h", round(9000 * math.sin(step * index))) for index in range(samples)))
    return path
