"""Sending a gift: may he, is it there, is it live, who gets it; then the ledger decides about the money."""

import re
import secrets
from dataclasses import dataclass
from typing import Protocol

from accounts.principal import Principal
from foundation.bus import Bus
from foundation.clock import Clock
from foundation.deadlines import Deadlines
from foundation.errors import Refusal
from foundation.sql import Database
from gifts import luck
from gifts.catalogue import BuiltIn, Catalogue, Item, Shelf
from gifts.committer import Committer
from gifts.doorbell import Doorbell
from gifts.errors import (
    CountInvalid,
    GiftNotAvailable,
    GiftToSelf,
    GiftUnknown,
    KeyInvalid,
    LedgerAway,
    NotLive,
    RecipientUnknown,
)
from gifts.ledger import Gift, GiftOrder, Replayed, content_of, replay
from gifts.metrics import GiftMetrics, MeasuredLedger
from gifts.pace import GiftPacer
from gifts.settings import GiftSettings
from gifts.store_sql import SqlLedger
from gifts.wallet import SqlWallets, WalletPage
from moderation.gate import Gate, Scope

KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True)
class LiveHost:
    """A host who is live, in his own room."""

    user: str
    name: str
    room: str


@dataclass(frozen=True)
class StagePerson:
    """Somebody on a stage; ``host`` earns what he is given: himself, or if he is a guest the host of his room."""

    user: str
    name: str
    host: LiveHost

    @classmethod
    def himself(cls, host: LiveHost) -> "StagePerson":
        return cls(host.user, host.name, host)


class Stages(Protocol):
    """Who can be given something; ``server`` implements it on top of the rooms."""

    async def host_of(self, room: str) -> LiveHost | None:
        """The host of a room that is live; None when it is not. An unknown room may be refused here."""

    async def on_stage(self, room: str) -> list[StagePerson]:
        """Everybody on the stage that ``room`` shows, guests too: in a battle the people of all sides."""


@dataclass(frozen=True)
class SendGift:
    """The wish of a client. ``to`` is a user on the room's stage; None: the room's host."""

    gift: str
    count: int
    to: str | None
    key: str


@dataclass(frozen=True)
class Sent:
    """A gift in the ledger; ``replayed`` when the same request had been answered before."""

    gift: Gift
    replayed: bool


class GiftService:
    """``start`` before use, ``close`` after."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bus: Bus,
        gate: Gate,
        stages: Stages,
        settings: GiftSettings,
        shelf: Shelf | None = None,
        pacer: GiftPacer | None = None,
        metrics: GiftMetrics | None = None,
    ) -> None:
        self._shelf = shelf or BuiltIn()
        self._pacer = pacer
        self._settings = settings
        self._clock = clock
        self._gate = gate
        self._stages = stages
        self._ledger = SqlLedger(database, clock)
        self._wallets = SqlWallets(database)
        self._doorbell = Doorbell(bus)
        self._metrics = metrics
        ledger = MeasuredLedger(self._ledger, metrics) if metrics is not None else self._ledger
        self._committer = Committer(ledger, settings, self._doorbell.ring)
        self._deadlines = Deadlines(settings.answer_s)

    async def start(self) -> None:
        self._doorbell.start()
        self._committer.start()
        self._deadlines.start()

    async def close(self) -> None:
        await self._committer.close()
        await self._deadlines.close()
        await self._ledger.close()
        await self._doorbell.close()

    async def send(self, principal: Principal, room: str, wish: SendGift) -> Sent:
        """Send a gift, durable when it returns. The same key with the same wish gives the same answer.

        ``LedgerAway`` when it takes longer than ``answer_s``, for whatever reason.
        """
        try:
            return await self._in_time(principal, room, wish)
        except LedgerAway:
            if self._metrics is not None:
                self._metrics.away.inc()
            raise

    async def _in_time(self, principal: Principal, room: str, wish: SendGift) -> Sent:
        try:
            with self._deadlines.term():
                return await self._send(principal, room, wish)
        except TimeoutError:
            raise LedgerAway(retry_after_s=1) from None

    async def _send(self, principal: Principal, room: str, wish: SendGift) -> Sent:
        if KEY.fullmatch(wish.key) is None:
            raise KeyInvalid
        if not 1 <= wish.count <= self._settings.max_count:
            raise CountInvalid(f"1 to {self._settings.max_count} pieces", most=self._settings.max_count)
        try:
            order = await self._admit(principal, room, wish)
        except Refusal as refusal:
            return await self._answered_before(principal, room, wish, refusal)
        outcome = await self._committer.submit(order)
        return Sent(outcome.gift, isinstance(outcome, Replayed))

    @property
    def settings(self) -> GiftSettings:
        return self._settings

    @property
    def catalogue(self) -> Catalogue:
        """As it is at this moment."""
        return self._shelf.catalogue

    def available(self) -> list[Item]:
        """What may be sent now, in the order in which it is shown."""
        return self.catalogue.available(self._clock.now_ms())

    async def wallet(self, user: str, *, before: str | None = None, most: int = 50) -> WalletPage:
        return await self._wallets.page(user, before=before, most=most)

    async def grant_starter(self, user: str) -> bool:
        """The demo coins of a new user, once; call it after sign-up. False when he had them (or there are none)."""
        coins = self._settings.starter_coins
        return coins > 0 and await self._ledger.grant_starter(user, coins)

    async def _admit(self, principal: Principal, room: str, wish: SendGift) -> GiftOrder:
        await self._gate.check(principal.user_id, Scope.GIFT)
        item = self.catalogue.find(wish.gift)
        if item is None:
            raise GiftUnknown(wish.gift[:64])
        if not item.available_at(self._clock.now_ms()):
            raise GiftNotAvailable
        person = await self._person(room, wish.to)
        if principal.user_id in (person.user, person.host.user):  # a host would pay himself for his guest
            raise GiftToSelf
        if self._pacer is not None:
            self._pacer.take(principal.user_id, wish.key, item.price * wish.count)
        return self._order(principal, room, wish, item, person)

    async def _person(self, room: str, to: str | None) -> StagePerson:
        host = await self._stages.host_of(room)
        if host is None:
            raise NotLive
        if to is None or to == host.user:
            return StagePerson.himself(host)
        for person in await self._stages.on_stage(room):
            if person.user == to:
                return person
        raise RecipientUnknown

    def _order(self, principal: Principal, room: str, wish: SendGift, item: Item, person: StagePerson) -> GiftOrder:
        is_guest = person.user != person.host.user
        return GiftOrder(
            key=wish.key,
            room=room,
            sender=principal.user_id,
            sender_name=principal.name,
            recipient=person.host.user,
            recipient_name=person.host.name,
            item=item.id,
            count=wish.count,
            price=item.price,
            share_bp=self._settings.share_bp,
            odds=None if item.odds is None else luck.encode(item.odds),
            seed=None if item.odds is None else secrets.token_hex(luck.SEED_BYTES),
            asked_for=wish.to or "",
            guest=person.user if is_guest else None,
            guest_name=person.name if is_guest else None,
        )

    async def _answered_before(self, principal: Principal, room: str, wish: SendGift, refusal: Refusal) -> Sent:
        """A retry is answered as the first time, though the broadcast has ended since or a sanction has come."""
        known = await self._ledger.find(principal.user_id, wish.key)
        if known is None:
            raise refusal
        content = content_of(room, wish.gift, wish.count, wish.to or "")
        outcome = replay(known, content, self._clock.now_ms())
        if isinstance(outcome, Refusal):
            raise outcome
        return Sent(outcome.gift, replayed=True)
