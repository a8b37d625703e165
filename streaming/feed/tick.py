"""PURE: what a room is told in one tick: messages gathered, merged by their delivery, and framed once for everybody.

must     all, in order
latest   of one (type, key) the last
sum      of one (type, key) the numbers added up; a member named ``total`` is a running figure: the highest stands
sample   at most so many a tick, shared out fairly; the rest, counted in ``left_out``, is for those to whom it is dear.
         One that is for some only is told them, and takes nobody's place
"""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import orjson

from foundation.feed import Delivery
from streaming.feed import framing
from streaming.feed.ring import Told
from streaming.feed.sampling import Sampler
from streaming.feed.store import Head, Posted

RUNNING = "total"


@dataclass(frozen=True)
class Batch:
    """What one tick tells, as frames to be written in one piece: the same bytes for everybody but a few."""

    shared: bytes
    own: dict[str, bytes] = field(default_factory=dict)
    """By user, instead of ``shared``: with what is for him only, in its place."""
    parts: tuple[Told, ...] = ()
    last: bytes = b""

    def followed_by(self, frame: bytes) -> "Batch":
        own = {user: told + frame for user, told in self.own.items()}
        return Batch(self.shared + frame, own, self.parts, frame)

    def beyond(self, at: Head, user: str) -> bytes:
        """For a newcomer who knows already what was told up to ``at``."""
        return b"".join(each.frame for each in self.parts if each.concerns(at.epoch, at.offset, user)) + self.last


class Tick:
    def __init__(self, samples: int) -> None:
        self._sampler = Sampler(samples)
        self._messages: dict[object, Posted] = {}
        self.left_out = 0

    def __len__(self) -> int:
        return len(self._messages)

    def add(self, posted: Posted) -> None:
        match posted.delivery:
            case Delivery.MUST | Delivery.SAMPLE:
                self._messages[posted.epoch, posted.offset] = posted
            case Delivery.LATEST:
                self._merge(posted)
            case Delivery.SUM:
                self._merge(posted, add=True)

    def _merge(self, posted: Posted, *, add: bool = False) -> None:
        # Taken out and put in again: a merged message stands where its last part stood, so offsets never fall.
        name = _name(posted)
        earlier = self._messages.pop(name, None)
        if earlier is not None and add:
            posted = replace(posted, body=_summed(earlier.body, posted.body))
        self._messages[name] = posted

    def drain(self) -> Batch:
        """What this tick tells; the next tick begins."""
        parts = tuple(told(posted) for posted in self._sampled())
        self._messages = {}
        shared = b"".join(each.frame for each in parts if not each.users)
        own = {user: _with_own(shared, frames) for user, frames in _own(parts).items()}
        return Batch(shared, own, parts)

    def _sampled(self) -> Iterator[Posted]:
        """This tick's messages; a sample that has no place among them goes to those to whom it is dear."""
        speakers = [_speaker(posted) for posted in self._messages.values() if _is_sampled(posted)]
        heard = iter(self._sampler.heard(speakers))
        for posted in self._messages.values():
            if not _is_sampled(posted) or next(heard):
                yield posted
                continue
            self.left_out += 1
            if posted.dear:
                yield replace(posted, users=posted.dear)


def _own(parts: Iterable[Told]) -> dict[str, list[tuple[int, bytes]]]:
    """By user, what is for him only, each after so many bytes of what is shared. In a flood users and parts are many
    hundreds: each part is looked at once, not once a user."""
    own: dict[str, list[tuple[int, bytes]]] = {}
    shared = 0
    for each in parts:
        if not each.users:
            shared += len(each.frame)
        for user in dict.fromkeys(each.users):
            own.setdefault(user, []).append((shared, each.frame))
    return own


def _with_own(shared: bytes, own: Iterable[tuple[int, bytes]]) -> bytes:
    pieces: list[bytes] = []
    before = 0
    for after, frame in own:
        pieces += (shared[before:after], frame)
        before = after
    return b"".join((*pieces, shared[before:]))


def _is_sampled(posted: Posted) -> bool:
    return posted.delivery is Delivery.SAMPLE and not posted.users


def _speaker(posted: Posted) -> str:
    return posted.dear[0] if posted.dear else ""


def told(posted: Posted) -> Told:
    """The message, framed."""
    body = orjson.Fragment(posted.body)
    frame = framing.text(orjson.dumps({"t": posted.type, "e": posted.epoch, "o": posted.offset, "d": body}))
    match posted.delivery:
        case Delivery.MUST:
            name: Hashable = posted.offset
        case Delivery.LATEST:
            name = _name(posted)
        case _:
            name = None
    return Told(posted.epoch, posted.offset, posted.users, frame, name)


def _name(posted: Posted) -> Hashable:
    """Of messages with one name that are merged the last stands."""
    return posted.type, posted.key, posted.users


def _summed(earlier: bytes, later: bytes) -> bytes:
    before, summed = orjson.loads(earlier), orjson.loads(later)
    for name, value in before.items():
        if isinstance(value, int | float) and isinstance(summed.get(name), int | float):
            summed[name] = max(value, summed[name]) if name == RUNNING else value + summed[name]
    return orjson.dumps(summed)
