"""The process ``api``: public and admin API, room feed, WHIP and WHEP, the pages. Keeps nothing that matters."""

import asyncio
import socket
from contextlib import AsyncExitStack

from fastapi import FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry, disable_created_metrics, generate_latest

import pk.admin_router
import pk.host_router
import pk.match.router
import pk.router
import pk.settings_router
import quality.router
from accounts.pace import Pace
from accounts.store_redis import RedisThrottle
from foundation import problem
from gifts.commands import GiftSendCommand
from moderation.sanction_gate import SanctionGate
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from quality.metrics import ExperienceMetrics
from quality.service import Quality
from server import pages
from server.at_hand import AtHand
from server.battles import Battles, battles
from server.body_limit import BodyLimit
from server.capabilities import router as capabilities_router
from server.certificate import self_signed
from server.chat import chat
from server.feed import install as install_feed
from server.giving import Giving, giving
from server.giving import install as install_gifts
from server.http import listen, serving
from server.matches import matches
from server.money import install as install_money
from server.people import People, people
from server.people import install as install_people
from server.process import Resources, resources
from server.rooms import guest_service, install_media
from server.rooms import install as install_rooms
from server.self_check.routers import admin_router as self_check_admin_router
from server.settings import Settings
from server.stages import StagePeople, stage_people
from streaming.feed.store_redis import RedisWire
from streaming.feed_port import FeedCommand, SnapshotPart
from streaming.guest_service import GuestPart, MixedPart, ScreenPart
from streaming.lobby import Lobby
from streaming.store_redis import RedisBroadcasts
from streaming.store_sql import SqlRooms


async def run(settings: Settings, index: int, stop: asyncio.Event, *, listen_fd: int | None, port: int) -> None:
    """Serve until ``stop``, on the socket that was passed or on ``port``."""
    listener = socket.socket(fileno=listen_fd) if listen_fd is not None else listen(settings.host, port)
    listener.setblocking(False)
    certificate, key = self_signed(settings.data_dir) if settings.https else (None, None)
    async with resources(settings, f"api-{index}") as has, AsyncExitStack() as stack:
        app = await compose(has, stack)
        async with serving(app, listener, certificate=certificate, key=key, trusted_proxies=settings.trusted_proxies):
            await stop.wait()


async def compose(has: Resources, stack: AsyncExitStack) -> FastAPI:
    """The app with every domain on it; what was started is closed when ``stack`` is."""
    app = FastAPI(title="Ringside", summary="Live streaming whose heart is the PK battle", version="0.1.0")
    problem.install(app)
    app.add_middleware(BodyLimit)
    lobby = Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis))
    played = battles(has, lobby)
    stages = stage_people(has, lobby, played.meetings)
    gate = SanctionGate(SqlModeration(has.database), RedisSanctionCache(has.redis), has.clock)
    at_hand = AtHand(stages, gate, has.bus)
    at_hand.start()
    stack.push_async_callback(at_hand.close)
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    given = await giving(has, stack, at_hand, registry)
    install_gifts(app, has, given)  # before all others: routes are tried in order, and gifts storm
    money = given.service
    known = await people(has, stack, money)
    install_people(app, has, known)
    _rooms(app, has, stack, lobby, known, stages, given, played, registry)
    install_money(app, has, known.gate, known.ranks, money)
    _battles(app, has, played)
    app.include_router(self_check_admin_router(has.nodes, has.internal))
    app.include_router(capabilities_router())
    _quality_and_health(app, has, registry)
    pages.install(app, has.nodes if has.settings.public_url else None)
    return app


def _rooms(
    app: FastAPI,
    has: Resources,
    stack: AsyncExitStack,
    lobby: Lobby,
    known: People,
    stages: StagePeople,
    given: Giving,
    played: Battles,
    registry: CollectorRegistry,
) -> None:
    wire = RedisWire(has.redis)
    stack.push_async_callback(wire.close)
    said = chat(app, has, stack, wire, known)
    guests = guest_service(has, wire, lobby, said.talk, known)
    app.include_router(pk.match.router.router(matches(has, lobby, played, wire)))
    install_rooms(app, has, lobby, known, guests)
    install_media(app, has, lobby, said.talk, known, stages)
    commands: list[FeedCommand] = [*said.commands, GiftSendCommand(given.service), played.hello]
    stage: list[SnapshotPart] = [GuestPart(guests), ScreenPart(guests), MixedPart(guests)]
    shown: list[SnapshotPart] = [played.snapshot, *stage, said.snapshot, *given.snapshot]
    install_feed(app, has, stack, wire, lobby, said.talk, known, commands, shown, registry)


def _battles(app: FastAPI, has: Resources, played: Battles) -> None:
    app.include_router(pk.router.router(played.service))
    pace = Pace(RedisThrottle(has.redis), has.clock, "battle-settings:user")
    app.include_router(pk.settings_router.settings_router(played.settings, pace))
    app.include_router(pk.host_router.router(played.records))
    app.include_router(pk.admin_router.admin_router(played.service), prefix="/api/v1/admin")


def _quality_and_health(app: FastAPI, has: Resources, registry: CollectorRegistry) -> None:
    app.include_router(quality.router.router(Quality(ExperienceMetrics(registry), has.clock)))

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> dict[str, object]:
        """Whether everything that a user needs is there: SQL, Redis, and a process of each kind."""
        await has.database.ready()
        missing = [kind for kind in ("media", "transcode", "control") if not await has.nodes.alive(kind)]
        if missing:
            response.status_code = 503
        return {"status": "waiting" if missing else "ready", "missing": missing}

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        text = generate_latest(REGISTRY) + generate_latest(registry)
        return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
