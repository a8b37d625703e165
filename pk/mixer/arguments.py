"""PURE. What a mixer is told, checked: it comes from another process.

When it is started:

    battle, token       the composite's name in the media pipes, and their password
    width, height, fps  of the composite; 720x640 at 30 unless said otherwise
    bitrate, preset     of x264; 0.12 bit a pixel and superfast unless said otherwise
    score_bar           true: a bar of the scores is burned in (for a recording; pages draw their own)
    layout              of ``Layout``, the usual one for the sources unless said
    sources             [{room, name, seat, pipe, stream?, side?, voice_only?, screen?}], seats 0, 1, 2, ...
    outputs             [{room, pipe}]

While it runs, one message of:

    {"stage": {"sources": [...], "outputs": [...], "layout": ...}}    the new roster, whole, as above
    {"mute": {"room": room, "seats": [seat, ...]}}                    that room hears these no more, and all others
    {"gains": {"room": room, "seats": {seat: gain, ...}}}             how loud that room hears these, 0 to 2; others 1
    {"scores": {side: score, ...}}                                    side by number or by colour
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pk.mixer.layout import MAX_SEATS, MAX_SIDES, Layout, arrange, usual

MAX_MACROBLOCKS = 8192  # a frame of level 4.0
MAX_NAME = 64
MAX_GAIN = 2.0
MAX_SCORE = 10**12
COLOURS = ("red", "blue", "green", "yellow")  # of the sides
CAMERA = "camera"


@dataclass(frozen=True)
class Source:
    """Somebody on stage: ``stream`` of ``room`` is taken from the worker at ``pipe``; ``seat`` is his place.

    ``screen``: of his screen, which is seen whole and seldom changes.
    """

    room: str
    name: str
    seat: int
    pipe: str
    stream: str = CAMERA
    side: int = 0
    voice_only: bool = False
    screen: bool = False

    @property
    def origin(self) -> tuple[str, str, str]:
        """Where picture and sound come from: who keeps it keeps his connection, whatever else changes."""
        return self.pipe, self.room, self.stream


@dataclass(frozen=True)
class Output:
    room: str
    pipe: str


@dataclass(frozen=True)
class Roster:
    """Who is on stage, in the order of the seats, and who gets the composite."""

    layout: Layout
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]

    @property
    def sides(self) -> tuple[int, ...]:
        return tuple(source.side for source in self.sources)


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
    score_bar: bool
    roster: Roster


@dataclass(frozen=True)
class Loudness:
    """How loud ``room`` hears each seat; seats that are not named have gain 1."""

    room: str
    gains: Mapping[int, float]


@dataclass(frozen=True)
class Scores:
    """By side."""

    scores: Mapping[int, int]


Told = Roster | Loudness | Scores


def parse(arguments: Mapping[str, Any]) -> MixerArguments:
    """The arguments with their defaults. ``ValueError``, ``TypeError`` or ``KeyError`` if they are wrong."""
    width, height, fps = (int(arguments.get(key, usually)) for key, usually in _CANVAS)
    if width % 2 or height % 2 or min(width, height) < 64 or not 1 <= fps <= 60:
        raise ValueError(f"cannot mix {width}x{height} at {fps}")
    if -(-width // 16) * -(-height // 16) > MAX_MACROBLOCKS:
        raise ValueError(f"{width}x{height} is more than level 4.0 allows")
    return MixerArguments(
        battle=str(arguments["battle"]),
        token=str(arguments["token"]),
        width=width,
        height=height,
        fps=fps,
        bitrate=int(arguments.get("bitrate", usual_bitrate(width, height, fps))),
        preset=str(arguments.get("preset", "superfast")),
        score_bar=arguments.get("score_bar", False) is True,
        roster=roster(arguments, width, height),
    )


_CANVAS = (("width", 720), ("height", 640), ("fps", 30))


def usual_bitrate(width: int, height: int, fps: int) -> int:
    """0.12 bit a pixel: 1.66 Mbit/s for 720x640 at 30 frames/s."""
    return width * height * fps * 12 // 100


def told(message: Mapping[str, Any], width: int, height: int) -> Told:
    """What a running mixer on a canvas of this size was told. ``ValueError``, ``TypeError`` or ``KeyError``."""
    match message:
        case {"stage": stage}:
            return roster(stage, width, height)
        case {"mute": {"room": room, "seats": seats}}:
            return Loudness(str(room), {_seat(seat): 0.0 for seat in seats})
        case {"gains": {"room": room, "seats": gains}}:
            return Loudness(str(room), {_seat(seat): _gain(gain) for seat, gain in gains.items()})
        case {"scores": scores}:
            return Scores({_side(side): max(0, min(int(score), MAX_SCORE)) for side, score in scores.items()})
    raise ValueError(f"a mixer does not know {sorted(map(str, message))}")


def roster(fields: Mapping[str, Any], width: int, height: int) -> Roster:
    """Sources, outputs and layout; errors as ``parse``."""
    sources = sorted((_source(entry) for entry in fields["sources"]), key=lambda source: source.seat)
    if [source.seat for source in sources] != list(range(len(sources))) or not 1 <= len(sources) <= MAX_SEATS:
        raise ValueError("seats must be 0, 1, 2, ... and at most nine")
    if len({source.origin for source in sources}) < len(sources):
        raise ValueError("nobody is on stage twice")
    outputs = tuple(Output(str(entry["room"]), str(entry["pipe"])) for entry in fields["outputs"])
    if not 1 <= len(outputs) <= MAX_SEATS or len({output.room for output in outputs}) < len(outputs):
        raise ValueError("there must be one to nine outputs, each to another room")
    wanted = fields.get("layout")
    if wanted == Layout.TEAM and not any("side" in entry for entry in fields["sources"]):
        half = (len(sources) + 1) // 2  # two sides, the first half of the seats on the left
        sources = [replace(source, side=int(source.seat >= half)) for source in sources]
    sides = tuple(source.side for source in sources)
    layout = usual(sides) if wanted is None else Layout(wanted)
    arrange(layout, sides, width, height)
    if layout is Layout.SCREEN and not sources[-1].screen:
        raise ValueError("the last seat of this layout is a screen's")
    return Roster(layout, tuple(sources), outputs)


def _source(entry: Mapping[str, Any]) -> Source:
    name = "".join(character if character.isprintable() else " " for character in str(entry["name"]))
    seat = _seat(entry["seat"])
    side = int(entry.get("side", seat))
    if not 0 <= side < MAX_SEATS:
        raise ValueError(f"there is no side {side}")
    return Source(
        room=str(entry["room"]),
        name=name.strip()[:MAX_NAME],
        seat=seat,
        pipe=str(entry["pipe"]),
        stream=str(entry.get("stream", CAMERA)),
        side=side,
        voice_only=entry.get("voice_only", False) is True,
        screen=entry.get("screen", False) is True,
    )


def _seat(value: Any) -> int:
    seat = int(value)
    if not 0 <= seat < MAX_SEATS:
        raise ValueError(f"there is no seat {seat}")
    return seat


def _gain(value: Any) -> float:
    gain = float(value)
    if not 0 <= gain <= MAX_GAIN:  # not-a-number too is out of it
        raise ValueError(f"nobody is heard at {gain}")
    return gain


def _side(value: Any) -> int:
    side = COLOURS.index(value) if value in COLOURS else int(value)
    if not 0 <= side < MAX_SIDES:
        raise ValueError(f"there is no side {side}")
    return side
