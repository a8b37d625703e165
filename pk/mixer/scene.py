"""A roster as it is drawn: tiles, what is written over them, and what stands in for a missing picture.

Made outside of the picture's clock, and never changed: another roster is another scene on the same canvas.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import av

from pk.mixer.arguments import Roster, Source
from pk.mixer.canvas import Canvas, Planes, Stamp
from pk.mixer.layout import Rectangle, arrange, meetings
from pk.mixer.marks import name_plate, placeholder, score_bar, versus


class Absence(StrEnum):
    """Why there is no picture; the value is written below the name."""

    NO_CAMERA = ""  # heard, or only a voice
    CONNECTING = "connecting"  # never there yet
    RECONNECTING = "reconnecting"


@dataclass(frozen=True)
class Seat:
    tile: Rectangle
    stamps: tuple[Stamp, ...]
    instead: Mapping[Absence, Planes]


class Scene:
    def __init__(self, roster: Roster, width: int, height: int) -> None:
        tiles = arrange(roster.layout, roster.sides, width, height)
        centres = meetings(roster.layout, roster.sides, width, height)
        self.roster = roster
        self.seats = tuple(
            Seat(tile, _stamps(tile, source, centres, width), _instead(tile, source.name))
            for tile, source in zip(tiles, roster.sources, strict=True)
        )
        self.sides = tuple(sorted(set(roster.sides)))


def _stamps(tile: Rectangle, source: Source, centres: Sequence[tuple[int, int]], width: int) -> tuple[Stamp, ...]:
    """Over a screen nobody's name is written: below it may be what is to be read."""
    parts = [versus(centre, width, tile) for centre in centres]
    stamps = tuple(part for part in parts if part is not None)
    return stamps if source.screen else (name_plate(tile, source.name, source.side), *stamps)


def _instead(tile: Rectangle, name: str) -> dict[Absence, Planes]:
    return {absence: placeholder(tile, name, absence.value) for absence in Absence}


@dataclass(frozen=True)
class Bar:
    """A score bar, drawn; over the top of the composite."""

    strip: Planes

    @property
    def at(self) -> Rectangle:
        return Rectangle(0, 0, self.strip.y.shape[1], self.strip.y.shape[0])


def bar(scene: Scene, width: int, scores: Mapping[int, int]) -> Bar:
    return Bar(score_bar(width, scene.sides, scores))


class Composer:
    """Tiles to the composite. Only what has changed since the last picture is pasted and stamped again."""

    def __init__(self, width: int, height: int) -> None:
        self._canvas = Canvas(width, height)
        self._scene: Scene | None = None
        self._bar: Bar | None = None
        self._shown: list[Planes] = []

    def compose(self, scene: Scene, tiles: Sequence[Planes | Absence], over: Bar | None = None) -> av.VideoFrame:
        """One frame of the composite, the same object every time; each of ``tiles`` has the size of its seat's."""
        wanted = [
            seat.instead[tile] if isinstance(tile, Absence) else tile
            for seat, tile in zip(scene.seats, tiles, strict=True)
        ]
        anew = scene is not self._scene or over is not self._bar
        if scene is not self._scene:
            self._canvas.clear()  # where no tile is now, one may have been
        covered = False
        for index, (tile, seat) in enumerate(zip(wanted, scene.seats, strict=True)):
            # What is shown is held, so that another picture is another object.
            if anew or tile is not self._shown[index]:
                self._canvas.paste(tile, seat.tile)
                for stamp in seat.stamps:
                    self._canvas.stamp(stamp)
                covered = covered or seat.tile.y == 0
        if over is not None and (anew or covered):
            self._canvas.paste(over.strip, over.at)
        self._scene, self._bar, self._shown = scene, over, wanted
        return self._canvas.frame
