"""A platform with many live rooms and a crowd that has tokens and coins, made without signing anybody up.

The rooms are live by their snapshots; no camera is behind them, and after their time of grace (a minute) they end.
"""

import os
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import foundation.redis
from accounts.principal import Principal, Role
from accounts.rules import AccountRules
from accounts.standing import Standings
from accounts.tokens import SignedTokens
from bench.forward.child import Child, child
from bench.gifts.books import COINS
from foundation.clock import SystemClock
from foundation.ids import new_id
from foundation.sql import Database
from gifts.ledger import COIN, GRANTS, STARTER_GRANT, Transfer
from gifts.posting import post
from streaming.broadcast import Broadcast, CameraUp, Home
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules
from streaming.store import Record
from streaming.store_redis import RedisBroadcasts
from streaming.store_sql import SqlRooms
from tests.platform import Platform, platform
from tests.processes import descendants
from tests.server.test_machine import kind_of

API_CORE = 0
NOWHERE = Home("nobody", "http://127.0.0.1:9", "127.0.0.1:9")


@dataclass(frozen=True)
class Hall:
    place: Platform
    crowd: Child
    rooms: list[str]
    tokens: list[str]

    def places(self, count: int) -> list[tuple[str, str]]:
        """(room, token) of ``count`` senders, spread over the rooms."""
        return [(self.rooms[number % len(self.rooms)], token) for number, token in enumerate(self.tokens[:count])]

    def api(self) -> int:
        return next(pid for pid in descendants(self.place.process.pid)[1:] if kind_of(pid) == "api")


@asynccontextmanager
async def hall(folder: Path, rooms: int, senders: int, **settings: str) -> AsyncIterator[Hall]:
    """``folder`` is there. The api has one core for itself and its ledger; all others share both."""
    secret = secrets.token_urlsafe(48)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(
            platform(
                folder / "data",
                SECRET_KEY=secret,
                GIFTS_PER_MINUTE="0",
                COINS_PER_MINUTE="0",
                FEED_SOCKETS_PER_ADDRESS="100000",
                **settings,
            )
        )
        crowd = await stack.enter_async_context(child("bench.gifts.crowd", folder / "crowd.log"))
        users = [new_id() for _ in range(senders)]
        await purses(place, users)
        ready = Hall(place, crowd, await live_rooms(place, rooms), tokens(secret, users))
        os.sched_setaffinity(ready.api(), {API_CORE})
        yield ready


def tokens(secret: str, users: list[str]) -> list[str]:
    signed = SignedTokens(secret, SystemClock(), Standings(life_ms=0), life_s=AccountRules().token_life_s)
    now_s = int(time.time())
    return [
        signed.issue(Principal(user, f"Fan {number}", frozenset({Role.VIEWER})), 0, now_s)[0]
        for number, user in enumerate(users)
    ]


async def purses(place: Platform, users: list[str]) -> None:
    database = Database(f"sqlite+aiosqlite:///{place.database_file}")
    async with database.write() as transaction:
        await post(transaction, [Transfer(new_id(), STARTER_GRANT, COIN, COINS, GRANTS, user, 1) for user in users])
    await database.close()


async def live_rooms(place: Platform, count: int) -> list[str]:
    """New ones, live as far as the platform's books say."""
    database = Database(f"sqlite+aiosqlite:///{place.database_file}")
    redis = foundation.redis.connect(f"unix://{place.data_dir / 'valkey' / 'valkey.sock'}", "bench")
    cards = [RoomCard(new_id(), new_id(), f"Host {number}", "Songs") for number in range(count)]
    now_ms = int(time.time() * 1000)
    for card in cards:
        await SqlRooms(database).create(card, now_ms)
        broadcast = Broadcast(new_id(), card.room, card.host_user, now_ms)
        broadcast.handle(CameraUp("session", NOWHERE), now_ms, BroadcastRules())
        await RedisBroadcasts(redis).save(Record(broadcast, card, "camera"), 0)
    await redis.aclose()
    await database.close()
    return [card.room for card in cards]
