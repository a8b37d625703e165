"""What was said and liked, as it is remembered: the Protocol of the store and its keys."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from foundation.feed import FeedMessage
from streaming.chat.limits import SHOWN, ChatLimits
from streaming.chat.message import Said

KEPT_KEY = "{{room:{room}}}:chat:kept"  # list of entries, newest last, bounded; each as ``entry`` makes it
ORDER_KEY = "{{room:{room}}}:chat:order"  # hash, the copy of ``order.Order``: see ``store_redis``; expires
SLOW_KEY = "{{room:{room}}}:chat:slow:{user}"  # string: when he spoke last, ms; expires
LIKES_KEY = "{{room:{room}}}:likes"  # string, counter
SPOKEN_KEY = "{{room:{room}}}:chat:spoken"  # string, counter of messages that the room was told; expires
BUCKET_KEY = "{{room:{room}}}:bucket:{name}"  # hash: tokens, at_ms; expires when full


class Heard(StrEnum):
    """What becomes of a message."""

    ROOM = "room"  # it is kept, and everybody is told it
    ALONE = "alone"  # the room hears too much already: to be told to its speaker only
    MUTED = "muted"  # ``until`` of the mute
    SLOW = "slow"
    FAST = "fast"
    GONE = "gone"  # what it answers was taken back
    UNKNOWN = "unknown"  # there is no copy of the room's order: put it first


@dataclass(frozen=True)
class Hearing:
    """``wait_ms``: after how long it may be tried again, of SLOW and FAST; of MUTED the time when the mute is over."""

    heard: Heard
    wait_ms: int = 0


@dataclass(frozen=True)
class Tally:
    """What was said and liked since the broadcast began; what was taken back counts too."""

    messages: int = 0
    likes: int = 0


SILENCE = Tally()


class Talk(Protocol):
    """Chat of the last minutes, likes, and the buckets that keep people from flooding."""

    async def say(self, room: str, said: Said, address: str, limits: ChatLimits, *, free: bool) -> Hearing:
        """In one act: ask the copy of the order, take from every bucket or from none, keep the message, tell the room.

        So ``unsay``, and a mute that is in the copy, come either before it or after all of it, also on the feed.

        ``free``: he keeps the room, so its slow mode does not concern him, and he is heard however much is said.
        ``address`` is a name of where he speaks from, or empty. The time is that of the message.
        """

    async def last(self, room: str, most: int = SHOWN) -> list[dict[str, object]]:
        """What was said last, oldest first."""

    async def find(self, room: str, message: str) -> dict[str, object] | None:
        """A message that is kept."""

    async def unsay(self, room: str, told: FeedMessage, *, message: str = "", user: str = "") -> list[str]:
        """Forget that message, or all of that user, and what others have quoted of it; the ids of what is gone.

        In the same act the room is told ``told``, so that nobody reads on what nobody can take back any more. The feed
        does not tell it again either.
        """

    async def like(self, room: str, count: int) -> int:
        """Add to the room's likes; the total."""

    async def likes(self, room: str) -> int: ...

    async def tally(self, room: str) -> Tally: ...

    async def begin(self, room: str) -> None:
        """A broadcast has begun: messages and likes count anew."""

    async def take_token(self, room: str, name: str, per_s: float, burst: int, now_ms: int) -> bool:
        """Take one token from the bucket; False when it is empty."""
