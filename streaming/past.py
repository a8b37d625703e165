"""Broadcasts that are over, as their host sees them: how long, who watched, what was said, given and fought in them.

What was given and fought other domains know: each of them is a ``Share``, and ``server`` says which there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from accounts.pace import Pace
from accounts.principal import Principal
from foundation.ids import is_id
from streaming.errors import NotYourRoom, RoomUnknown
from streaming.store import Room

MOST_BROADCASTS = 50  # of a page

Span = tuple[int, int]
"""From one time on, before another, in ms."""


@dataclass(frozen=True)
class Past:
    """A row of ``broadcasts`` whose broadcast is over; what nobody counted when it was on is None."""

    id: str
    room: str
    host_user: str
    started_at_ms: int
    ended_at_ms: int
    end_reason: str
    peak_viewers: int | None
    unique_viewers: int | None
    messages: int | None
    likes: int | None

    @property
    def span(self) -> Span:
        return self.started_at_ms, self.ended_at_ms


class History(Protocol):
    async def room(self, room_id: str) -> Room | None: ...

    async def past(self, room_id: str, before: str | None, most: int) -> list[Past]:
        """The broadcasts of the room that are over, those that began last first; only those older than ``before``."""


class Share(Protocol):
    """What another domain knows of a host's broadcasts."""

    async def of(self, host: str, spans: Sequence[Span]) -> Sequence[Mapping[str, object]]:
        """Further members of each broadcast, in the order of ``spans``."""


class PastBroadcasts:
    def __init__(self, history: History, shares: Sequence[Share], pace: Pace) -> None:
        self._history = history
        self._shares = shares
        self._pace = pace

    async def page(self, principal: Principal, room_id: str, before: str | None, most: int) -> dict[str, object]:
        """The host's own; ``next_before`` is the ``before`` of the page that follows, or None."""
        await self._pace.take(principal.user_id)
        await self._check(principal, room_id)
        found = await self._history.past(room_id, before, most + 1)
        shown = found[:most]
        bodies = [_body(past) for past in shown]
        for share in self._shares:
            known = await share.of(principal.user_id, [past.span for past in shown])
            for body, members in zip(bodies, known, strict=True):
                body.update(members)
        return {"broadcasts": bodies, "next_before": shown[-1].id if len(found) > most else None}

    async def _check(self, principal: Principal, room_id: str) -> None:
        room = await self._history.room(room_id) if is_id(room_id) else None
        if room is None:
            raise RoomUnknown
        if room.card.host_user != principal.user_id:
            raise NotYourRoom


def _body(past: Past) -> dict[str, object]:
    return {
        "id": past.id,
        "started_at_ms": past.started_at_ms,
        "ended_at_ms": past.ended_at_ms,
        "reason": past.end_reason,
        "peak": past.peak_viewers,
        "unique": past.unique_viewers,
        "messages": past.messages,
        "likes": past.likes,
        "replay": None,
    }
