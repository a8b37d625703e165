"""The outbox relay: the one road from the ledger to Redis and to the eyes of the audience.

One owner at a time, under a lease. A batch goes: read unsent rows, count them on the board, publish, post to the feed,
note that they were shown, take the rows out, forget them. Every step may be the last before a crash: counting is
idempotent by gift id, showing is noted, and rows that are still there are read again. The one thing that can happen
twice is a feed message whose relay died between posting it and noting that; it carries the same gift id, by which pages
tell it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

import structlog

from foundation.away import StoreAway
from foundation.bus import Bus, Subscription
from foundation.clock import Clock
from foundation.facts import Fact
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.lease import Fenced, Lease, Leases
from foundation.sql import Database
from foundation.stopping import heed_cancellation
from foundation.tasks import first_of
from foundation.tenure import take_turns
from gifts.banner_crier import BannerCrier, LiveRooms
from gifts.bodies import Body, gift_body
from gifts.catalogue import BuiltIn, Shelf
from gifts.combo_ends import ComboEnds
from gifts.events import GiftsCommitted, GiftSent, ScoreChanged
from gifts.fan_book import FanBook
from gifts.ledger import Gift
from gifts.outbox import RELAY, SqlOutbox, Unsent
from gifts.patron_crier import PatronCrier
from gifts.patrons import PatronCopies, Patrons
from gifts.settings import GiftSettings
from gifts.store import Board, Counted, Shown
from gifts.store_sql_combos import SqlCombos
from gifts.totals import SqlTotals
from gifts.windows import SqlScoring

log = structlog.get_logger(__name__)

T = TypeVar("T")

_AWAY = StoreAway
_BREATH_S = 0.01  # between two looks, however much there is to do


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
        shelf: Shelf | None = None,
        live_rooms: LiveRooms | None = None,
        patrons: PatronCopies | None = None,
    ) -> None:
        self._outbox = SqlOutbox(database)
        self._scoring = SqlScoring(database, board)
        self._board = board
        self._bus = bus
        self._feed = feed
        self._leases = leases
        self._clock = clock
        self._settings = settings
        self._shelf = shelf or BuiltIn()
        self._ends = ComboEnds(board, feed, self._shelf, SqlCombos(database, settings.combo_ms), settings)
        totals = SqlTotals(database)
        self._fans = FanBook(totals)
        self._patrons = PatronCrier(Patrons(totals, patrons, clock), feed, settings) if patrons else None
        self._crier = BannerCrier(live_rooms, feed, self._shelf, clock, settings) if live_rooms else None
        # Of the board's server, when the boards of the open battles were last known to agree with the ledger.
        self._agreed: str | None = None

    async def run(self) -> None:
        await take_turns(self._leases, RELAY, self._own, retry_s=self._settings.relay_retry_s)

    async def _own(self, lease: Lease) -> None:
        self._agreed = None
        self._fans.forget()
        self._ends.forget()
        shows = [each for each in (self._crier, self._patrons) if each is not None]
        async with self._bus.subscribe(GiftsCommitted) as bell:
            await first_of(self._work(lease, bell), *(each.run() for each in shows))

    async def _work(self, lease: Lease, bell: Subscription) -> None:
        while lease.valid:
            heed_cancellation()
            try:
                await self.drain(lease)
                await self._rung(bell, self._quiet_s())
            except Fenced:
                log.warning("another relay has taken over")
                return
            except _AWAY as error:
                self._agreed = None
                self._fans.forget()
                log.warning("gifts wait in the outbox", error=str(error))
                await asyncio.sleep(self._settings.relay_retry_s)

    async def _rung(self, bell: Subscription, within_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await anext(bell)

    def _quiet_s(self) -> float:
        """How long there is nothing to do if nobody rings."""
        deadline_ms = self._ends.deadline_ms
        if deadline_ms is None:
            return self._settings.relay_poll_s
        wait_ms = deadline_ms + self._settings.combo_grace_ms - self._clock.now_ms()
        return min(self._settings.relay_poll_s, max(wait_ms / 1000, _BREATH_S))

    async def drain(self, lease: Lease) -> int:
        """Relay until nothing is unsent, end the combos that are over; the number of gifts relayed.

        ``Fenced`` when a later relay exists.
        """
        relayed = 0
        while lease.valid:
            looked_ms = self._clock.now_ms()
            batch = await self._outbox.unsent(self._settings.relay_batch)
            if batch or not relayed:
                await self._agree(lease.fence)
            if batch:
                await self._relay(lease.fence, batch)
                relayed += len(batch)
            if len(batch) < self._settings.relay_batch:  # what had its stamp some moments before that look is counted
                await self._ends.tell(lease.fence, looked_ms - self._settings.combo_grace_ms)
            if not batch:
                break
        return relayed

    async def _agree(self, fence: int) -> None:
        """After a take-over, or when Redis may have lost something or everything: boards as the ledger says."""
        incarnation = await self._board.incarnation()
        if incarnation != self._agreed:
            for battle in await self._scoring.open_battles():
                await self._scoring.rebuild(battle, fence=fence)
            await self._ends.recall(fence, incarnation, self._clock.now_ms())
            self._agreed = incarnation

    async def _relay(self, fence: int, batch: Sequence[Unsent]) -> None:
        counted: dict[str, Counted] = {}
        for room, shown in _by_room(batch).items():
            answers = await self._board.count_in_room(fence, room, shown)
            counted.update(zip([each.gift.id for each in shown], answers, strict=True))
        gifts = [each.gift for each in batch]
        self._ends.noted(gifts)
        scores = await self._score(fence, gifts)
        levels = await self._fans.levels(gifts, batch[0].corrected)
        fresh = [each for each in batch if not counted[each.gift.id].shown]
        await self._show(fence, fresh, counted, levels, scores)
        self._fans.added(await self._outbox.finish(fence, batch))
        if self._patrons is not None:
            self._patrons.offer({gift.room for gift in gifts})
        await self._board.forget(gifts)

    async def _score(self, fence: int, gifts: Sequence[Gift]) -> dict[str, dict[str, int]]:
        """The scores of each battle of the batch, after it."""
        scores: dict[str, dict[str, int]] = {}
        for battle, scoring in _grouped((gift.battle, gift) for gift in gifts if gift.battle is not None).items():
            applied = await self._board.count_in_battle(fence, battle, scoring)
            if applied is None:  # the battle's first gift, or Redis has lost the board: the ledger has these gifts too
                await self._scoring.rebuild(battle)
                applied = await self._board.count_in_battle(fence, battle, scoring)
            if applied is not None:
                scores[battle] = applied
        return scores

    async def _show(
        self,
        fence: int,
        fresh: Sequence[Unsent],
        counted: Mapping[str, Counted],
        levels: Mapping[str, int],
        scores: Mapping[str, dict[str, int]],
    ) -> None:
        facts: list[Fact] = [_sent(each.gift) for each in fresh]
        facts += [
            ScoreChanged(battle, tuple(sorted(standing.items())), self._clock.now_ms())
            for battle, standing in scores.items()
        ]
        if facts:
            await self._bus.publish(*facts)
        bodies = {each.gift.id: self._body(each.gift, counted, levels) for each in fresh}
        messages = [
            FeedMessage(room, "gift.sent", bodies[each.gift.id], Delivery.MUST) for each in fresh for room in each.rooms
        ]
        if messages:
            await self._feed.post(*messages)
        own = _grouped((each.gift.room, bodies[each.gift.id]) for each in fresh)
        others = _grouped(
            (room, bodies[each.gift.id]) for each in fresh for room in each.rooms if room != each.gift.room
        )
        for room, seen in (*own.items(), *others.items()):  # once its own room knows a gift nobody shows it again
            await self._board.mark_shown(fence, room, seen)
        if self._crier is not None:
            for each in fresh:
                self._crier.offer(each.gift)

    def _body(self, gift: Gift, counted: Mapping[str, Counted], levels: Mapping[str, int]) -> Body:
        combo, item = counted[gift.id], self._shelf.catalogue.find(gift.item)
        return gift_body(gift, item, combo.combo, combo.combo_id, levels[gift.id])


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


def _grouped(pairs: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for key, each in pairs:
        groups.setdefault(key, []).append(each)
    return groups


def _by_room(batch: Sequence[Unsent]) -> dict[str, list[Shown]]:
    return _grouped((each.gift.room, Shown(each.gift, each.rooms)) for each in batch)
