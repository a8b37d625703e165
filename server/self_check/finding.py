"""PURE. What the self-check has to say."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """error: it cannot work, the start stops. warning: some people will get no picture. note: it could be better."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """`code` is the heading in docs/networking.md; `text` is what is the matter and what to do, for the operator."""

    level: Level
    code: str
    text: str


def error(code: str, text: str) -> Finding:
    return Finding(Level.ERROR, code, text)


def warning(code: str, text: str) -> Finding:
    return Finding(Level.WARNING, code, text)


def note(code: str, text: str) -> Finding:
    return Finding(Level.NOTE, code, text)
