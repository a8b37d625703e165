"""pk as both api and control need it: the stores, the scoring of gifts, and the commands."""

from dataclasses import dataclass

import orjson
from sqlalchemy import select

from accounts.store_sql_relations import SqlRelations
from foundation.sql import Transaction
from gifts.settings import GiftSettings
from gifts.store_redis import RedisBoard
from gifts.windows import SqlScoring
from moderation.sanction_gate import SanctionGate
from moderation.store_redis import RedisSanctionCache
from moderation.store_sql import SqlModeration
from pk.clients import StudioHelloCommand
from pk.composite import WITH_MIXER
from pk.records import Records
from pk.referee_client import RefereeClient
from pk.service import BattlePart, BattleService
from pk.store_redis import RedisRing
from pk.store_sql import SqlBattles, battle_results
from pk.store_sql_settings import SqlHostSettings
from pk.willingness import Willingness
from server.process import Resources
from streaming.presence import Presence
from transcode.client import JobClient


class Meetings:
    """``server.stages.BattleRooms``: which rooms share a stage, from the copy of the battle that Redis shows."""

    def __init__(self, ring: RedisRing, rows: SqlBattles) -> None:
        self._ring = ring
        self._rows = rows

    async def rooms_with(self, room: str) -> tuple[str, ...]:
        battle_id = await self._ring.battle_of(room)
        if battle_id is None:
            return ()
        copy = await self._ring.copy(battle_id)
        state = copy.state if copy is not None else await self._rows.load(battle_id)
        return state.rooms if state is not None and state.phase in WITH_MIXER else ()


class SettledBattles:
    """``gifts.verify_windows.BattleResults``: what the results say, to be held against the gift rows."""

    async def tallies(self, transaction: Transaction) -> list[tuple[str, dict[str, int]]]:
        rows = await transaction.execute(select(battle_results.c.battle_id, battle_results.c.scores))
        return [(row.battle_id, orjson.loads(row.scores)) for row in rows]


@dataclass(frozen=True)
class Battles:
    board: RedisBoard
    scoring: SqlScoring
    rows: SqlBattles
    ring: RedisRing
    service: BattleService
    records: Records
    settings: SqlHostSettings
    snapshot: BattlePart
    hello: StudioHelloCommand
    meetings: Meetings


def battles(has: Resources, presence: Presence) -> Battles:
    board = RedisBoard(has.redis, GiftSettings().combo_ms)
    scoring = SqlScoring(has.database, board)
    rows = SqlBattles(has.database, scoring)
    ring = RedisRing(has.redis)
    settings = SqlHostSettings(has.database)
    service = BattleService(
        has.settings.battle_rules,
        has.clock,
        presence,
        SanctionGate(SqlModeration(has.database), RedisSanctionCache(has.redis), has.clock),
        Willingness(SqlRelations(has.database), settings),
        scoring,
        rows,
        ring,
        RefereeClient(has.nodes, has.internal, ring, rows),
        JobClient(has.nodes, has.internal),
    )
    hello = StudioHelloCommand(presence, ring)
    snapshot, meetings = BattlePart(service), Meetings(ring, rows)
    return Battles(board, scoring, rows, ring, service, Records(rows), settings, snapshot, hello, meetings)
