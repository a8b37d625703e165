"""Which e-mail addresses we write to. Pure.

The usual form only: no quoted local parts, no address literals, domains in ASCII (RFC 5321 allows more, mailboxes that
people have do not need it). Nothing of it can end a header line. Compared and written in lower case: two mailboxes
that differ by case alone are not known to exist.
"""

import re

from accounts.errors import EmailUnsuitable

LONGEST = 254  # RFC 5321, section 4.5.3.1, without the angle brackets
LONGEST_LOCAL = 64
_WORD = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"({_WORD}(?:\.{_WORD})*)@({_LABEL}(?:\.{_LABEL})+)")


def address_of(text: str) -> str:
    """The address that ``text`` names; ``EmailUnsuitable`` when we do not write to such a one."""
    address = text.strip().lower()
    found = _ADDRESS.fullmatch(address) if len(address) <= LONGEST else None
    if found is None or len(found[1]) > LONGEST_LOCAL or found[2].rpartition(".")[2].isdigit():
        raise EmailUnsuitable
    return address
