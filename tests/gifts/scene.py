"""A battle of anna and bo with a ledger, a board in Valkey, and as many relays as the test starts."""

from typing import Any

from redis.asyncio import Redis

from foundation.bus import MemoryBus
from foundation.lease import Lease, MemoryLeases, next_fence
from foundation.sql import Database
from gifts.ledger import Gift
from gifts.outbox import RELAY, SqlOutbox
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store import ROOM_STREAM
from gifts.store_redis import RedisBoard
from gifts.store_sql import SqlLedger
from gifts.windows import SqlScoring
from tests.clocks import ToldClock
from tests.gifts.world import ROOM, KeptFeed, commit, order, window


class Scene:
    def __init__(self, database: Database, redis: Redis, clock: ToldClock, settings: GiftSettings) -> None:
        self.database, self.redis, self.clock, self.settings = database, redis, clock, settings
        self.ledger = SqlLedger(database, clock)
        self.board = RedisBoard(redis, settings.combo_ms)
        self.scoring = SqlScoring(database, self.board)
        self.outbox = SqlOutbox(database)
        self.bus = MemoryBus()
        self.feed = KeptFeed()

    async def begin(self) -> None:
        await self.ledger.grant_starter("vera", 100_000)
        async with self.database.write() as transaction:
            await self.scoring.open_windows(transaction, [window("anna", "red"), window("bo", "blue")])

    def relay(self, **replaced: Any) -> GiftRelay:
        parts: dict[str, Any] = {"board": self.board, "bus": self.bus, "feed": self.feed} | replaced
        return GiftRelay(
            database=self.database, leases=MemoryLeases(), clock=self.clock, settings=self.settings, **parts
        )

    async def lease(self) -> Lease:
        return Lease(RELAY, await next_fence(self.database, RELAY), "token", float("inf"))

    async def give(self, *coins: int, recipient: str = "anna", room: str = ROOM) -> list[Gift]:
        return await commit(self.ledger, *(order(coins=each, recipient=recipient, room=room) for each in coins))

    async def streamed(self, room: str = ROOM) -> list[str]:
        entries: Any = await self.redis.xrange(ROOM_STREAM.format(room=room))
        return [fields[b"gift"].decode() for _, fields in entries]
