"""Tells all live rooms of a dear gift, one a second at most.

It is show: a banner may be lost, and no gift waits for one.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from foundation.away import StoreAway
from foundation.clock import Clock
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.stopping import heed_cancellation
from gifts.banners import Banner, Banners
from gifts.bodies import banner_body
from gifts.catalogue import Shelf
from gifts.ledger import Gift
from gifts.settings import GiftSettings

log = structlog.get_logger(__name__)

ROOMS_AT_ONCE = 100  # the gifts of that moment want the connection too


class LiveRooms(Protocol):
    """Which rooms have an audience; ``server`` implements it on top of the lobby."""

    async def live_rooms(self) -> Sequence[str]: ...


class BannerCrier:
    """``run`` until cancelled. ``offer`` never waits."""

    def __init__(self, rooms: LiveRooms, feed: FeedOutlet, shelf: Shelf, clock: Clock, settings: GiftSettings) -> None:
        self._rooms = rooms
        self._feed = feed
        self._shelf = shelf
        self._clock = clock
        self._settings = settings
        self._banners = Banners(settings.banner_every_ms)
        self._offered = asyncio.Event()

    def offer(self, gift: Gift) -> None:
        if self._settings.banner_coins and gift.coins >= self._settings.banner_coins:
            self._banners.offer(gift)
            self._offered.set()

    async def run(self) -> None:
        while True:
            heed_cancellation()
            await self._offered.wait()
            banner = self._banners.take(self._clock.now_ms())
            if banner is not None:
                await self._cry(banner)
            deadline_ms = self._banners.deadline_ms
            if deadline_ms is None:
                self._offered.clear()
            else:
                await asyncio.sleep(max(0, deadline_ms - self._clock.now_ms()) / 1000)

    async def _cry(self, banner: Banner) -> None:
        body = banner_body(banner.gift, self._shelf.catalogue.find(banner.gift.item), banner.more)
        try:
            rooms = await self._rooms.live_rooms()
            for first in range(0, len(rooms), ROOMS_AT_ONCE):
                some = rooms[first : first + ROOMS_AT_ONCE]
                await self._feed.post(*(FeedMessage(room, "gift.banner", body, Delivery.LATEST) for room in some))
        except StoreAway as error:
            log.warning("a banner was lost", gift=banner.gift.id, error=str(error))
