"""What the stores promise, asked of every twin."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from redis.asyncio import Redis
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.lease import Fenced, next_fence
from foundation.sql import Database
from gifts.scoring import Tally
from moderation.audit import AuditEntry
from pk.battle import Battle
from pk.errors import HostBusy, Overtaken, TooFrequent
from pk.inputs import Accept, Surrender, Tallied, TimeUp
from pk.moves.aftermath import next_battle
from pk.rules import BattleRules
from pk.saved import dump, load
from pk.state import Mixer, Phase, Reason, Side, State
from pk.store import CLIENT_MS, LEASE_NAME, Battles, Change, Ring, windows
from pk.store_memory import MemoryBattles, MemoryRing
from pk.store_redis import RedisRing
from pk.store_sql import SqlBattles, battle_results, battle_sides, battles
from tests.pk.people import CLEO, NOW, fighting, first_state, follows, strangers
from tests.pk.virtual import VirtualClock
from tests.pk.world import Ledger


@pytest.fixture(params=["memory", "redis"])
def ring(request: pytest.FixtureRequest) -> Ring:
    if request.param == "memory":
        return MemoryRing()
    return RedisRing(request.getfixturevalue("redis"))


async def test_a_booking_takes_both_rooms(ring: Ring) -> None:
    state = first_state()
    await ring.book(state)
    assert [await ring.battle_of(room) for room in state.rooms] == [state.battle] * 2
    assert await ring.open_ids() == [state.battle]
    assert await ring.invitation(state.battle) == state


async def test_a_busy_room_is_refused_by_name_and_the_other_stays_free(ring: Ring) -> None:
    state = first_state()
    await ring.book(state)
    other = first_state((CLEO, state.sides[0]))
    with pytest.raises(HostBusy) as refused:
        await ring.book(other)
    assert refused.value.extra == {"room": state.rooms[0]}
    assert await ring.battle_of(CLEO.host.room) is None
    assert await ring.open_ids() == [state.battle]


async def test_booking_twice_is_booking_once(ring: Ring) -> None:
    state = first_state(rules=BattleRules(invitations_per_minute=1))
    await ring.book(state)
    await ring.book(state)
    assert await ring.open_ids() == [state.battle]


async def test_inviting_over_and_over_is_too_frequent(ring: Ring) -> None:
    rules = BattleRules(invitations_per_minute=3)
    sides = strangers()
    for _ in range(3):
        state = first_state(sides, rules)
        await ring.book(state)
        await ring.release(state)
    with pytest.raises(TooFrequent) as refused:
        await ring.book(first_state(sides, rules))
    assert refused.value.retry_after_s is not None and 0 < refused.value.retry_after_s <= 60
    assert await ring.battle_of(sides[0].host.room) is None
    await ring.book(first_state(sides[::-1], rules))


async def test_a_refused_booking_does_not_count_as_an_invitation(ring: Ring) -> None:
    rules = BattleRules(invitations_per_minute=1)
    sides = strangers()
    holder = first_state((CLEO, sides[1]), rules)
    await ring.book(holder)
    for _ in range(5):
        with pytest.raises(HostBusy):
            await ring.book(first_state(sides, rules))
    await ring.release(holder)
    await ring.book(first_state(sides, rules))


async def test_release_frees_the_rooms_and_forgets_the_invitation(ring: Ring) -> None:
    state = first_state()
    await ring.book(state)
    await ring.release(state)
    assert [await ring.battle_of(room) for room in state.rooms] == [None, None]
    assert await ring.open_ids() == []
    assert await ring.invitation(state.battle) is None


async def test_a_late_release_leaves_the_next_battle_alone(ring: Ring) -> None:
    first = first_state()
    await ring.book(first)
    await ring.release(first)
    second = first_state(first.sides)
    await ring.book(second)
    await ring.release(first)
    assert await ring.battle_of(second.rooms[0]) == second.battle


async def test_keep_takes_lost_bookings_again_but_never_anothers(ring: Ring) -> None:
    first = first_state()
    await ring.keep(first)
    assert await ring.battle_of(first.rooms[1]) == first.battle
    second = first_state(first.sides)
    await ring.keep(second)
    assert await ring.battle_of(first.rooms[1]) == first.battle


async def test_the_copy_never_goes_back(ring: Ring) -> None:
    state = first_state()
    newer = follows(state, mixer=Mixer.UP)
    assert await ring.copy(state.battle) is None
    assert await ring.show(newer, 1, "http://one")
    assert not await ring.show(state, 1, "http://one")
    copy = await ring.copy(state.battle)
    assert copy is not None and copy.state == newer


async def test_a_later_owner_replaces_the_copy_and_the_earlier_cannot_take_it_back(ring: Ring) -> None:
    state = first_state()
    newer = follows(state, mixer=Mixer.UP)
    assert await ring.show(newer, 1, "http://one")
    assert await ring.show(state, 2, "http://two")
    assert not await ring.show(follows(newer), 1, "http://one")
    copy = await ring.copy(state.battle)
    assert copy is not None and (copy.state, copy.referee) == (state, "http://two")


async def test_every_key_of_a_battle_is_gone_in_the_end(redis: Redis) -> None:
    ring = RedisRing(redis)
    state = first_state()
    await ring.book(state)
    await ring.show(state, 1, "http://one")
    await ring.release(state)
    for key in await redis.keys("*"):
        assert await redis.ttl(key) > 0, f"{key!r} would stay for ever"


async def test_a_rematch_takes_over_the_bookings_of_its_predecessor_only(ring: Ring) -> None:
    first = first_state()
    await ring.book(first)
    following = replace(first_state(first.sides), previous=first.battle)
    await ring.keep(following)
    assert [await ring.battle_of(room) for room in first.rooms] == [following.battle] * 2
    await ring.keep(first)
    await ring.release(first)
    assert [await ring.battle_of(room) for room in first.rooms] == [following.battle] * 2
    stranger = replace(first_state(first.sides), previous=new_id())
    await ring.keep(stranger)
    assert await ring.battle_of(first.rooms[0]) == following.battle


async def test_all_rooms_of_teams_are_booked_or_none(ring: Ring) -> None:
    holder = first_state()
    await ring.book(holder)
    sides = strangers(2, 2)
    taken = Side("blue", (sides[1].members[0], replace(holder.members[1], seat=3)))
    with pytest.raises(HostBusy) as refused:
        await ring.book(first_state((sides[0], taken)))
    assert refused.value.extra == {"room": holder.rooms[1]}
    state = first_state(sides)
    await ring.book(state)
    assert [await ring.battle_of(room) for room in state.rooms] == [state.battle] * 4


async def test_what_a_page_understands_is_remembered_by_room(ring: Ring) -> None:
    room = new_id()
    assert await ring.client_of(room) is None
    await ring.note_client(room, 2)
    assert (await ring.client_of(room), await ring.client_of(new_id())) == (2, None)


async def test_what_a_page_understands_is_forgotten(redis: Redis) -> None:
    await RedisRing(redis).note_client("room", 2)
    (key,) = await redis.keys("*")
    assert 0 < await redis.pttl(key) <= CLIENT_MS


# Rows


class Rows:
    """A store of battles, and the means to give a battle to a new owner."""

    def __init__(self, store: Battles, ledger: Ledger, take_over: Callable[[str], AsyncIterator[int]]) -> None:
        self.store = store
        self.ledger = ledger
        self._take_over = take_over

    async def fence(self, battle_id: str) -> int:
        return await anext(self._take_over(battle_id))

    async def accepted(self, state: State | None = None) -> tuple[Battle, int]:
        """A battle that has just got its row, and the fence of its owner."""
        state = state or first_state()
        fence = await self.fence(state.battle)
        battle = Battle(state)
        battle.handle(Accept(state.sides[1].host.user), NOW)
        await self.store.insert(Change(battle.state, state.version, fence), NOW)
        return battle, fence

    async def settling(self) -> tuple[State, int]:
        """A battle that waits for its settlement."""
        battle, fence = await self.accepted()
        for state in (_fought(battle.state), _surrendered(battle.state)):
            opens = windows(state) if state.phase is Phase.FIGHTING else ()
            await self.store.update(Change(state, state.version - 1, fence, opens))
        return state, fence

    async def rematched(self) -> tuple[State, State, int]:
        """A battle that has ended with a rematch, that rematch, and the fence of the first one's owner."""
        battle, fence = await self.accepted()
        change = _with_rematch(battle.state, fence)
        await self.store.update(change)
        assert change.successor is not None
        return change.state, change.successor, fence


