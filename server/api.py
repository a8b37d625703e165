"""The process ``api``: public and admin API, room feed, WHIP and WHEP, the pages. Keeps nothing that matters."""

import asyncio
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass

from fastapi import FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry, disable_created_metrics, generate_latest

import accounts.admin_router
import accounts.relation_router
import accounts.router
import moderation.admin_router
import moderation.router
import pk.admin_router
import pk.host_router
import pk.match.router
import pk.router
import pk.settings_router
import quality.router
import streaming.admin_router
import streaming.feed.router
import streaming.guest_router
import streaming.router
import streaming.whep_router
import streaming.whip_router
from accounts.pace import Pace
from accounts.passwords import Passwords
from accounts.ranks import Ranks
from accounts.relation_service import RelationService
from accounts.rules import AccountRules, RelationRules
from accounts.service import Accounts
from accounts.standing import Standings
from accounts.standing_keeper import StandingKeeper
from accounts.store_redis import RedisThrottle
from accounts.store_sql import SqlAccounts
from accounts.store_sql_relations import SqlRelations
from accounts.stream_keys import StreamKeys
from accounts.tokens import SignedTokens
from foundation import problem
from foundation.nodes import RecentNodes
from gifts.commands import GiftSendCommand
from gifts.service import GiftService
from moderation import audit
from moderation.sanction_gate import SanctionGate
from moderation.service import Sanctions
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from quality.metrics import ExperienceMetrics
from quality.service import Quality
from server import pages
from server.at_hand import AtHand
from server.battles import Battles, battles
from server.body_limit import BodyLimit
from server.certificate import self_signed
from server.giving import Giving, giving
from server.giving import install as install_gifts
from server.http import listen, serving
from server.ice_links import ice_links
from server.matches import matches
from server.money import install as install_money
from server.process import Resources, resources
from server.self_check.routers import admin_router as self_check_admin_router
from server.settings import Settings
from server.stages import StagePeople, stage_people
from streaming.admission import Admission
from streaming.audience.audience import Audience
from streaming.audience.rules import AudienceRules
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.likes import Like
from streaming.chat.limits import ChatLimits
from streaming.chat.say import SayInChat
from streaming.chat.store_redis import RedisTalk
from streaming.feed.commands import Commands
from streaming.feed.feed import Feed
from streaming.feed.router import FeedParts
from streaming.feed.rules import FeedRules
from streaming.feed.snapshot import Snapshots
from streaming.feed.store_redis import RedisWire
from streaming.guest_acts import GuestActs
from streaming.guest_service import GuestPart, GuestService, MixedPart
from streaming.lobby import Lobby
from streaming.media_client import MediaClient
from streaming.media_http import MediaEndpoint
from streaming.media_limits import SessionLimits, SessionRules
from streaming.placement import PlacementRules
from streaming.rules import GuestRules
from streaming.service import RoomService, RoomStores
from streaming.store_redis import RedisBroadcasts, RedisGuestBook, RedisStages
from streaming.store_sql import SqlRooms


@dataclass(frozen=True)
class People:
    """Accounts and moderation: everybody else asks them who is who and who may."""

    accounts: Accounts
    ranks: Ranks
    tokens: SignedTokens
    stream_keys: StreamKeys
    gate: SanctionGate
    sanctions: Sanctions
    relations: SqlRelations


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
    people = await _people(app, has, stack, money)
    _rooms(app, has, stack, people, lobby, stages, given, played)
    install_money(app, has, people.gate, people.ranks, money)
    app.include_router(pk.router.router(played.service))
    pace = Pace(RedisThrottle(has.redis), has.clock, "battle-settings:user")
    app.include_router(pk.settings_router.settings_router(played.settings, pace))
    app.include_router(pk.host_router.router(played.records))
    app.include_router(pk.admin_router.admin_router(played.service), prefix="/api/v1/admin")
    app.include_router(self_check_admin_router(has.nodes, has.internal))
    _quality_and_health(app, has, registry)
    pages.install(app, has.nodes if has.settings.public_url else None)
    return app


