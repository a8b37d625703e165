"""What a domain says to the people in a room, in a form that knows no domain.

Domains post; the feed of ``streaming`` carries. So gifts and pk reach every socket without importing it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Delivery(StrEnum):
    """What the feed may do with a message when there is too much to say."""

    MUST = "must"  # never dropped, in order: gifts, battle events
    LATEST = "latest"  # of several with one (type, key) in a tick only the last is sent: scores, viewer count
    SUM = "sum"  # numbers in the body are added up over the tick: likes
    SAMPLE = "sample"  # thinned in a flood: chat


@dataclass(frozen=True)
class FeedMessage:
    """One message to everybody in ``room``; ``body`` is JSON-able, under 8 KiB."""

    room: str
    type: str
    body: dict[str, object]
    delivery: Delivery = Delivery.MUST
    key: str = ""
    users: tuple[str, ...] = ()  # when not empty: only to these users' sockets, an invitation for example
    dear: tuple[str, ...] = ()  # of a sample: who hears it in any case, its speaker first


class FeedOutlet(Protocol):
    """Takes messages in order. At most once: who must not lose one offers it in the snapshot, from a store."""

    async def post(self, *messages: FeedMessage) -> None: ...
