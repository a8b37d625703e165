"""What newcomers are shown: one snapshot of the room, made once for all who come within a second of it.

A newcomer gets it with whatever the room was told since it was made, as if he had come then. The host, staff and those
of whom a member of the snapshot says so are shown one of their own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from accounts.principal import Role
from foundation.remembered import DEADLINE_S, Patience, Remembered
from streaming.feed.connection import Connection, frame
from streaming.feed.feed import Feed
from streaming.feed.metrics import FeedMetrics
from streaming.feed.since import Since
from streaming.feed.snapshot import Snapshots
from streaming.feed.store import Head
from streaming.presence import RoomCard

FRESH_S = 1.0
ROOMS = 200  # whose snapshot is kept; in more, of a second, it is made again
TRIES = 2


@dataclass(frozen=True)
class Shown:
    """How the room stood ``at`` or later, and what came after; whole frames."""

    at: Head
    snapshot: bytes
    after: bytes


@dataclass(frozen=True)
class _Shared:
    at: Head
    snapshot: bytes
    others: frozenset[str]
    since: Since


class Shelf:
    """Of an api process. ``close`` after use."""

    def __init__(
        self,
        feed: Feed,
        snapshots: Snapshots,
        look_up: Callable[[str], Awaitable[RoomCard | None]],
        metrics: FeedMetrics,
    ) -> None:
        self._feed = feed
        self._snapshots = snapshots
        self._metrics = metrics
        patience = Patience(fresh_s=FRESH_S, stale_s=FRESH_S)
        self._cards: Remembered[str, RoomCard | None] = Remembered(
            "cards", look_up, patience, worth=lambda card: card is not None
        )
        self._shared: Remembered[RoomCard, _Shared] = Remembered("snapshots", self._make, patience, most=ROOMS)

    async def close(self) -> None:
        await self._cards.close()
        await self._shared.close()

    async def card(self, room: str) -> RoomCard | None:
        """As it was within the last second."""
        return await self._cards.get(room)

    async def show(self, connection: Connection, card: RoomCard, *, alone: bool = False) -> Shown:
        """For a newcomer who has joined. From the return on he is told what comes after it.

        ``alone``: he may come back within the second, and would be told again what he knows.
        """
        if not alone and not _is_special(connection, card):
            for _ in range(TRIES):
                shared = await self._shared.get(card)
                if connection.user and connection.user in shared.others:
                    break
                after = self._feed.hear_since(connection, shared.at, shared.since)
                if after is not None:
                    return Shown(shared.at, shared.snapshot, after)
                self._shared.outdate(card, shared)
        at = await self._feed.begin(card.room)
        after = self._feed.hear(connection, at)
        self._metrics.snapshots.inc()
        return Shown(at, frame("snapshot", await self._snapshots.take(card, connection.principal)), after)

    async def present(self, room: str) -> bytes:
        """For one who resumes: read after the call, so a line that was deleted before is not in it."""

        async def read() -> bytes:
            return frame("resumed", await self._snapshots.present(room))

        return await self._feed.present(room, read)

    async def _make(self, card: RoomCard) -> _Shared:
        since = self._feed.record(card.room, DEADLINE_S + FRESH_S)
        at = await self._feed.begin(card.room)
        self._metrics.snapshots.inc()
        body, others = await self._snapshots.shared(card)
        return _Shared(at, frame("snapshot", body), others, since)


def _is_special(connection: Connection, card: RoomCard) -> bool:
    who = connection.principal
    return who is not None and (who.user_id == card.host_user or who.has(Role.MODERATOR))
