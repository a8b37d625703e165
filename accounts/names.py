"""Which names people may bear. Pure.

A name is compared by its key: NFKC, case folded, NFKC again (Unicode 15, definition D146 without the default
ignorables, which a name cannot contain). So "Ｍｉｎａ", "MINA" and "mina" are one name.
"""

import unicodedata
from dataclasses import dataclass

from accounts.errors import NameUnsuitable

SHORTEST, LONGEST = 2, 24  # in characters as people count them: marks do not count
CODE_POINTS = 64
MARKS_IN_A_ROW = 3  # enough for every living script, too few to climb over the neighbours
RESERVED = frozenset(("admin", "administrator", "moderator", "ringside", "root", "staff", "support", "system"))

_LETTERS = frozenset(("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No"))
_MARKS = frozenset(("Mn", "Mc"))
_SYMBOLS = frozenset(("So", "Sk"))  # emoji and their skin tones
_PUNCTUATION = frozenset(" _-.'·・")
# Letters, marks and symbols by category that nobody can see.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")


@dataclass(frozen=True)
class Name:
    """``shown`` to people, compared by ``key``."""

    shown: str
    key: str


def name_of(text: str, *, reserved: bool = True) -> Name:
    """The name that ``text`` asks for; ``NameUnsuitable`` when nobody may bear it."""
    if len(text) > CODE_POINTS:
        raise NameUnsuitable(f"longer than {LONGEST} characters")
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    if len(shown) > CODE_POINTS:
        raise NameUnsuitable(f"longer than {LONGEST} characters")
    counted = _counted(shown)
    if not SHORTEST <= counted <= LONGEST:
        raise NameUnsuitable(f"a name has {SHORTEST} to {LONGEST} characters")
    if not any(unicodedata.category(each) in _LETTERS for each in shown):
        raise NameUnsuitable("a name has at least one letter or digit")
    key = key_of(shown)
    if reserved and key in RESERVED:
        raise NameUnsuitable("this name is reserved")
    return Name(shown, key)


def key_of(text: str) -> str:
    """What names, and beginnings of names, are compared by."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _counted(shown: str) -> int:
    """How many characters people see; refuses those that they do not see or that disturb others."""
    counted = marks = 0
    for each in shown:
        category = unicodedata.category(each)
        if category in _MARKS and each not in _INVISIBLE:
            marks += 1
            if marks > MARKS_IN_A_ROW or counted == 0:
                raise NameUnsuitable("too many marks on one letter")
            continue
        allowed = category in _LETTERS or category in _SYMBOLS or each in _PUNCTUATION
        if not allowed or each in _INVISIBLE:
            raise NameUnsuitable(f"U+{ord(each):04X} cannot be in a name")
        counted, marks = counted + 1, 0
    return counted
