"""Hosts who are live, fans with coins, and forked api and relay processes between them: no media, no browser.

The hosts' broadcasts are written into Redis as their keeper would; everything about gifts is the platform's own.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

import foundation.redis
from accounts.principal import Principal, Role
from accounts.standing import Standings
from accounts.tokens import SignedTokens
from bench.gifts_proof.giving import Giving
from bench.gifts_proof.line import Answer, Gone
from foundation.clock import SystemClock
from foundation.ids import new_id
from foundation.sql import Database
from foundation.stopping import end
from gifts.outbox import SqlOutbox
from gifts.store_redis import RedisBoard
from gifts.store_sql import SqlLedger
from gifts.windows import SqlScoring
from server import valkey
from server.settings import kept_secrets
from streaming.broadcast import Broadcast, Home, State
from streaming.feed.store_redis import RedisWire
from streaming.presence import RoomCard
from streaming.store import Record
from streaming.store_redis import RedisBroadcasts
from streaming.store_sql import SqlRooms
from tests.gifts.world import window
from tests.platform import bare_environment
from tests.waiting import until

LIFE_S = 86_400
BATTLE = "battle"
SIDES = ("red", "blue")
ANSWERED_S = 30.0
AGAIN_S = 0.02
TOO_FAST = 429
FAN_COINS = 1_000_000


@dataclass(frozen=True)
class Person:
    user: str
    name: str
    token: str


@dataclass
class Servers:
    """The fork server and what it has started."""

    process: asyncio.subprocess.Process
    ports: list[int]
    pids: dict[str, int] = field(default_factory=dict)  # of "relay" and "api-INDEX"
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self, kind: str, index: int = 0) -> int:
        pid = int((await self._ask(start=kind, index=index))["pid"])
        self.pids["relay" if kind == "relay" else f"api-{index}"] = pid
        return pid

    async def kill(self, name: str) -> None:
        """SIGKILL, and another one takes its place."""
        kind, _, index = name.partition("-")
        os.kill(self.pids[name], signal.SIGKILL)
        await self.start(kind, int(index or 0))

    async def _ask(self, **what: object) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        async with self._turn, asyncio.timeout(ANSWERED_S):
            self.process.stdin.write(json.dumps(what).encode() + b"\n")
            said: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return said


@dataclass
class Town:
    database: Database
    redis: Redis
    valkey: subprocess.Popen[bytes]
    servers: Servers
    tokens: SignedTokens
    clock: SystemClock
    hosts: list[RoomCard] = field(default_factory=list)
    on_air: list[Record] = field(default_factory=list)
    posted: dict[tuple[str, str], int] = field(default_factory=dict)  # how often, by room and gift id
    unanswered: int = 0  # requests that were cut off

    @property
    def scoring(self) -> SqlScoring:
        return SqlScoring(self.database, RedisBoard(self.redis, combo_ms=5000))

    async def fan(self, name: str, coins: int) -> Person:
        """Somebody new who has ``coins``."""
        person = self.person(new_id(), name)
        ledger = SqlLedger(self.database, self.clock)
        assert await ledger.grant_starter(person.user, coins)
        await ledger.close()
        return person

    def person(self, user: str, name: str) -> Person:
        """``user`` with a token."""
        principal = Principal(user, name, frozenset({Role.VIEWER}))
        return Person(user, name, self.tokens.issue(principal, 0, self.clock.now_ms() // 1000)[0])

    async def insist(self, giving: Giving, room: str, key: str, wish: dict[str, object]) -> Answer:
        """Ask with the same key until there is an answer; one who is told that he is too fast asks again, too."""
        async with asyncio.timeout(ANSWERED_S):
            while True:
                try:
                    answer = await giving.give(room, key, wish)
                    if answer.status < TOO_FAST:
                        return answer
                except Gone:
                    self.unanswered += 1
                await asyncio.sleep(AGAIN_S)

    async def announce(self) -> None:
        """Write the hosts' broadcasts into Redis, also into one that has forgotten them."""
        broadcasts = RedisBroadcasts(self.redis)
        for record in self.on_air:
            await broadcasts.announce(record.card.room)
            await broadcasts.save(record, 1)

    async def drained(self) -> None:
        """Until the relay has shown everything."""
        outbox = SqlOutbox(self.database)

        async def empty() -> bool:
            return await outbox.waiting() == 0

        await until(empty, "every gift is shown")

    async def ear(self, wire: RedisWire) -> None:
        async for posted in wire.posted():
            if posted.type == "gift.sent":
                where = (posted.room, str(orjson.loads(posted.body)["id"]))
                self.posted[where] = self.posted.get(where, 0) + 1


