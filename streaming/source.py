"""PURE: what a room's program shows. The first line of the table that applies decides."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    CLOSED = "closed"  # nothing is shown: publisher and viewers are sent away
    BATTLE = "battle"
    GUESTS = "guests"
    CAMERA = "camera"
    CARD = "card"


@dataclass(frozen=True)
class Source:
    """``composite`` is the id of the mixer's picture when the source is one."""

    kind: Kind
    composite: str = ""

    @property
    def wanted(self) -> str:
        """The word that a media worker knows for it: camera, composite or card."""
        return "composite" if self.composite else self.kind.value

    def __str__(self) -> str:
        return f"{self.kind}:{self.composite}" if self.composite else self.kind.value


@dataclass(frozen=True)
class Asked:
    """What is asked of a room's program by those who may ask."""

    over: bool = False  # the broadcast has ended, or its host is banned
    battle: str = ""
    guests: str = ""
    camera: bool = False  # a camera is there or is waited for: the worker itself bridges its gaps with the card


def choose(asked: Asked) -> Source:
    """ended or banned > battle composite > guest composite > camera > card"""
    table = (
        (asked.over, Source(Kind.CLOSED)),
        (bool(asked.battle), Source(Kind.BATTLE, asked.battle)),
        (bool(asked.guests), Source(Kind.GUESTS, asked.guests)),
        (asked.camera, Source(Kind.CAMERA)),
    )
    return next((source for applies, source in table if applies), Source(Kind.CARD))
