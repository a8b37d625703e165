"""Battles in SQL: tables ``battles``, ``battle_sides``, ``battle_results``; what they did to their hosts is in
``store_sql_standings``.

The columns of ``battles`` are what is searched and compared; ``state`` is the whole battle, from which a referee goes
on. A room has at most one battle that has not ended: a partial unique index says so, whatever Redis has forgotten.
"""

from collections.abc import Callable, Sequence

import orjson
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text, insert, select, update
from sqlalchemy.exc import IntegrityError

from foundation.lease import check_fence
from foundation.sql import Database, Transaction, metadata
from gifts.scoring import Scoring, Tally
from moderation import audit
from moderation.audit import AuditEntry
from pk.errors import HostBusy, Overtaken
from pk.rating import Standing
from pk.rules import RatingRules
from pk.saved import dump, load
from pk.state import Phase, State
from pk.store import LEASE_NAME, Change, Fought
from pk.store_sql_standings import battle_ratings, change_of, rate_in_sql, standings_of

battles = Table(
    "battles",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("phase", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("invited_at_ms", BigInteger, nullable=False),
    Column("prepared_at_ms", BigInteger, nullable=False),
    Column("starts_at_ms", BigInteger),
    Column("ends_at_ms", BigInteger),
    Column("previous", String(26)),  # the battle that it is the rematch of
    Column("closed_at_ms", BigInteger),  # null until its referee has given everything back
    Column("state", Text, nullable=False),
)
Index(
    "ix_battles_open",
    battles.c.id,
    sqlite_where=battles.c.closed_at_ms.is_(None),
    postgresql_where=battles.c.closed_at_ms.is_(None),
)
Index("uq_battles_previous", battles.c.previous, unique=True)  # no battle has two rematches

battle_sides = Table(
    "battle_sides",
    metadata,
    Column("battle_id", String(26), ForeignKey("battles.id"), primary_key=True),
    Column("seat", Integer, primary_key=True),
    Column("side", String(16), nullable=False),
    Column("room", String(26), nullable=False),
    Column("host_user", String(26), nullable=False, index=True),
    Column("host_name", String(64), nullable=False),
    Column("open", Integer, nullable=False),  # 1 until the battle has ended
)
Index(
    "uq_battle_sides_open_room",
    battle_sides.c.room,
    unique=True,
    sqlite_where=battle_sides.c.open == 1,
    postgresql_where=battle_sides.c.open == 1,
)

battle_results = Table(
    "battle_results",
    metadata,
    Column("battle_id", String(26), ForeignKey("battles.id"), primary_key=True),
    Column("winner", String(16)),
    Column("reason", String(32), nullable=False),
    Column("scores", Text, nullable=False),  # JSON, side -> score
    Column("gifts", BigInteger, nullable=False),
    Column("mvp", String(26)),
    Column("settled_at_ms", BigInteger, nullable=False),
)


class SqlBattles:
    def __init__(self, database: Database, scoring: Scoring, rules: RatingRules | None = None) -> None:
        self._database = database
        self._scoring = scoring
        self._rules = rules or RatingRules()

    async def insert(self, change: Change, now_ms: int) -> None:
        state = change.state
        try:
            async with self._database.write() as transaction:
                await check_fence(transaction, LEASE_NAME % state.battle, change.fence)
                busy = await _open_in(transaction, state.rooms)
                if busy is not None:
                    raise HostBusy(room=busy)
                await _insert(transaction, state, change.fence, now_ms)
                await self._together(transaction, change)
        except IntegrityError as error:
            raise HostBusy from error

    async def update(self, change: Change) -> None:
        async with self._database.write() as transaction:
            await self._replace(transaction, change)
            if change.successor is not None:
                # Its first owner has a fence of its own, which is higher than none.
                await _insert(transaction, change.successor, 0, change.successor.invited_at_ms)
            await self._together(transaction, change)

    async def settle(self, battle_id: str, version: int, fence: int, decide: Callable[[Tally], State]) -> State:
        async with self._database.write() as transaction:
            held = select(battles.c.phase).where(battles.c.id == battle_id, battles.c.version == version)
            phase = (await transaction.execute(held.with_for_update())).scalar_one_or_none()
            if phase != Phase.SETTLING:
                raise Overtaken(f"{battle_id}: not version {version} in settling")
            decided = decide(await self._scoring.tally(transaction, battle_id))
            state = await rate_in_sql(transaction, decided, self._rules)
            await self._replace(transaction, Change(state, version, fence))
            await transaction.execute(insert(battle_results).values(**_result(state)))
        return state

    async def close(self, battle_id: str, fence: int, at_ms: int) -> None:
        async with self._database.write() as transaction:
            await check_fence(transaction, LEASE_NAME % battle_id, fence)
            closing = update(battles).where(battles.c.id == battle_id, battles.c.closed_at_ms.is_(None))
            await transaction.execute(closing.values(closed_at_ms=at_ms))

    async def load(self, battle_id: str) -> State | None:
        async with self._database.read() as transaction:
            found = select(battles.c.state).where(battles.c.id == battle_id)
            payload = (await transaction.execute(found)).scalar_one_or_none()
        return None if payload is None else load(payload)

    async def open_ids(self) -> list[str]:
        async with self._database.read() as transaction:
            found = await transaction.execute(select(battles.c.id).where(battles.c.closed_at_ms.is_(None)))
            return list(found.scalars())

    async def open_in(self, rooms: Sequence[str]) -> str | None:
        async with self._database.read() as transaction:
            return await _open_in(transaction, rooms)

    async def latest(self, limit: int) -> list[State]:
        async with self._database.read() as transaction:
            found = await transaction.execute(select(battles.c.state).order_by(battles.c.id.desc()).limit(limit))
            return [load(payload) for payload in found.scalars()]

    async def note(self, entry: AuditEntry) -> None:
        async with self._database.write() as transaction:
            await audit.append(transaction, entry)

    async def standings(self, users: Sequence[str]) -> dict[str, Standing]:
        async with self._database.read() as transaction:
            return await standings_of(transaction, users, self._rules)

    async def history(self, user: str, before: int | None, limit: int) -> list[Fought]:
        query = (
            select(battle_ratings, battles.c.state)
            .join(battles, battles.c.id == battle_ratings.c.battle_id)
            .where(battle_ratings.c.host_user == user)
            .order_by(battle_ratings.c.number.desc())
            .limit(limit)
        )
        if before is not None:
            query = query.where(battle_ratings.c.number < before)
        async with self._database.read() as transaction:
            found = (await transaction.execute(query)).all()
        return [Fought(row.number, load(row.state), change_of(row)) for row in found]

    async def _replace(self, transaction: Transaction, change: Change) -> None:
        """Compare and set: nobody has changed the battle since ``version``, and nobody has taken it over."""
        state = change.state
        await check_fence(transaction, LEASE_NAME % state.battle, change.fence)
        same = (battles.c.id == state.battle, battles.c.version == change.version, battles.c.fence <= change.fence)
        done = await transaction.execute(update(battles).where(*same).values(**_columns(state, change.fence)))
        if done.rowcount != 1:
            raise Overtaken(f"{state.battle}: no version {change.version} to follow")
        if state.phase is Phase.ENDED:
            sides = update(battle_sides).where(battle_sides.c.battle_id == state.battle)
            await transaction.execute(sides.values(open=0))

    async def _together(self, transaction: Transaction, change: Change) -> None:
        if change.opens:
            await self._scoring.open_windows(transaction, change.opens)
        if change.closes_at_ms is not None:
            await self._scoring.close_windows(transaction, change.state.battle, change.closes_at_ms)
        if change.audit is not None:
            await audit.append(transaction, change.audit)


async def _insert(transaction: Transaction, state: State, fence: int, now_ms: int) -> None:
    row = {
        "id": state.battle,
        "invited_at_ms": state.invited_at_ms,
        "prepared_at_ms": now_ms,
        "previous": state.previous,
    }
    await transaction.execute(insert(battles).values(**row, **_columns(state, fence)))
    await transaction.execute(insert(battle_sides), _sides(state))


async def _open_in(transaction: Transaction, rooms: Sequence[str]) -> str | None:
    found = select(battle_sides.c.room).where(battle_sides.c.open == 1, battle_sides.c.room.in_(rooms)).limit(1)
    room: str | None = (await transaction.execute(found)).scalar_one_or_none()
    return room


def _columns(state: State, fence: int) -> dict[str, object]:
    return {
        "phase": state.phase,
        "reason": state.reason,
        "version": state.version,
        "fence": fence,
        "starts_at_ms": state.starts_at_ms,
        "ends_at_ms": state.ends_at_ms,
        "state": dump(state).decode(),
    }


def _sides(state: State) -> list[dict[str, object]]:
    return [
        {
            "battle_id": state.battle,
            "seat": member.seat,
            "side": side.side,
            "room": member.room,
            "host_user": member.user,
            "host_name": member.name,
            "open": 1,
        }
        for side in state.sides
        for member in side.members
    ]


def _result(state: State) -> dict[str, object]:
    result = state.result
    assert result is not None
    return {
        "battle_id": state.battle,
        "winner": result.winner,
        "reason": result.reason,
        "scores": orjson.dumps(dict(result.scores)).decode(),
        "gifts": result.gifts,
        "mvp": None if result.mvp is None else result.mvp.user,
        "settled_at_ms": result.settled_at_ms,
    }
