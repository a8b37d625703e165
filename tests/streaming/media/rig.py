"""A media worker with its public and internal HTTP on ephemeral loopback ports: the real parts, in the test's loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from foundation import problem
from foundation.bus import MemoryBus
from foundation.clock import SystemClock
from foundation.errors import Unauthorised
from foundation.facts import Fact
from foundation.internal import InternalClient
from foundation.nodes import MemoryNodes
from server.http import listen
from streaming import whep_router, whip_router
from streaming.chat.store_memory import MemoryTalk
from streaming.events import (
    CameraEnded,
    CameraLost,
    CameraResumed,
    CameraStarted,
    GuestEnded,
    GuestStarted,
    MediaMoving,
    ProgramSwitched,
)
from streaming.media import router
from streaming.media.errors import NotLive
from streaming.media.session_door import SessionDoor
from streaming.media.settings import MediaSettings
from streaming.media.worker import MediaWorker
from streaming.media_client import MediaClient
from streaming.media_http import MediaEndpoint
from streaming.media_limits import SessionLimits, SessionRules
from streaming.whep_router import WatchGrant
from streaming.whip_router import PublishGrant

TOKEN = "internal"
PIPE_TOKEN = "pipe"
WEB = Path(__file__).parents[3] / "web"
PAGE = "<!doctype html><title>ringside</title><video autoplay playsinline></video>"


async def until(condition: Callable[[], object], what: str, deadline_s: float = 10.0) -> None:
    """Wait until `condition` holds; the test fails with `what` when it does not in time."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, f"not in {deadline_s} s: {what}"
        await breathe()


async def breathe() -> None:
    """Let the loop's selector wait for a moment: a condition is looked at again soon, without burning the core."""
    loop = asyncio.get_running_loop()
    woken = loop.create_future()
    loop.call_later(0.005, woken.set_result, None)
    await woken


@dataclass
class Door:
    """Admission for tests: the token is the user's name; `banned` is refused."""

    nodes: MemoryNodes
    homes: dict[str, str] = field(default_factory=dict)
    relays: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Where viewers of a room go instead of its home: the worker's address, and the pipe of the home."""

    async def publish(self, token: str | None, room: str) -> PublishGrant:
        if token is None or token == "wrong":
            raise Unauthorised
        return PublishGrant(token, room, self.homes.get(room))

    async def publish_as(self, user: str, room: str, credential: str) -> PublishGrant:
        return PublishGrant(user, room, self.homes.get(room), credential)

    async def publish_guest(self, token: str | None, room: str) -> PublishGrant:
        return await self.publish(token, room)

    async def publish_guest_as(self, user: str, room: str) -> PublishGrant:
        return await self.publish_as(user, room, "")

    async def watch_as(self, user: str | None, room: str, track: str) -> WatchGrant:
        return await self.watch(user, room, track)

    async def watch(self, token: str | None, room: str, track: str) -> WatchGrant:
        alive = await self.nodes.alive("media")
        if not alive:
            raise NotLive(retry_after_s=2)
        if track == "program" and room in self.relays:
            url, home = self.relays[room]
            return WatchGrant(token, room, url, relay_of=home)
        return WatchGrant(token, room, self.homes.get(room, alive[0].url))


class Rig:
    """`facts` is what the workers of this bus have told, oldest first. `beside`: a rig with which all is shared."""

    def __init__(self, settings: MediaSettings, base: str, beside: "Rig | None" = None) -> None:
        self.url = base
        self.bus: MemoryBus = beside.bus if beside else MemoryBus()
        self.nodes: MemoryNodes = beside.nodes if beside else MemoryNodes()
        self.worker = MediaWorker(replace(settings, url=base), self.bus, self.nodes, SystemClock())
        self.internal = InternalClient(TOKEN)
        self.client = MediaClient(self.internal)
        self.facts: list[Fact] = []
        self.door: Door = beside.door if beside else Door(self.nodes)
        self.talk: MemoryTalk = beside.talk if beside else MemoryTalk()
        self.limits = SessionRules()
        self.ice_servers: tuple[str, ...] = ()

    def app(self) -> SessionDoor:
        app = FastAPI()
        problem.install(app)
        limits = SessionLimits(self.talk, SystemClock(), self.limits)
        endpoint = MediaEndpoint(
            self.client, self.nodes, "secret", limits, lambda user: self.ice_servers, self.worker.settings.public_url
        )
        app.include_router(router.router(self.worker, TOKEN))
        app.include_router(whip_router.router(self.door, endpoint))
        app.include_router(whep_router.router(self.door, endpoint))
        app.add_api_route("/", lambda: HTMLResponse(PAGE))
        app.mount("/static", StaticFiles(directory=WEB))
        return SessionDoor(app, self.worker, TOKEN)

    def told(self, kind: type[Fact]) -> list[Fact]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def listen(self) -> None:
        cameras = (CameraStarted, CameraLost, CameraResumed, CameraEnded)
        kinds = (*cameras, GuestStarted, GuestEnded, ProgramSwitched, MediaMoving)
        async with self.bus.subscribe(*kinds) as subscription:
            async for fact in subscription:
                self.facts.append(fact)


def quick(**changes: object) -> MediaSettings:
    """Settings for tests: loopback, any port; how busy the test itself keeps the process closes no door."""
    settings = MediaSettings(
        worker_id="media-0@127.0.0.1", url="", pipe_token=PIPE_TOKEN, host="127.0.0.1", max_processor=1e9
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    settings: MediaSettings | None = None, beside: Rig | None = None, *, public: bool = False
) -> AsyncIterator[Rig]:
    """`public`: a node of its own, which announces its address.

    Also fails the test that leaves a task or an open session behind; what ran `beside` is left to the first rig.
    """
    before = asyncio.all_tasks()
    listening = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = settings or quick()
    rig = Rig(replace(settings, public_url=url) if public else settings, url, beside)
    await rig.worker.start()
    server = uvicorn.Server(uvicorn.Config(rig.app(), log_level="error", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]), name="http")
    hearing = asyncio.create_task(rig.listen(), name="facts")
    try:
        await until(lambda: server.started, "the server listens")
        yield rig
    finally:
        await rig.internal.close()
        await rig.worker.close()
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        server.should_exit = True
        await serving
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    assert beside or not left, [task.get_name() for task in left]
