"""PURE. On which media worker a viewer of a program is placed: at the room's home, or at a relay of it.

Each worker says how full it is and how many watch each of its rooms, and is gone three seconds after its last word:
that is the only truth about relays. It may be a second old, so a room may pass its threshold by what came meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CROWD_ROOMS_MAX = 64


@dataclass(frozen=True)
class PlacementRules:
    room_viewers: int = 300
    """So many viewers of one program are enough for one worker."""
    load: float = 0.8
    """A worker that is so full gets no more viewers while there is another one. Itself it refuses them later."""


@dataclass(frozen=True)
class Candidate:
    """A media worker. ``viewers`` of the room are there; None: it does not carry the room."""

    url: str
    load: float
    viewers: int | None = None


def place(home: Candidate, others: Sequence[Candidate], rules: PlacementRules) -> Candidate:
    """The least loaded of home and relays; a new relay when these are all near their limit; else the best of them."""
    carrying = [home, *(each for each in others if each.viewers is not None)]
    roomy = [each for each in carrying if (each.viewers or 0) < rules.room_viewers and each.load < rules.load]
    if roomy:
        # In tenths, and home first: nobody is sent away for the sake of a hundredth.
        return min(roomy, key=lambda each: (round(each.load, 1), each is not home, each.load, each.url))
    fresh = [each for each in others if each.viewers is None and each.load < rules.load]
    return min(fresh or carrying, key=lambda each: (each.load, each.url))


def write_crowds(viewers: Mapping[str, int]) -> str:
    """The most watched rooms of a worker, for its announcement."""
    largest = sorted(viewers.items(), key=lambda each: (-each[1], each[0]))[:CROWD_ROOMS_MAX]
    return " ".join(f"{room}={count}" for room, count in largest)


def read_crowds(announced: str) -> dict[str, int]:
    pairs = (each.partition("=") for each in announced.split())
    return {room: int(count) for room, _, count in pairs}
