"""Identifiers: lower-case ULIDs, 26 characters, sortable by the time of their making, not to be guessed."""

import re
import secrets

from ulid import ULID

ID_LENGTH = 26
_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")


def new_id() -> str:
    """A new lower-case ULID."""
    return str(ULID()).lower()


def is_id(text: str) -> bool:
    """Whether ``text`` has the form of an id; says nothing of whether it exists."""
    return _ID.fullmatch(text) is not None


def new_secret() -> str:
    """256 bits for tokens and stream keys, URL-safe."""
    return secrets.token_urlsafe(32)
