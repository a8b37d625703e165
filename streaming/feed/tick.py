"""PURE: what a room is told in one tick: messages gathered, merged by their delivery, and framed once for everybody.

must     all, in order
latest   of one (type, key) the last
sum      of one (type, key) the numbers added up; a member named ``total`` is a running figure: the highest stands
sample   at most so many a tick; the rest is counted in ``left_out``
"""

from dataclasses import dataclass, field, replace

import orjson

from foundation.feed import Delivery
from streaming.feed import framing
from streaming.feed.store import Posted

RUNNING = "total"


@dataclass(frozen=True)
class Batch:
    """What one tick tells, as frames to be written in one piece: the same bytes for everybody but a few."""

    shared: bytes
    own: dict[str, bytes] = field(default_factory=dict)
    """By user, instead of ``shared``: with what is for him only, in its place."""

    def followed_by(self, frame: bytes) -> "Batch":
        return Batch(self.shared + frame, {user: told + frame for user, told in self.own.items()})


class Tick:
    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._sampled = 0
        self._messages: dict[object, Posted] = {}
        self.left_out = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, posted: Posted) -> None:
        match posted.delivery:
            case Delivery.MUST:
                self._messages[posted.epoch, posted.offset] = posted
            case Delivery.LATEST:
                self._merge(posted)
            case Delivery.SUM:
                self._merge(posted, add=True)
            case Delivery.SAMPLE:
                if self._sampled == self._samples:
                    self.left_out += 1
                    return
                self._sampled += 1
                self._messages[posted.epoch, posted.offset] = posted

    def _merge(self, posted: Posted, *, add: bool = False) -> None:
        # Taken out and put in again: a merged message stands where its last part stood, so offsets never fall.
        name = (posted.type, posted.key, posted.users)
        earlier = self._messages.pop(name, None)
        if earlier is not None and add:
            posted = replace(posted, body=_summed(earlier.body, posted.body))
        self._messages[name] = posted

    def drain(self) -> Batch:
        """What this tick tells; the next tick begins."""
        told = [(posted.users, _frame(posted)) for posted in self._messages.values()]
        self._messages, self._sampled = {}, 0
        named = {user for users, _ in told for user in users}
        own = {user: b"".join(each for users, each in told if not users or user in users) for user in named}
        return Batch(b"".join(each for users, each in told if not users), own)


def _frame(posted: Posted) -> bytes:
    body = orjson.Fragment(posted.body)
    return framing.text(orjson.dumps({"t": posted.type, "e": posted.epoch, "o": posted.offset, "d": body}))


def _summed(earlier: bytes, later: bytes) -> bytes:
    before, summed = orjson.loads(earlier), orjson.loads(later)
    for name, value in before.items():
        if isinstance(value, int | float) and isinstance(summed.get(name), int | float):
            summed[name] = max(value, summed[name]) if name == RUNNING else value + summed[name]
    return orjson.dumps(summed)
