"""Somebody who gives by both doors of a real api process: HTTP, and the room's feed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text

from bench.gifts.lean import Socket
from bench.gifts_proof.line import Line
from bench.gifts_proof.town import Person, Town
from foundation.sql import Database

HTTP, FEED = "http", "feed"
DOORS = (HTTP, FEED)


@dataclass(frozen=True)
class Told:
    """What was answered, and how long it took."""

    status: int
    body: dict[str, Any]
    took_s: float

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


@dataclass
class Giver:
    """One at a time by each door."""

    person: Person
    room: str
    line: Line
    socket: Socket

    async def give(self, door: str, key: str, **wish: object) -> Told:
        now_s = asyncio.get_running_loop().time
        asked = now_s()
        body = {"gift": "rose", **wish}
        status, said = await (self._by_http(key, body) if door == HTTP else self._by_feed(key, body))
        return Told(status, said, now_s() - asked)

    async def _by_http(self, key: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        answer = await self.line.ask("POST", f"/api/v1/rooms/{self.room}/gifts", self.person.token, key, body)
        return answer.status, answer.json()

    async def _by_feed(self, key: str, body: dict[str, object]) -> tuple[int, dict[str, Any]]:
        self.socket.say(orjson.dumps({"t": "gift.send", "id": key, "d": {**body, "key": key}}))
        while True:
            heard = orjson.loads(await self.socket.hear())
            said: dict[str, Any] = heard["d"]
            if heard["t"] in ("reply", "error") and said.pop("id") == key:
                if heard["t"] == "error":
                    return int(said["status"]), said
                assert said.pop("ok")
                return 201, said

    async def by_both(self, key: str, **wish: object) -> list[Told]:
        """At the same time, each with a key of its own."""
        return await asyncio.gather(*(self.give(door, f"{key}-{door}", **wish) for door in DOORS))


async def coins(database: Database, who: Person) -> int:
    query = text("SELECT amount FROM ledger_balances WHERE account = :account")
    async with database.read() as transaction:
        return int((await transaction.execute(query, {"account": f"{who.user}:coin"})).scalar_one())


@asynccontextmanager
async def giver(place: Town, person: Person, room: str) -> AsyncIterator[Giver]:
    port = place.servers.ports[0]
    socket = await Socket.open(f"http://127.0.0.1:{port}", f"/api/v1/rooms/{room}/feed?token={person.token}&v=1")
    line = Line(port)
    try:
        while orjson.loads(await socket.hear())["t"] != "snapshot":
            pass
        yield Giver(person, room, line, socket)
    finally:
        socket.close()
        await line.close()