def _with_rematch(state: State, fence: int) -> Change:
    """``state`` ends with a rematch, as if all hosts had asked for it."""
    ended = follows(state, phase=Phase.ENDED, reason=Reason.REMATCH, successor=new_id(), phase_ends_at_ms=None)
    return Change(ended, state.version, fence, successor=next_battle(ended, NOW))


def _fought(state: State) -> State:
    return follows(state, phase=Phase.FIGHTING, starts_at_ms=NOW, ends_at_ms=NOW + 1_000, phase_ends_at_ms=NOW + 1_000)


def _surrendered(state: State) -> State:
    battle = Battle(_fought(state))
    battle.handle(Surrender(state.sides[0].host.user), NOW + 10)
    return battle.state


@pytest.fixture(params=["memory", "sql"])
def rows(request: pytest.FixtureRequest) -> Rows:
    ledger = Ledger(VirtualClock())
    if request.param == "memory":
        memory = MemoryBattles(ledger)
        counts: dict[str, int] = {}

        async def count(battle_id: str) -> AsyncIterator[int]:
            counts[battle_id] = counts.get(battle_id, 0) + 1
            memory.fence(battle_id, counts[battle_id])
            yield counts[battle_id]

        return Rows(memory, ledger, count)
    database: Database = request.getfixturevalue("database")

    async def count_in_sql(battle_id: str) -> AsyncIterator[int]:
        yield await next_fence(database, LEASE_NAME % battle_id)

    return Rows(SqlBattles(database, ledger), ledger, count_in_sql)


