"""PURE: what a room is told in one tick: messages gathered and merged by their delivery, encoded once for everybody.

must     all, in order
latest   of one (type, key) the last
sum      of one (type, key) the numbers added up; a member named ``total`` is a running figure: the highest stands
sample   at most so many a tick; the rest is counted in ``left_out``
"""

from dataclasses import dataclass, replace

import orjson

from foundation.feed import Delivery
from streaming.feed.store import Posted

RUNNING = "total"


@dataclass(frozen=True)
class Frame:
    """The text that goes to every socket of the room, or to ``users`` only when they are named."""

    text: str
    users: tuple[str, ...] = ()


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

    def drain(self) -> list[Frame]:
        """The frames of this tick; the next tick begins."""
        frames = [Frame(_text(posted), posted.users) for posted in self._messages.values()]
        self._messages, self._sampled = {}, 0
        return frames


def _text(posted: Posted) -> str:
    body = orjson.Fragment(posted.body)
    return orjson.dumps({"t": posted.type, "e": posted.epoch, "o": posted.offset, "d": body}).decode()


def _summed(earlier: bytes, later: bytes) -> bytes:
    before, summed = orjson.loads(earlier), orjson.loads(later)
    for name, value in before.items():
        if isinstance(value, int | float) and isinstance(summed.get(name), int | float):
            summed[name] = max(value, summed[name]) if name == RUNNING else value + summed[name]
    return orjson.dumps(summed)