async def _people(app: FastAPI, has: Resources, stack: AsyncExitStack, money: GiftService) -> People:
    assert has.settings.secret_key is not None
    rules = AccountRules()
    store = SqlAccounts(has.database, audit.record)
    standings = Standings(rules.token_life_s * 1000)
    keeper = StandingKeeper(store, standings, has.bus, has.clock)
    await keeper.start()
    stack.push_async_callback(keeper.close)
    passwords = Passwords()
    stack.push_async_callback(passwords.close)
    tokens = SignedTokens(has.settings.secret_key.get_secret_value(), has.clock, standings, life_s=rules.token_life_s)
    kept, cache = SqlModeration(has.database), RedisSanctionCache(has.redis)
    gate = SanctionGate(kept, cache, has.clock)
    ranks = Ranks(store, passwords, keeper, has.clock)
    throttle = RedisThrottle(has.redis)
    people = People(
        Accounts(store, throttle, passwords, tokens, keeper, gate, has.clock, rules, welcome=money.grant_starter),
        ranks,
        tokens,
        StreamKeys(store, has.bus, has.clock),
        gate,
        Sanctions(kept, cache, ranks, has.bus, has.clock),
        SqlRelations(has.database),
    )
    relations = RelationService(people.relations, throttle, has.clock, RelationRules())
    app.state.tokens = tokens
    app.include_router(accounts.router.router(people.accounts, people.stream_keys, gate))
    app.include_router(accounts.admin_router.admin_router(ranks))
    app.include_router(accounts.relation_router.relation_router(relations))
    app.include_router(moderation.router.router(people.sanctions))
    app.include_router(moderation.admin_router.admin_router(people.sanctions))
    return people


def _rooms(
    app: FastAPI,
    has: Resources,
    stack: AsyncExitStack,
    people: People,
    lobby: Lobby,
    stages: StagePeople,
    given: Giving,
    played: Battles,
) -> None:
    assert has.settings.secret_key is not None
    rules, said = FeedRules(), ChatLimits()
    wire = RedisWire(has.redis)
    stack.push_async_callback(wire.close)
    talk, audiences = RedisTalk(has.redis), RedisAudiences(has.redis)
    broadcasts = RedisBroadcasts(has.redis)
    audience = Audience(audiences, wire, has.clock, AudienceRules())
    feed = Feed(wire, audience, has.bus, people.gate, people.tokens, has.clock, rules)
    likes = Like(talk, wire, said)
    has.tasks.start(feed.run(), "feed")
    has.tasks.start(likes.run(), "likes")
    commands = Commands(
        [SayInChat(talk, wire, people.gate, has.clock, said), likes, GiftSendCommand(given.service), played.hello],
        has.clock,
        rules,
    )
    acts = GuestActs(RedisGuestBook(has.redis), wire, has.bus, has.clock, GuestRules())
    guests = GuestService(acts, lobby, people.gate, people.relations, talk, has.clock)
    parts = FeedParts(
        feed,
        wire,
        lobby,
        Snapshots(lobby, audience, talk, [played.snapshot, GuestPart(guests), MixedPart(guests), *given.snapshot]),
        commands,
        people.tokens,
        people.gate,
        has.clock,
        rules,
    )
    stores = RoomStores(SqlRooms(has.database), broadcasts, RedisStages(has.redis), audiences, has.database)
    rooms = RoomService(stores, lobby, people.ranks, people.gate, has.bus, has.clock)
    placement = PlacementRules(room_viewers=has.settings.media_room_viewers)
    keys = people.stream_keys
    recent = RecentNodes(has.nodes)
    admission = Admission(lobby, broadcasts, has.nodes, people.tokens, keys, people.gate, stages, placement, recent)
    secret, ice_servers = has.settings.secret_key.get_secret_value(), ice_links(has.settings, has.clock)
    limits = SessionLimits(talk, has.clock, SessionRules(per_address=has.settings.sessions_per_address))
    public_url = has.settings.public_url or ""
    endpoint = MediaEndpoint(MediaClient(has.internal), has.nodes, secret, limits, ice_servers, public_url, recent)
    app.include_router(pk.match.router.router(matches(has, lobby, played, wire)))
    app.include_router(streaming.router.router(rooms))
    app.include_router(streaming.guest_router.router(guests))
    app.include_router(streaming.feed.router.router(parts))
    app.include_router(streaming.admin_router.admin_router(rooms))
    app.include_router(streaming.whip_router.router(admission, endpoint))
    app.include_router(streaming.whep_router.router(admission, endpoint))


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