def decide(state: State) -> Callable[[Tally], State]:
    def decision(tally: Tally) -> State:
        battle = Battle(state)
        battle.handle(Tallied(tuple(tally.scores.items())), NOW + 20)
        return battle.state

    return decision


async def test_what_was_inserted_is_loaded_as_it_was(rows: Rows) -> None:
    battle, _ = await rows.accepted()
    assert await rows.store.load(battle.state.battle) == battle.state
    assert await rows.store.open_ids() == [battle.state.battle]
    assert await rows.store.load(new_id()) is None


async def test_a_room_has_one_battle_at_a_time(rows: Rows) -> None:
    battle, _ = await rows.accepted()
    assert await rows.store.open_in([CLEO.host.room, battle.state.rooms[1]]) == battle.state.rooms[1]
    with pytest.raises(HostBusy):
        await rows.accepted(first_state((CLEO, battle.state.sides[1])))


async def test_an_ended_battle_leaves_its_rooms_free_before_it_is_closed(rows: Rows) -> None:
    battle, fence = await rows.accepted()
    ended = follows(battle.state, phase=Phase.ENDED)
    await rows.store.update(Change(ended, battle.state.version, fence))
    assert await rows.store.open_ids() == [ended.battle]
    assert await rows.store.open_in(ended.rooms) is None
    await rows.accepted(first_state(ended.sides))
    await rows.store.close(ended.battle, fence, NOW)
    assert ended.battle not in await rows.store.open_ids()


async def test_a_write_that_follows_another_version_is_refused(rows: Rows) -> None:
    battle, fence = await rows.accepted()
    state = battle.state
    newer = follows(state, mixer=Mixer.UP)
    await rows.store.update(Change(newer, state.version, fence))
    with pytest.raises(Overtaken):
        await rows.store.update(Change(follows(state, mixer=Mixer.GONE), state.version, fence))
    assert await rows.store.load(state.battle) == newer


