"""Rooms on the api: their routes, guests, and the addresses at which cameras and viewers knock."""

from fastapi import FastAPI

import streaming.admin_router
import streaming.guest_router
import streaming.past_router
import streaming.router
import streaming.whep_router
import streaming.whip_router
from accounts.bucket import Bucket
from accounts.pace import Pace
from accounts.store_redis import RedisThrottle
from foundation.feed import FeedOutlet
from foundation.nodes import RecentNodes
from gifts.takings import Takings
from pk.fights import Fights
from server.ice_links import ice_links
from server.people import People
from server.process import Resources
from server.stages import StagePeople
from streaming.admission import Admission
from streaming.audience.store_redis import RedisAudiences
from streaming.chat.store import Talk
from streaming.guest_acts import GuestActs
from streaming.guest_service import GuestService
from streaming.lobby import Lobby
from streaming.media_client import MediaClient
from streaming.media_http import MediaEndpoint
from streaming.media_limits import SessionLimits, SessionRules
from streaming.past import PastBroadcasts
from streaming.placement import PlacementRules
from streaming.rules import GuestRules
from streaming.service import RoomService, RoomStores
from streaming.store_redis import RedisBroadcasts, RedisGuestBook, RedisStages
from streaming.store_sql import SqlRooms
from transcode.store_redis import RedisPosters

# How often a host may ask for a page of his broadcasts: it is up to fifty sums of what he was given.
LOOKING_BACK = Bucket(burst=20, refill_ms=2_000)


def guest_service(has: Resources, outlet: FeedOutlet, lobby: Lobby, talk: Talk, people: People) -> GuestService:
    acts = GuestActs(RedisGuestBook(has.redis), outlet, has.bus, has.clock, GuestRules())
    return GuestService(acts, lobby, people.gate, people.relations, talk, has.clock)


def install(app: FastAPI, has: Resources, lobby: Lobby, people: People, guests: GuestService) -> None:
    """Put the routes of rooms and guests on ``app``."""
    broadcasts, stages = RedisBroadcasts(has.redis), RedisStages(has.redis)
    audiences, posters = RedisAudiences(has.redis), RedisPosters(has.redis)
    stores = RoomStores(SqlRooms(has.database), broadcasts, stages, audiences, posters, has.database)
    rooms = RoomService(stores, lobby, people.ranks, people.gate, has.bus, has.clock)
    app.include_router(streaming.router.router(rooms))
    looking = Pace(RedisThrottle(has.redis), has.clock, "broadcasts:user", LOOKING_BACK)
    past = PastBroadcasts(SqlRooms(has.database), (Takings(has.database), Fights(has.database)), looking)
    app.include_router(streaming.past_router.router(past))
    app.include_router(streaming.guest_router.router(guests))
    app.include_router(streaming.admin_router.admin_router(rooms))


def install_media(app: FastAPI, has: Resources, lobby: Lobby, talk: Talk, people: People, stages: StagePeople) -> None:
    """Put WHIP and WHEP on ``app``."""
    assert has.settings.secret_key is not None
    recent = RecentNodes(has.nodes)
    placement = PlacementRules(room_viewers=has.settings.media_room_viewers)
    broadcasts, tokens, keys = RedisBroadcasts(has.redis), people.tokens, people.stream_keys
    admission = Admission(lobby, broadcasts, has.nodes, tokens, keys, people.gate, stages, placement, recent)
    secret, ice_servers = has.settings.secret_key.get_secret_value(), ice_links(has.settings, has.clock)
    limits = SessionLimits(talk, has.clock, SessionRules(per_address=has.settings.sessions_per_address))
    public_url = has.settings.public_url or ""
    endpoint = MediaEndpoint(MediaClient(has.internal), has.nodes, secret, limits, ice_servers, public_url, recent)
    app.include_router(streaming.whip_router.router(admission, endpoint))
    app.include_router(streaming.whep_router.router(admission, endpoint))
