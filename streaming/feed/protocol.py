"""PURE: versions of the feed's protocol, and what a client says of itself when it comes.

1  whoever comes gets a snapshot; the client asks for signs of life
2  who comes back is told what he has missed; the server gives signs of life
"""

from streaming.feed.store import Head

PROTOCOL = 2
OLDEST_PROTOCOL = 1
RESUMES = 2  # from this version on
_MOST_DIGITS = 15  # of an offset: a number that JavaScript has exactly


def spoken(newest: str) -> int | None:
    """The version to speak with a client whose newest is ``newest``, as it says it; None when there is none."""
    if not newest.isascii() or not newest.isdigit() or int(newest[:4]) < OLDEST_PROTOCOL:
        return None
    return min(int(newest[:4]), PROTOCOL)


def since(said: str) -> Head | None:
    """Up to where a client has heard, from EPOCH.OFFSET; None from one that cannot say."""
    epoch, _, offset = said.partition(".")
    if not epoch or not offset.isascii() or not offset.isdigit() or len(offset) > _MOST_DIGITS:
        return None
    return Head(epoch, int(offset))
