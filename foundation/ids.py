"""Identifiers: lower-case ULIDs, 26 characters, sortable by the time of their making, not to be guessed."""

import re
import secrets

from ulid import ULID

ID_LENGTH = 26
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # ten bits each
_MIDDLE_BITS = 60
_COUNTED = 1 << 20  # the last four characters
_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


def new_id() -> str:
    """A new lower-case ULID."""
    return str(ULID()).lower()


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of an id; says nothing of whether it exists."""
    return _ID.fullmatch(text) is not None


class RisingIds:
    """Ids of one process whose order is the order of their making, made fast; they may be guessed from each other.

    Each has the time of the stamp that it is made for, or of a later one before it.
    """

    def __init__(self) -> None:
        self._at_ms = -1
        self._middle = 0  # 60 random bits between time and counter
        self._prefix = ""
        self._counter = 0

    def make(self, at_ms: int) -> str:
        if at_ms > self._at_ms:
            self._begin(at_ms, secrets.randbits(_MIDDLE_BITS))
        elif self._counter == _COUNTED:
            self._begin(self._at_ms, self._middle + 1)
        counter = self._counter
        self._counter = counter + 1
        return f"{self._prefix}{_PAIRS[counter >> 10]}{_PAIRS[counter & 1023]}"

    def _begin(self, at_ms: int, middle: int) -> None:
        self._at_ms, self._middle, self._counter = at_ms, middle, 0
        upper = at_ms << _MIDDLE_BITS | middle
        self._prefix = "".join(_PAIRS[upper >> shift & 1023] for shift in range(100, -1, -10))


def lowest_id(at_ms: int) -> str:
    """No id that was made for this millisecond, or a later one, comes before it."""
    upper = at_ms << _MIDDLE_BITS
    return "".join(_PAIRS[upper >> shift & 1023] for shift in range(100, -1, -10)) + _PAIRS[0] * 2


def new_secret() -> str:
    """256 bits for tokens and stream keys, URL-safe."""
    return secrets.token_urlsafe(32)
