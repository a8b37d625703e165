"""The order of a room's chat: its rules, its moderators, its mutes. SQL has the truth, Redis a copy for each message.

Every change is one transaction that counts ``version`` up and returns the whole order as it is from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from streaming.chat.rules import ChatRules


@dataclass(frozen=True)
class Keeper:
    """Somebody who keeps the room: a moderator that its host has named."""

    user: str
    name: str


@dataclass(frozen=True)
class Mute:
    user: str
    name: str
    until_ms: int
    by: str
    at_ms: int


@dataclass(frozen=True)
class Order:
    """``host`` is the user whose room it is; empty for a room that nobody has."""

    host: str
    rules: ChatRules = field(default_factory=ChatRules)
    moderators: tuple[Keeper, ...] = ()
    mutes: Mapping[str, Mute] = field(default_factory=dict)
    version: int = 0

    def shown(self) -> dict[str, object]:
        """For everybody: the body of ``chat.rules``."""
        rules = self.rules
        return {
            "slow_s": rules.slow_s,
            "followers_only": rules.followers_only,
            "links": rules.links,
            "moderators": [vars(keeper) for keeper in self.moderators],
        }


@dataclass(frozen=True)
class Standing:
    """What the copy of a room's order says of one speaker."""

    host: str
    rules: ChatRules
    moderator: bool
    muted_until_ms: int


@dataclass(frozen=True)
class Deed:
    """Who has changed the order, and when: for the audit log, which is written in the same transaction."""

    actor: str
    at_ms: int


class Orders(Protocol):
    """The truth."""

    async def load(self, room: str, now_ms: int) -> Order:
        """With the mutes that stand at ``now_ms``; the defaults for a room of which nobody has ruled anything."""

    async def rule(self, room: str, rules: ChatRules, deed: Deed) -> Order: ...

    async def name(self, room: str, keeper: Keeper, most: int, deed: Deed) -> Order:
        """Naming him again changes nothing. Raises ``ModeratorsFull`` when ``most`` are named."""

    async def unname(self, room: str, user: str, deed: Deed) -> Order: ...

    async def mute(self, room: str, mute: Mute, most: int, deed: Deed) -> Order:
        """His last mute counts. Raises ``MutesFull`` when ``most`` others are muted."""

    async def unmute(self, room: str, user: str, deed: Deed) -> Order: ...

    async def deleted(self, room: str, message: Mapping[str, object], deed: Deed) -> None:
        """Note in the audit log that a message was taken back, and what it said."""


class OrderCopies(Protocol):
    """The copy in Redis: read at each message, made again from the truth when it is missing."""

    async def put(self, room: str, order: Order) -> None:
        """Unless a later version is there."""

    async def standing(self, room: str, user: str) -> Standing | None:
        """None when there is no copy."""

    async def shown(self, room: str) -> dict[str, object] | None:
        """``Order.shown``; None when there is no copy."""
