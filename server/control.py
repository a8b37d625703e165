"""The process ``control``: keepers of broadcasts and posters, referees, relay, matchmaker, auditor.

A second one takes over.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry

from accounts.store_sql import SqlAccounts
from accounts.stream_keys import StreamKeys
from foundation.nodes import Node, keep_announcing
from gifts.auditor import Auditor
from gifts.catalogue_keeper import CatalogueKeeper
from gifts.metrics import OutboxGauges
from gifts.relay import GiftRelay
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.store_redis_patrons import RedisPatronCopies
from gifts.store_redis_reports import RedisReports
from gifts.store_sql_catalogue import SqlCatalogue
from moderation import audit
from moderation.sanction_gate import SanctionGate
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from pk.composite import Composite, CompositeSettings
from pk.inputs import Input
from pk.internal_router import internal_router
from pk.match.matchmaker import Matchmaker
from pk.office import Office
from pk.referee import Equipment
from pk.referee_client import NODE_KIND
from server.banner_rooms import BannerRooms
from server.battles import battles
from server.books import verified
from server.http import serving
from server.internal_http import internal_app, internal_listener
from server.matches import matchmaker
from server.process import Resources, resources
from server.settings import Settings
from server.stages import stage_people
from streaming.audience.store_redis import RedisAudiences
from streaming.battle_stage import BattleStage
from streaming.chat.store_redis import RedisTalk
from streaming.desk import Desk
from streaming.feed.store_redis import RedisWire
from streaming.guest_acts import GuestActs
from streaming.guest_composite import PictureSettings
from streaming.lobby import Lobby
from streaming.media_client import MediaClient
from streaming.poster_keeper import PosterKeeper
from streaming.rules import BroadcastRules, GuestRules
from streaming.stage_guests import StageGuests
from streaming.store_redis import RedisBroadcasts, RedisGuestBook, RedisStages
from streaming.store_sql import SqlRooms
from streaming.surroundings import Surroundings
from transcode.client import JobClient
from transcode.store_redis import RedisPosters


async def run(settings: Settings, index: int, stop: asyncio.Event) -> None:
    """Own what is given to this process until ``stop``; then hand everything over by giving the leases back."""
    assert settings.internal_token is not None
    token = settings.internal_token.get_secret_value()
    listener, url = internal_listener(settings)
    async with resources(settings, f"control-{index}") as has:
        wire = RedisWire(has.redis)
        office = _office(has, wire, url, token)
        node_id = f"control-{index}@{settings.internal_name or settings.internal_host}"
        has.tasks.start(
            keep_announcing(has.nodes, lambda: Node(NODE_KIND, node_id, url, min(1.0, office.load / 1000))), "announce"
        )
        has.tasks.start(office.run(), "office")
        has.tasks.start(_desk(has, wire, token).run(), "desk")
        shelf = CatalogueKeeper(SqlCatalogue(has.database), has.bus, has.clock)
        await shelf.start(patient=True)
        has.tasks.start(_relay(has, wire, shelf).run(), "relay")
        has.tasks.start(_matchmaker(has, wire).run(), "matchmaker")
        has.tasks.start(_auditor(has).run(), "auditor")
        has.tasks.start(_posters(has, token).run(), "posters")
        registry = CollectorRegistry()
        has.tasks.start(OutboxGauges(has.database, has.clock, registry).run(), "outbox gauges")
        app = internal_app(registry)
        app.include_router(internal_router(office, has.clock, token))
        try:
            async with serving(app, listener):
                await stop.wait()
        finally:
            await has.tasks.close()
            await shelf.close()
            await wire.close()


def _office(has: Resources, wire: RedisWire, url: str, token: str) -> Office:
    lobby = Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis))
    played = battles(has, lobby)
    stage = BattleStage(RedisStages(has.redis), StageGuests(RedisGuestBook(has.redis), lobby), has.bus)
    jobs = JobClient(has.nodes, has.internal)
    picture = CompositeSettings(token, has.settings.mixer_width, has.settings.mixer_height, has.settings.mixer_fps)

    def composite(report: Callable[[Input], None]) -> Composite:
        return Composite(jobs, stage, lobby, picture, report)

    equipment = Equipment(url, has.clock, played.rows, played.ring, has.bus, wire, played.scoring, lobby, composite)
    return Office(equipment, has.leases)


def _desk(has: Resources, wire: RedisWire, token: str) -> Desk:
    lobby = Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis))
    around = Surroundings(
        has.bus,
        has.clock,
        wire,
        SqlRooms(has.database),
        RedisBroadcasts(has.redis),
        RedisStages(has.redis),
        RedisTalk(has.redis),
        RedisAudiences(has.redis),
        MediaClient(has.internal),
        SanctionGate(SqlModeration(has.database), RedisSanctionCache(has.redis), has.clock),
        GuestActs(RedisGuestBook(has.redis), wire, has.bus, has.clock, GuestRules()),
        stage_people(has, lobby, battles(has, lobby).meetings),
        JobClient(has.nodes, has.internal),
        PictureSettings(token, has.settings.mixer_width, has.settings.mixer_height, has.settings.mixer_fps),
        BroadcastRules(grace_s=has.settings.broadcast_grace_s),
    )
    keys = StreamKeys(SqlAccounts(has.database, audit.record), has.bus, has.clock)
    return Desk(around, has.leases, has.nodes, keys)


def _matchmaker(has: Resources, wire: RedisWire) -> Matchmaker:
    lobby = Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis))
    return matchmaker(has, lobby, battles(has, lobby), wire)


def _auditor(has: Resources) -> Auditor:
    look = partial(verified, has.database, has.clock)
    reports, every_s = RedisReports(has.redis), has.settings.ledger_verify_s
    return Auditor(look, reports, has.bus, has.leases, has.clock, every_s)


def _posters(has: Resources, token: str) -> PosterKeeper:
    lobby = Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis))
    return PosterKeeper(RedisPosters(has.redis), lobby, JobClient(has.nodes, has.internal), has.leases, token)


def _relay(has: Resources, wire: RedisWire, shelf: CatalogueKeeper) -> GiftRelay:
    settings = GiftSettings(banner_coins=has.settings.banner_coins)
    board = RedisBoard(has.redis, settings.combo_ms)
    rooms = BannerRooms(Lobby(SqlRooms(has.database), RedisBroadcasts(has.redis)))
    patrons = RedisPatronCopies(has.redis)
    return GiftRelay(has.database, board, has.bus, wire, has.leases, has.clock, settings, shelf, rooms, patrons)
