"""The random match: what api lets hosts ask for, and the matchmaker of a control process."""

from accounts.pace import Pace
from accounts.store_redis import RedisThrottle
from accounts.store_sql_relations import SqlRelations
from foundation.feed import FeedOutlet
from moderation.sanction_gate import SanctionGate
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from pk.match.matchmaker import Matchmaker, Surroundings
from pk.match.service import MatchService
from pk.match.store_redis import RedisMatchQueue
from pk.referee_client import RefereeClient
from pk.rules import MatchRules
from server.battles import Battles
from server.process import Resources
from streaming.presence import Presence
from transcode.client import JobClient


def matches(has: Resources, presence: Presence, played: Battles, feed: FeedOutlet) -> MatchService:
    return MatchService(
        has.settings.battle_rules,
        MatchRules(),
        has.clock,
        presence,
        _gate(has),
        played.rows,
        played.ring,
        RedisMatchQueue(has.redis),
        Pace(RedisThrottle(has.redis), has.clock, "match:user"),
        has.bus,
        feed,
    )


def matchmaker(has: Resources, presence: Presence, played: Battles, feed: FeedOutlet) -> Matchmaker:
    around = Surroundings(
        has.clock,
        has.bus,
        feed,
        presence,
        _gate(has),
        SqlRelations(has.database),
        played.rows,
        played.ring,
        RedisMatchQueue(has.redis),
        RefereeClient(has.nodes, has.internal, played.ring, played.rows),
        JobClient(has.nodes, has.internal),
        has.settings.battle_rules,
        MatchRules(),
    )
    return Matchmaker(around, has.leases)


def _gate(has: Resources) -> SanctionGate:
    return SanctionGate(SqlModeration(has.database), RedisSanctionCache(has.redis), has.clock)
