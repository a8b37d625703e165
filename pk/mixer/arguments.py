"""PURE. What a mixer is told when it is started, checked: it comes from another process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pk.mixer.layout import MAX_SEATS, Layout, usual

MAX_MACROBLOCKS = 8192  # a frame of level 4.0
MAX_NAME = 64


@dataclass(frozen=True)
class Source:
    """A host: ``room`` whose camera is taken from the worker at ``pipe``; ``seat`` is his place in the layout."""

    room: str
    name: str
    seat: int
    pipe: str


@dataclass(frozen=True)
class Output:
    room: str
    pipe: str


@dataclass(frozen=True)
class MixerArguments:
    """``width`` and ``height`` in pixels, ``bitrate`` in bit/s, ``battle`` names the composite in the pipe."""

    battle: str
    token: str
    width: int
    height: int
    fps: int
    bitrate: int
    preset: str
    layout: Layout
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]


def parse(arguments: Mapping[str, Any]) -> MixerArguments:
    """The arguments with their defaults (720x640 at 30 frames/s). ``ValueError`` or ``KeyError`` if they are wrong."""
    width, height, fps = (int(arguments.get(key, usually)) for key, usually in _CANVAS)
    if width % 2 or height % 2 or min(width, height) < 64 or not 1 <= fps <= 60:
        raise ValueError(f"cannot mix {width}x{height} at {fps}")
    if -(-width // 16) * -(-height // 16) > MAX_MACROBLOCKS:
        raise ValueError(f"{width}x{height} is more than level 4.0 allows")
    sources = sorted((_source(entry) for entry in arguments["sources"]), key=lambda source: source.seat)
    if [source.seat for source in sources] != list(range(len(sources))) or not 1 <= len(sources) <= MAX_SEATS:
        raise ValueError("seats must be 0, 1, 2, ... and at most nine")
    outputs = tuple(Output(str(entry["room"]), str(entry["pipe"])) for entry in arguments["outputs"])
    if not 1 <= len(outputs) <= MAX_SEATS:
        raise ValueError("there must be one to nine outputs")
    return MixerArguments(
        battle=str(arguments["battle"]),
        token=str(arguments["token"]),
        width=width,
        height=height,
        fps=fps,
        bitrate=int(arguments.get("bitrate", usual_bitrate(width, height, fps))),
        preset=str(arguments.get("preset", "superfast")),
        layout=Layout(arguments.get("layout", usual(len(sources)))),
        sources=tuple(sources),
        outputs=outputs,
    )


_CANVAS = (("width", 720), ("height", 640), ("fps", 30))


def usual_bitrate(width: int, height: int, fps: int) -> int:
    """0.12 bit a pixel: 1.66 Mbit/s for 720x640 at 30 frames/s."""
    return width * height * fps * 12 // 100


def _source(entry: Mapping[str, Any]) -> Source:
    name = "".join(character if character.isprintable() else " " for character in str(entry["name"]))
    return Source(str(entry["room"]), name.strip()[:MAX_NAME], int(entry["seat"]), str(entry["pipe"]))
