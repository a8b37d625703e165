"""PURE: who keeps a room in order. The platform's staff stand above its host, he above moderators that he has named.

Nobody acts against his own rank or one above it: so no moderator mutes the host, staff, or another moderator. A mute of
a room is none of the platform's sanctions: it ends by itself, and outside the room it says nothing.
"""

from enum import IntEnum

from accounts.principal import Principal, Role
from streaming.chat.errors import NotARoomModerator, OutOfReach


class Rank(IntEnum):
    VIEWER = 0
    MODERATOR = 1
    HOST = 2
    STAFF = 3

    @property
    def shown(self) -> str | None:
        """As messages carry it."""
        return None if self is Rank.VIEWER else self.name.lower()


def rank_of(principal: Principal, host: str, *, moderator: bool) -> Rank:
    return rank(principal.user_id, host, moderator=moderator, staff=principal.has(Role.MODERATOR))


def rank(user: str, host: str, *, moderator: bool, staff: bool) -> Rank:
    if staff:
        return Rank.STAFF
    if user == host:
        return Rank.HOST
    return Rank.MODERATOR if moderator else Rank.VIEWER


def check_rules(actor: Rank) -> None:
    """Whether he may set the room's rules and name its moderators."""
    if actor < Rank.HOST:
        raise NotARoomModerator


def check_keeps(actor: Rank) -> None:
    if actor < Rank.MODERATOR:
        raise NotARoomModerator


def check_against(actor: Rank, subject: Rank) -> None:
    """Whether he may mute somebody of that rank or free him of a mute, or delete what such a one has said."""
    check_keeps(actor)
    if subject >= actor:
        raise OutOfReach