async def test_a_lower_fence_is_refused_although_the_version_is_right(rows: Rows) -> None:
    battle, old = await rows.accepted()
    state = battle.state
    await rows.fence(state.battle)
    with pytest.raises(Fenced):
        await rows.store.update(Change(follows(state, mixer=Mixer.UP), state.version, old))
    with pytest.raises(Fenced):
        await rows.store.close(state.battle, old, NOW)
    assert await rows.store.load(state.battle) == state
    assert await rows.store.open_ids() == [state.battle]


async def test_an_overtaken_owner_cannot_even_insert(rows: Rows) -> None:
    state = first_state()
    old = await rows.fence(state.battle)
    await rows.fence(state.battle)
    with pytest.raises(Fenced):
        await rows.store.insert(Change(state, 0, old), NOW)
    assert await rows.store.load(state.battle) is None


async def test_an_overtaken_owner_cannot_settle(rows: Rows) -> None:
    state, old = await rows.settling()
    await rows.fence(state.battle)
    with pytest.raises(Fenced):
        await rows.store.settle(state.battle, state.version, old, decide(state))
    assert await rows.store.load(state.battle) == state


async def test_windows_open_and_close_with_the_state(rows: Rows) -> None:
    battle, fence = await rows.accepted()
    fought = _fought(battle.state)
    await rows.store.update(Change(fought, battle.state.version, fence, windows(fought)))
    opened = rows.ledger.windows[fought.battle]
    assert [(window.recipient, window.side, window.rooms) for window in opened] == [
        (side.host.user, side.side, fought.rooms) for side in fought.sides
    ]
    surrendered = _surrendered(battle.state)
    await rows.store.update(Change(surrendered, fought.version, fence, closes_at_ms=NOW + 10))
    assert {window.end_ms for window in rows.ledger.windows[fought.battle]} == {NOW + 10}


async def test_settlement_writes_result_and_state_together(rows: Rows) -> None:
    state, fence = await rows.settling()
    rows.ledger.scores[state.battle] = {"red": 4, "blue": 9}
    settled = await rows.store.settle(state.battle, state.version, fence, decide(state))
    assert settled.result is not None
    assert (settled.phase, settled.result.winner) == (Phase.VICTORY, "blue")
    assert await rows.store.load(state.battle) == settled


async def test_fifty_racers_settle_once(rows: Rows) -> None:
    state, fence = await rows.settling()
    outcomes = await asyncio.gather(
        *(rows.store.settle(state.battle, state.version, fence, decide(state)) for _ in range(50)),
        return_exceptions=True,
    )
    won = [outcome for outcome in outcomes if isinstance(outcome, State)]
    assert len(won) == 1
    assert all(isinstance(outcome, Overtaken) for outcome in outcomes if outcome not in won)
    assert rows.ledger.tallied == [state.battle]


async def test_a_settlement_that_fails_half_way_leaves_everything_as_it_was(rows: Rows) -> None:
    state, fence = await rows.settling()

    def fail(tally: Tally) -> State:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await rows.store.settle(state.battle, state.version, fence, fail)
    assert await rows.store.load(state.battle) == state
    settled = await rows.store.settle(state.battle, state.version, fence, decide(state))
    assert settled.result is not None


async def test_a_battle_that_is_not_settling_cannot_be_settled(rows: Rows) -> None:
    battle, fence = await rows.accepted()
    with pytest.raises(Overtaken):
        await rows.store.settle(battle.state.battle, battle.state.version, fence, decide(battle.state))


async def test_a_rematch_is_there_the_moment_its_predecessor_has_ended(rows: Rows) -> None:
    ended, following, fence = await rows.rematched()
    assert await rows.store.load(ended.battle) == ended
    assert await rows.store.load(following.battle) == following
    assert sorted(await rows.store.open_ids()) == sorted([ended.battle, following.battle])
    assert await rows.store.open_in(following.rooms) is not None
    await rows.store.close(ended.battle, fence, NOW)
    heir = await rows.fence(following.battle)
    fought = replace(_fought(following), version=following.version + 1)
    await rows.store.update(Change(fought, following.version, heir, windows(fought)))
    assert await rows.store.load(following.battle) == fought


