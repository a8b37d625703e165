"""PURE. How full a media worker is, and whom it still lets in."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Demand:
    """What a worker has to do: sessions, packets a second in and out, and the share of one core that it uses."""

    sessions: float
    packets_per_s: float = 0.0
    processor: float = 0.0


def load(demand: Demand, capacity: Demand) -> float:
    """0 is idle and 1 is full: whatever is nearest to its limit decides. May be more than 1."""
    return max(
        demand.sessions / capacity.sessions,
        demand.packets_per_s / capacity.packets_per_s,
        demand.processor / capacity.processor,
    )


@dataclass
class Door:
    """Closes at one load and opens again at a lower one, so that a worker at its limit does not flap."""

    closes_at: float
    opens_at: float
    closed: bool = False

    def admits(self, load: float) -> bool:
        self.closed = load > self.opens_at if self.closed else load >= self.closes_at
        return not self.closed


class Doors:
    """Viewers are refused before those inside are hurt; a publisher, who brings a whole audience, a little later."""

    def __init__(self) -> None:
        self._doors = {"watch": Door(0.95, 0.85), "publish": Door(1.0, 0.97)}

    def admit(self, role: Literal["publish", "watch"], load: float) -> bool:
        return self._doors[role].admits(load)
