"""Tells rooms who has given most in them today, when that has changed, and all rooms together once in a while.

It is show: when it cannot be told it is told with what comes next, and no gift waits for it.
"""

import asyncio
from collections.abc import Collection, Iterable

import structlog

from foundation.away import StoreAway
from foundation.feed import Delivery, FeedMessage, FeedOutlet
from foundation.stopping import heed_cancellation
from gifts.bodies import Body
from gifts.patrons import Patrons
from gifts.settings import GiftSettings

log = structlog.get_logger(__name__)

ROOMS_AT_ONCE = 100  # the gifts of that moment want the connection too
REMEMBERED = 10_000  # rooms; one that was forgotten may be told the same again


class PatronCrier:
    """``run`` until cancelled. ``offer`` never waits."""

    def __init__(self, patrons: Patrons, feed: FeedOutlet, settings: GiftSettings) -> None:
        self._patrons = patrons
        self._feed = feed
        self._settings = settings
        self._given: set[str] = set()
        self._told: dict[str, Body] = {}
        self._offered = asyncio.Event()

    def offer(self, rooms: Iterable[str]) -> None:
        """Something was given in them, and their lists have it."""
        self._given.update(rooms)
        self._offered.set()

    async def run(self) -> None:
        while True:
            heed_cancellation()
            await self._offered.wait()
            self._offered.clear()
            try:
                await self._cry()
            except StoreAway as error:
                self._offered.set()
                log.warning("who gave most is told later", error=str(error))
            await asyncio.sleep(self._settings.patrons_every_ms / 1000)

    async def _cry(self) -> None:
        rooms = tuple(self._given)
        for first in range(0, len(rooms), ROOMS_AT_ONCE):
            some = rooms[first : first + ROOMS_AT_ONCE]
            self._given.difference_update(some)
            try:
                await self._tell(some)
            except BaseException:
                self._given.update(some)
                raise

    async def _tell(self, rooms: Collection[str]) -> None:
        bodies = await self._patrons.refresh(rooms)
        news = {room: body for room, body in bodies.items() if body != self._told.get(room)}
        await self._feed.post(
            *(FeedMessage(room, "patrons.changed", body, Delivery.LATEST) for room, body in news.items())
        )
        if len(self._told) + len(news) > REMEMBERED:
            self._told.clear()
        self._told |= news
