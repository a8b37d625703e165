"""Doorbells inside streaming: something that a keeper reads from the store has changed. A lost one costs 2 s."""

from dataclasses import dataclass
from typing import ClassVar

from foundation.facts import Fact


@dataclass(frozen=True)
class StageChanged(Fact):
    """What a room's program is asked to show."""

    topic: ClassVar[str] = "streaming.stage.changed"

    room: str


@dataclass(frozen=True)
class EndAsked(Fact):
    """The host or an operator wants the broadcast to end."""

    topic: ClassVar[str] = "streaming.end.asked"

    room: str


@dataclass(frozen=True)
class RoomChanged(Fact):
    """The room's title, or its host's name."""

    topic: ClassVar[str] = "streaming.room.changed"

    room: str
