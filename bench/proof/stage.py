"""A platform with two hosts who publish recordings, fans with coins, and somebody who watches and hears both rooms."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from redis.asyncio import Redis

import foundation.redis
from bench.forward.child import Child, child
from bench.forward.recording import Shape, recorded
from bench.proof.ears import Ear, listening
from bench.proof.plan import FANS
from foundation.sql import Database
from pk.rules import BattleRules
from tests.platform import Platform, platform
from tests.processes import descendants, named
from tests.server.test_bad_input import Member, member
from tests.server.test_machine import kind_of

# Whoever watches knows by the size what he sees.
CAMERAS = (Shape("proof-red", 192, 320, 250_000, 6, 30), Shape("proof-blue", 208, 320, 250_000, 6, 30))
COMPOSITE = (360, 320)
VICTORY_S = 2
LIVE_S = 30.0
AGAIN_S = 0.25
PUBLISH_S = 20.0


def size_of(shape: Shape) -> str:
    return f"{shape.width}x{shape.height}"


def pictures() -> tuple[tuple[str, str], str]:
    """How the watcher calls the hosts' cameras and the composite."""
    red, blue = map(size_of, CAMERAS)
    return (red, blue), f"{COMPOSITE[0]}x{COMPOSITE[1]}"


@dataclass
class Camera:
    """A host's publisher: a process that is told to come and to go."""

    whip: str
    token: str
    recording: Path
    process: Child
    there: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def publish(self) -> None:
        """Come, or come again, as often as it takes."""
        async with self._turn:
            deadline = time.monotonic() + PUBLISH_S
            while True:
                await self.process.ask("stop", politely=False)
                answer = await self.process.ask(
                    "publish", url=self.whip, token=self.token, recording=str(self.recording)
                )
                if not answer.get("failed"):
                    self.there = True
                    return
                if time.monotonic() > deadline:
                    raise RuntimeError(f"a host cannot publish: {answer['failed']}")
                await asyncio.sleep(AGAIN_S)

    async def vanish(self, politely: bool) -> None:
        async with self._turn:
            self.there = False
            await self.process.ask("stop", politely=politely)


@dataclass
class Stage:
    place: Platform
    http: httpx2.AsyncClient
    redis: Redis
    database: Database
    hosts: list[Member]
    fans: list[Member]
    cameras: list[Camera]
    watcher: Child
    ears: list[Ear]
    rules: BattleRules

    @property
    def rooms(self) -> list[str]:
        return [host.room for host in self.hosts]

    def mixers(self) -> list[int]:
        return named(descendants(self.place.process.pid), "rs-mixer")

    def kill(self, kind: str) -> float:
        """SIGKILL for the process of that kind; when it was sent."""
        pids = [pid for pid in descendants(self.place.process.pid)[1:] if kind_of(pid) == kind]
        assert pids, f"no {kind} is there"
        os.kill(pids[0], signal.SIGKILL)
        return time.time()

    async def both_live(self) -> None:
        """Bring every host on the air who is not."""
        for camera in self.cameras:
            if not camera.there:
                await camera.publish()
        async with asyncio.timeout(LIVE_S):
            for room in self.rooms:
                while not await self._live(room):  # noqa: ASYNC110  (only asking shows it)
                    await asyncio.sleep(AGAIN_S)

    async def _live(self, room: str) -> bool:
        try:
            answer = await self.http.get(f"/api/v1/rooms/{room}")
        except httpx2.HTTPError:
            return False
        broadcast = answer.json().get("broadcast") if answer.status_code == 200 else None
        return broadcast is not None and broadcast["state"] == "live"


def settings(fight_ms: int) -> dict[str, str]:
    return {
        "BATTLE_FIGHT_S": str(fight_ms / 1000),
        "BATTLE_VICTORY_S": str(VICTORY_S),
        "MIXER_WIDTH": str(COMPOSITE[0]),
        "MIXER_HEIGHT": str(COMPOSITE[1]),
        "MIXER_FPS": "30",
        "STARTER_COINS": "100000000",
        "GIFTS_PER_MINUTE": "0",
        "COINS_PER_MINUTE": "0",
    }


@asynccontextmanager
async def stage(folder: Path, fight_ms: int, **more: str) -> AsyncIterator[Stage]:
    """``more`` are further settings of the platform."""
    recordings = [recorded(shape, folder) for shape in CAMERAS]
    rules = BattleRules(fight_ms=fight_ms)
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(platform(folder / "data", **settings(fight_ms) | more))
        http = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=5, limits=httpx2.Limits())
        )
        hosts = [await member(http, name, host=True) for name in ("Ruby", "Sapphire")]
        fans = [await member(http, f"Fan {number}", host=False) for number in range(FANS)]
        log = folder / "people.log"
        processes = [await stack.enter_async_context(child("host", log)) for _ in hosts]
        watcher = await stack.enter_async_context(child("bench.proof.watcher", log))
        cameras = [
            Camera(f"{place.address}/whip/{host.room}", host.token, recording, process)
            for host, recording, process in zip(hosts, recordings, processes, strict=True)
        ]
        ears = [Ear(f"{place.address.replace('http', 'ws', 1)}/api/v1/rooms/{host.room}/feed?v=1") for host in hosts]
        await stack.enter_async_context(listening(*ears))
        redis: Redis = foundation.redis.connect(f"unix://{place.data_dir / 'valkey' / 'valkey.sock'}", "proof")
        stack.push_async_callback(redis.aclose)
        database = Database(f"sqlite+aiosqlite:///{place.database_file}")
        stack.push_async_callback(database.close)
        ready = Stage(place, http, redis, database, hosts, fans, cameras, watcher, ears, rules)
        await ready.both_live()
        await watcher.ask("watch", whep={host.room: f"{place.address}/whep/{host.room}" for host in hosts})
        yield ready


async def shown(watched: Stage) -> list[list[tuple[float, str]]]:
    """By room, what its program showed from when on, since this was asked last."""
    answer: dict[str, Any] = await watched.watcher.ask("shown")
    return [[(at_s, size) for at_s, size in answer["shown"][room]] for room in watched.rooms]