async def test_of_two_who_end_a_battle_with_a_rematch_one_does(rows: Rows) -> None:
    battle, fence = await rows.accepted()
    changes = [_with_rematch(battle.state, fence) for _ in range(10)]
    outcomes = await asyncio.gather(*(rows.store.update(change) for change in changes), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["Overtaken"] * 9]
    saved = await rows.store.load(battle.state.battle)
    assert saved is not None and saved.successor is not None
    assert sorted(await rows.store.open_ids()) == sorted([saved.battle, saved.successor])


async def test_an_overtaken_owner_cannot_begin_a_rematch(rows: Rows) -> None:
    battle, old = await rows.accepted()
    await rows.fence(battle.state.battle)
    change = _with_rematch(battle.state, old)
    with pytest.raises(Fenced):
        await rows.store.update(change)
    assert change.successor is not None
    assert await rows.store.load(change.successor.battle) is None


async def test_a_second_rematch_is_refused_by_the_database_itself(database: Database) -> None:
    store = SqlBattles(database, Ledger(VirtualClock()))
    previous = new_id()
    await store.insert(Change(replace(first_state(), previous=previous), 0, 1), NOW)
    other = {"id": new_id(), "previous": previous, "state": "", "phase": "", "reason": ""}
    numbers = dict.fromkeys(("version", "fence", "invited_at_ms", "prepared_at_ms"), 0)
    async with database.write() as transaction:
        with pytest.raises(IntegrityError):
            await transaction.execute(insert(battles).values(**other, **numbers))


async def test_the_newest_battles_come_first(rows: Rows) -> None:
    states = [(await rows.accepted())[0].state for _ in range(3)]
    newest = sorted((state.battle for state in states), reverse=True)
    listed = [state.battle for state in await rows.store.latest(2)]
    assert set(listed) <= set(newest) and len(listed) == 2


async def test_the_result_row_has_winner_reason_and_tally_apart(database: Database) -> None:
    ledger = Ledger(VirtualClock())

    async def count(battle_id: str) -> AsyncIterator[int]:
        yield await next_fence(database, LEASE_NAME % battle_id)

    rows = Rows(SqlBattles(database, ledger), ledger, count)
    state, fence = await rows.settling()
    ledger.scores[state.battle] = {"red": 9, "blue": 4}
    await rows.store.settle(state.battle, state.version, fence, decide(state))
    async with database.read() as transaction:
        (row,) = (await transaction.execute(select(battle_results))).all()
    assert (row.winner, row.reason, row.scores) == ("blue", "surrender", '{"red":9,"blue":4}')


async def test_a_rooms_second_open_side_is_refused_by_the_database_itself(database: Database) -> None:
    index = next(index for index in battle_sides.indexes if index.name == "uq_battle_sides_open_room")
    assert index.unique
    async with database.read() as transaction:
        found = await transaction.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE name = 'uq_battle_sides_open_room'"
        )
        assert "UNIQUE" in found.scalar_one() and found is not None


async def test_an_audit_entry_is_written_with_its_deed(database: Database) -> None:
    ledger = Ledger(VirtualClock())
    store = SqlBattles(database, ledger)
    entry = AuditEntry("ops", "battle.end", "battle:x", "loud", NOW)
    await store.note(entry)
    state = first_state()
    fence = await next_fence(database, LEASE_NAME % state.battle)
    with pytest.raises(Refusal):
        await store.update(Change(state, 1, fence, audit=entry))
    async with database.read() as transaction:
        count = (await transaction.exec_driver_sql("SELECT count(*) FROM audit_log")).scalar_one()
    assert count == 1


def test_a_state_survives_its_json() -> None:
    battle = fighting()
    battle.handle(Surrender(battle.state.sides[0].host.user), NOW + 1)
    battle.handle(TimeUp(), NOW + 2)
    battle.handle(Tallied((("red", 3), ("blue", 5))), NOW + 3)
    assert load(dump(battle.state)) == battle.state
