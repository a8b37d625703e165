"""PURE: what a host may ask of those who speak in his room, and who is let through."""

from dataclasses import dataclass

from streaming.chat.errors import FollowersOnly, LinksNotAllowed, MutedHere
from streaming.chat.links import has_link

SLOW_S = (0, 3, 5, 10, 30, 60)
"""What slow mode may be: so many seconds between two messages of one speaker; 0 is off."""


@dataclass(frozen=True)
class ChatRules:
    slow_s: int = 0
    followers_only: bool = False
    links: bool = True
    """Whether links may be said."""


def check(rules: ChatRules, text: str, now_ms: int, *, muted_until_ms: int, follows: bool) -> None:
    """Raise what forbids a viewer to say this; whoever keeps the room (``keepers``) is never asked."""
    if muted_until_ms > now_ms:
        raise MutedHere(until_ms=muted_until_ms)
    if rules.followers_only and not follows:
        raise FollowersOnly
    if not rules.links and has_link(text):
        raise LinksNotAllowed
