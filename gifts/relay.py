"""The outbox relay: the one road from the ledger to Redis and to the eyes of the audience.

One owner at a time, under a lease. A batch goes: read unsent rows, count them on the board, publish, post to the feed,
note that they were shown, take the rows out, forget them. Every step may be the last before a crash: counting is
idempotent by gift id, showing is noted, and rows that are still there are read again. The one thing that can happen
twice is a feed message whose relay died between posting it and noting that; it carries the same gift id, by which pages
tell it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import structlog

from foundation.away import StoreAway
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.lease import Fenced, Lease, Leases, hold
from foundation.redis import RedisAway
from foundation.sql import Database
from foundation.stopping import end, heed_cancellation
from foundation.tasks import TaskOwner
from gifts.catalogue import Catalogue
from gifts.events import GiftsCommitted, GiftSent, ScoreChanged
from gifts.ledger import Gift
from gifts.outbox import RELAY, SqlOutbox, Unsent
from gifts.settings import GiftSettings
from gifts.store import Board, Counted
from gifts.windows import SqlScoring

log = structlog.get_logger(__name__)

_AWAY = StoreAway


class GiftRelay:
    """``run`` until cancelled: contends for the lease and works while it holds it."""

    def __init__(
        self,
        database: Database,
        board: Board,
        bus: Bus,
        feed: FeedOutlet,
        leases: Leases,
        clock: Clock,
        settings: GiftSettings,
        catalogue: Catalogue | None = None,
    ) -> None:
        self._outbox = SqlOutbox(database)
        self._scoring = SqlScoring(database, board)
        self._board = board
        self._bus = bus
        self._feed = feed
        self._leases = leases
        self._clock = clock
        self._settings = settings
        self._catalogue = catalogue or Catalogue()
        # Of the board's server, when the boards of the open battles were last known to agree with the ledger.
        self._agreed: str | None = None

    async def run(self) -> None:
        while True:
            heed_cancellation()
            try:
                lease = await self._leases.acquire(RELAY)
                if lease is not None:
                    await self._own(lease)
            except _AWAY as error:
                log.warning("the gift relay has no ground to stand on", error=str(error))
            await asyncio.sleep(self._settings.relay_retry_s)

    async def _own(self, lease: Lease) -> None:
        tasks = TaskOwner("gifts.relay")
        started: list[asyncio.Task[None]] = []
        self._agreed = None
        try:
            async with self._bus.subscribe(GiftsCommitted) as bell:
                started.append(tasks.start(hold(self._leases, lease), "lease"))
                started.append(tasks.start(self._work(lease, bell), "work"))
                await asyncio.wait(started, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(*started)
            with suppress(*RedisAway):  # then it expires
                await self._leases.release(lease)

    async def _work(self, lease: Lease, bell: Subscription) -> None:
        while lease.valid:
            heed_cancellation()
            try:
                await self.drain(lease)
                await self._rung(bell, self._settings.relay_poll_s)
            except Fenced:
                log.warning("another relay has taken over")
                return
            except _AWAY as error:
                self._agreed = None
                log.warning("gifts wait in the outbox", error=str(error))
                await asyncio.sleep(self._settings.relay_retry_s)

    async def _rung(self, bell: Subscription, within_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await anext(bell)

    async def drain(self, lease: Lease) -> int:
        """Relay until nothing is unsent; the number of gifts relayed. ``Fenced`` when a later relay exists."""
        await self._agree()
        relayed = 0
        while lease.valid and (batch := await self._outbox.unsent(self._settings.relay_batch)):
            await self._relay(lease.fence, batch)
            relayed += len(batch)
        return relayed

    async def _agree(self) -> None:
        """After a take-over, or when Redis may have lost something or everything: boards as the ledger says."""
        incarnation = await self._board.incarnation()
        if incarnation != self._agreed:
            for battle in await self._scoring.open_battles():
                await self._scoring.rebuild(battle, replace=True)
            self._agreed = incarnation

    async def _relay(self, fence: int, batch: Sequence[Unsent]) -> None:
        counted: dict[str, Counted] = {}
        for room, gifts in _grouped([(each.gift.room, each.gift) for each in batch]).items():
            answers = await self._board.count_in_room(fence, room, gifts)
            counted.update(zip([gift.id for gift in gifts], answers, strict=True))
        scores = await self._score(fence, [each.gift for each in batch])
        fresh = [each for each in batch if not counted[each.gift.id].shown]
        await self._show(fresh, counted, scores)
        for room, gifts in _grouped([(each.gift.room, each.gift) for each in fresh]).items():
            await self._board.mark_shown(fence, room, [gift.id for gift in gifts])
        await self._outbox.finish(fence, batch)
        await self._board.forget([each.gift for each in batch])

    async def _score(self, fence: int, gifts: Sequence[Gift]) -> dict[str, dict[str, int]]:
        """The scores of each battle of the batch, after it."""
        scores: dict[str, dict[str, int]] = {}
        for battle, scoring in _grouped([(gift.battle, gift) for gift in gifts if gift.battle is not None]).items():
            applied = await self._board.count_in_battle(fence, battle, scoring)
            if applied is None:  # the battle's first gift, or Redis has lost the board: the ledger has these gifts too
                await self._scoring.rebuild(battle)
                applied = await self._board.count_in_battle(fence, battle, scoring)
            if applied is not None:
                scores[battle] = applied
        return scores

    async def _show(
        self, fresh: Sequence[Unsent], counted: dict[str, Counted], scores: dict[str, dict[str, int]]
    ) -> None:
        for each in fresh:
            await self._bus.publish(_sent(each.gift))
        for battle, standing in scores.items():
            await self._bus.publish(ScoreChanged(battle, tuple(sorted(standing.items())), self._clock.now_ms()))
        messages = [
            FeedMessage(room, "gift.sent", self._body(each.gift, counted[each.gift.id].combo), Delivery.MUST)
            for each in fresh
            for room in each.rooms
        ]
        if messages:
            await self._feed.post(*messages)

    def _body(self, gift: Gift, combo: int) -> dict[str, object]:
        item = self._catalogue.find(gift.item)
        return {
            "id": gift.id,
            "gift": gift.item,
            "name": item.name if item else gift.item,
            "emoji": item.emoji if item else "",
            "count": gift.count,
            "coins": gift.coins,
            "from": {"user": gift.sender, "name": gift.sender_name},
            "to": {"user": gift.recipient, "name": gift.recipient_name},
            "guest": {"user": gift.asked_for, "name": gift.asked_for_name} if gift.asked_for else None,
            "battle": gift.battle,
            "side": gift.side,
            "score": gift.score if gift.battle else None,
            "combo": combo,
            "at_ms": gift.accepted_at_ms,
        }


def _sent(gift: Gift) -> GiftSent:
    return GiftSent(
        gift_id=gift.id,
        room=gift.room,
        sender=gift.sender,
        sender_name=gift.sender_name,
        recipient=gift.recipient,
        recipient_name=gift.recipient_name,
        item=gift.item,
        count=gift.count,
        coins=gift.coins,
        battle=gift.battle,
        side=gift.side,
        score=gift.score,
        accepted_at_ms=gift.accepted_at_ms,
    )


def _grouped(pairs: Sequence[tuple[str, Gift]]) -> dict[str, list[Gift]]:
    groups: dict[str, list[Gift]] = {}
    for key, gift in pairs:
        groups.setdefault(key, []).append(gift)
    return groups
