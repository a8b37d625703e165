"""PURE: text that people give to be shown to others, made harmless to its neighbours on the screen."""

import unicodedata

from foundation.errors import Malformed

# They would turn other people's text around.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def spoken(text: object, longest: int, name: str = "text", shortest: int = 1) -> str:
    """``text`` in NFC, without controls, line breaks and direction marks, blanks around it cut off.

    Raises ``Malformed`` unless ``shortest`` to ``longest`` characters are left.
    """
    if not isinstance(text, str):
        raise Malformed(f"{name}: a string is wanted")
    kept = "".join(letter for letter in unicodedata.normalize("NFC", text) if _harmless(letter)).strip()
    if not shortest <= len(kept) <= longest:
        raise Malformed(f"{name}: {shortest} to {longest} characters")
    return kept


def _harmless(letter: str) -> bool:
    # Cc: controls; Cs: halves of surrogate pairs, which no encoder takes.
    return unicodedata.category(letter) not in ("Cc", "Cs") and letter not in DIRECTIONS