@asynccontextmanager
async def town(folder: Path, url: str, apis: int = 1, *, sql: str = "", redis: str = "") -> AsyncIterator[Town]:
    """On the database at ``url``, which has its tables already; two hosts are live in one battle.

    ``sql`` and ``redis``: the addresses at which the servers, and they alone, find the stores.
    """
    async with AsyncExitStack() as stack:
        process, redis_url = valkey.start(folder / "valkey", durable=False)
        stack.callback(process.wait, 10)
        stack.callback(process.terminate)
        servers = await stack.enter_async_context(_serving(folder, sql or url, redis or redis_url, apis))
        client = foundation.redis.connect(redis_url, "proof")
        stack.push_async_callback(client.aclose)
        database = Database(url)
        stack.push_async_callback(database.close)
        secret, clock = kept_secrets(folder / "data")["secret_key"], SystemClock()
        tokens = SignedTokens(secret, clock, Standings(LIFE_S * 1000), life_s=LIFE_S)
        place = Town(database, client, process, servers, tokens, clock)
        await _people(place)
        wire = RedisWire(client)
        stack.push_async_callback(wire.close)
        listening = asyncio.create_task(place.ear(wire), name="ear")
        stack.push_async_callback(_ended, wire, listening)
        for host in place.hosts:
            await wire.listen(host.room)
        for index in range(apis):
            await servers.start("api", index)
        await servers.start("relay")
        yield place


async def _ended(wire: RedisWire, listening: asyncio.Task[None]) -> None:
    await wire.close()
    await asyncio.gather(end(listening), return_exceptions=True)


@asynccontextmanager
async def _serving(folder: Path, url: str, redis_url: str, apis: int) -> AsyncIterator[Servers]:
    places = {"DATA_DIR": str(folder / "data"), "DATABASE_URL": url, "REDIS_URL": redis_url, "LOG_LEVEL": "error"}
    settings = places | {"GIFTS_PER_MINUTE": "0", "COINS_PER_MINUTE": "0", "FEED_SOCKETS_PER_ADDRESS": "100000"}
    with (folder / "serving.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bench.gifts_proof.serving", str(apis)),
            env=bare_environment() | settings,
            cwd=folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            async with asyncio.timeout(ANSWERED_S):
                first = await process.stdout.readline()
            assert first, (folder / "serving.log").read_text()[-4000:]
            yield Servers(process, json.loads(first)["ports"])
        finally:
            process.stdin.close()  # its children die with it
            await process.wait()


async def _people(place: Town) -> None:
    now_ms = place.clock.now_ms()
    rooms, ledger = SqlRooms(place.database), SqlLedger(place.database, place.clock)
    for name in ("Ruby", "Sapphire"):
        card = RoomCard(new_id(), new_id(), name, name)
        await rooms.create(card, now_ms)
        camera = Broadcast(new_id(), card.room, card.host_user, now_ms, State.LIVE, "session", Home("media-0", "", ""))
        await rooms.begin(camera, f"broadcast:{card.room}", 1)
        place.hosts.append(card)
        place.on_air.append(Record(camera, card))
        assert await ledger.grant_starter(card.host_user, FAN_COINS)
    await ledger.close()
    await place.announce()
    seen_in = tuple(host.room for host in place.hosts)
    async with place.database.write() as transaction:
        windows = [
            window(host.host_user, side, battle_id=BATTLE, rooms=seen_in)
            for host, side in zip(place.hosts, SIDES, strict=True)
        ]
        await place.scoring.open_windows(transaction, windows)
