"""What people say about themselves: some lines of text, shown as one. Pure."""

import unicodedata

from accounts.errors import AboutUnsuitable

LONGEST = 160  # code points
MARKS_IN_A_ROW = 3  # as in names
_JOINERS = frozenset("\u200c\u200d")  # Persian and Indic words, and emoji of several people
# Control and format characters (what turns the direction of a line, for one), surrogates, private use.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co"))


def about_of(text: str) -> str:
    """``text`` in NFC, its white space made single blanks; ``AboutUnsuitable`` when nobody may say that."""
    if len(text) > 4 * LONGEST:
        raise AboutUnsuitable(f"longer than {LONGEST} characters")
    about = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(about) > LONGEST:
        raise AboutUnsuitable(f"longer than {LONGEST} characters")
    marks = 0
    for each in about:
        category = unicodedata.category(each)
        if category in _UNSEEN and each not in _JOINERS:
            raise AboutUnsuitable(f"U+{ord(each):04X} cannot be in it")
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MARKS_IN_A_ROW:
            raise AboutUnsuitable("too many marks on one letter")
    return about
