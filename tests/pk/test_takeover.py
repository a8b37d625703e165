"""Battles on the real stores, with control processes that are killed, raced and robbed of their Redis."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from foundation.errors import Refusal
from foundation.ids import new_id
from foundation.internal import InternalClient
from foundation.nodes import Node
from gifts.ledger import GiftOrder
from gifts.store_sql import SqlLedger
from gifts.windows import scores_of
from pk.errors import HostBusy
from pk.inputs import Accept
from pk.rules import BattleRules
from pk.service import BattleService
from pk.state import Phase, State
from tests.pk.people import first_state, strangers
from tests.pk.station import LONG, PATIENT, Town, begin, host, phase, station, two_hosts, until

QUICK = BattleRules(countdown_ms=50, fight_ms=700, rush_ms=100, victory_ms=200, draw_ms=200, invitations_per_minute=99)


@pytest.fixture
async def ledger(town: Town) -> AsyncIterator[SqlLedger]:
    """With a fan who has 1,000 coins."""
    made = SqlLedger(town.database, town.clock)
    await made.grant_starter("fan", 1_000)
    yield made
    await made.close()


async def give(ledger: SqlLedger, state: State, seat: int, coins: int) -> None:
    side = state.sides[seat]
    order = GiftOrder(new_id(), side.host.room, "fan", "Fan", side.host.user, side.host.name, "rose", 1, coins, 5000)
    await ledger.commit([order])


async def given_back(town: Town, battle_id: str) -> None:
    deadline = time.monotonic() + 8
    while battle_id in await town.battles.open_ids() or town.stages.shown:
        assert time.monotonic() < deadline
        await asyncio.sleep(0)


async def test_a_battle_from_invitation_to_end_and_the_result_is_the_ledgers(
    town: Town, internal: InternalClient, ledger: SqlLedger
) -> None:
    async with station(town, "one"):
        calm = replace(QUICK, fight_ms=3_000, rush_ms=0)  # long enough for three gifts on a busy machine
        state = await begin(town, town.service(internal, calm))
        for coins in (5, 7):
            await give(ledger, state, 1, coins)
        await give(ledger, state, 0, 10)
        settled = await until(town, state.battle, phase(Phase.VICTORY))
        assert settled.result is not None
        assert settled.result.winner == "blue"
        assert state.ends_at_ms is not None
        assert 0 <= settled.result.settled_at_ms - state.ends_at_ms <= 2_000
        async with town.database.read() as transaction:
            assert dict(settled.result.scores) == await scores_of(transaction, state.battle)
        assert settled.result.mvp is not None and settled.result.mvp.user == "fan"
        await give(ledger, state, 0, 100)  # after the fight: paid, but too late
        async with town.database.read() as transaction:
            assert await scores_of(transaction, state.battle) == {"red": 10, "blue": 12}
        await given_back(town, state.battle)


async def test_a_killed_control_is_replaced_within_three_and_a_half_seconds_and_the_clock_does_not_notice(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one") as one, station(town, "two") as two:
        service = town.service(internal, LONG)
        state = await begin(town, service)
        owner, heir = (one, two) if one.office.load else (two, one)
        heir.jobs.jobs = owner.jobs.jobs  # the transcode nodes are not killed with it
        await owner.kill()
        killed = time.monotonic()
        body = await service.command(host(town, state.rooms[0]), state.battle, "surrender")
        assert time.monotonic() - killed < 3.5
        assert body["phase"] in ("settling", "victory")
        settled = await until(town, state.battle, phase(Phase.VICTORY))
        assert settled.result is not None
        assert (settled.result.winner, settled.result.reason) == ("blue", "surrender")
        assert settled.starts_at_ms == state.starts_at_ms
        await given_back(town, state.battle)
        assert not heir.jobs.alive


async def test_a_control_that_was_killed_and_comes_back_settles_what_is_overdue_once(
    town: Town, internal: InternalClient, ledger: SqlLedger
) -> None:
    async with station(town, "one") as one:
        state = await begin(town, town.service(internal, QUICK))
        await give(ledger, state, 0, 9)
        await one.kill()
    async with station(town, "again"):
        settled = await until(town, state.battle, lambda now: now.result is not None)
        assert settled.result is not None
        assert dict(settled.result.scores) == {"red": 9, "blue": 0}
        await given_back(town, state.battle)
    async with town.database.read() as transaction:
        results = (await transaction.exec_driver_sql("SELECT count(*) FROM battle_results")).scalar_one()
    assert results == 1
    standings = await town.battles.standings([member.user for member in state.members])
    assert [(each.rating, each.battles) for each in standings.values()] == [(1516, 1), (1484, 1)]


async def test_a_control_that_is_killed_with_a_rematch_begun_leaves_one_next_battle(
    town: Town, internal: InternalClient
) -> None:
    async with station(town, "one") as one, station(town, "two") as two:
        service = town.service(internal, PATIENT)
        state = await begin(town, service)
        owner, heir = (one, two) if one.office.load else (two, one)
        heir.jobs.jobs, heir.jobs.started = owner.jobs.jobs, owner.jobs.started  # transcode is not killed with it
        await service.command(host(town, state.rooms[0]), state.battle, "surrender")
        await until(town, state.battle, phase(Phase.VICTORY))
        for room in state.rooms:
            body = await service.command(host(town, room), state.battle, "rematch")
        successor = str(body["successor"])
        await owner.kill()
        following = await until(town, successor, phase(Phase.FIGHTING))
        assert following.previous == state.battle
        assert town.stages.shown == dict.fromkeys(state.rooms, state.stage)
        assert town.stages.left == []
        assert len(heir.jobs.started) == 1
        known = [each.battle for each in await town.battles.latest(10)]
        assert sorted(known) == sorted([state.battle, successor])
        await service.command(host(town, state.rooms[0]), successor, "surrender")
        await until(town, successor, phase(Phase.VICTORY))
        await service.command(host(town, state.rooms[1]), successor, "end")
        await given_back(town, successor)


async def test_an_invitation_survives_its_control(town: Town, internal: InternalClient) -> None:
    async with station(town, "one") as one:
        service = town.service(internal, LONG)
        red, blue = two_hosts(town)
        body = await service.invite(host(town, red), red, [[red], [blue]], None)
        await one.kill()
        async with station(town, "two"):
            answer = await service.command(host(town, blue), str(body["battle"]), "accept")
            assert answer["phase"] == "preparing"


async def test_without_any_control_nobody_can_invite_and_nothing_is_left(
    town: Town, internal: InternalClient, redis: Redis
) -> None:
    red, blue = two_hosts(town)
    await town.nodes.announce(Node("transcode", "idle", "http://127.0.0.1:9"))
    before = await redis.keys("*")
    with pytest.raises(Refusal) as refused:
        await town.service(internal, LONG).invite(host(town, red), red, [[red], [blue]], None)
    assert (refused.value.status, refused.value.code) == (503, "no-referee")
    assert await redis.keys("*") == before


async def refusal_of_an_invitation(town: Town, service: BattleService, room: str) -> str:
    """Its code. While Redis has forgotten the control process too, ask again: it announces itself each second."""
    asked = time.monotonic()
    while True:
        with pytest.raises(Refusal) as refused:
            await service.invite(host(town, room), room, [[room], [two_hosts(town)[0]]], None)
        if refused.value.code not in ("no-referee", "no-room-for-battle") or time.monotonic() - asked > 3:
            return refused.value.code


async def test_a_redis_that_forgets_everything_changes_no_battle(
    town: Town, internal: InternalClient, redis: Redis, ledger: SqlLedger
) -> None:
    rules = BattleRules(countdown_ms=50, fight_ms=4_000, rush_ms=10, victory_ms=200)
    async with station(town, "one"):
        service = town.service(internal, rules)
        state = await begin(town, service)
        await give(ledger, state, 1, 4)
        await redis.flushall()
        robbed = time.monotonic()
        await until(town, state.battle, phase(Phase.FIGHTING))
        while await town.ring.battle_of(state.rooms[0]) != state.battle:
            assert time.monotonic() - robbed < 2
            await asyncio.sleep(0)
        assert await refusal_of_an_invitation(town, service, state.rooms[0]) == "host-busy"
        settled = await until(town, state.battle, phase(Phase.VICTORY))
        assert settled.result is not None
        assert dict(settled.result.scores) == {"red": 0, "blue": 4}
        assert settled.ends_at_ms == state.ends_at_ms


async def test_a_busy_host_is_refused_although_redis_has_forgotten_him(
    town: Town, internal: InternalClient, redis: Redis
) -> None:
    async with station(town, "one") as one:
        state = await begin(town, town.service(internal, LONG))
        await one.kill()
    await redis.flushall()
    busy = await town.battles.open_in(state.rooms)
    assert busy in state.rooms
    with pytest.raises(HostBusy):
        await one.office.open(first_state(state.sides[::-1], now_ms=town.clock.now_ms()))


# Races


async def test_of_two_who_invite_each_other_at_once_one_invites(town: Town, internal: InternalClient) -> None:
    async with station(town, "one"), station(town, "two"):
        service = town.service(internal, LONG)
        for _ in range(5):
            red, blue = two_hosts(town)
            outcomes = await asyncio.gather(
                service.invite(host(town, red), red, [[red], [blue]], None),
                service.invite(host(town, blue), blue, [[blue], [red]], None),
                return_exceptions=True,
            )
            refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
            assert [refusal.code for refusal in refused] == ["host-busy"]


async def test_of_fifty_invitations_at_once_no_host_gets_two(town: Town) -> None:
    sides = strangers(4)
    pairs = list(itertools.permutations(sides, 2)) * 5
    states = [first_state(pair, QUICK) for pair in pairs[:50]]
    outcomes = await asyncio.gather(*(town.ring.book(state) for state in states), return_exceptions=True)
    booked = [state for state, outcome in zip(states, outcomes, strict=True) if outcome is None]
    assert all(outcome is None or isinstance(outcome, HostBusy) for outcome in outcomes)
    rooms = [room for state in booked for room in state.rooms]
    assert 1 <= len(booked) <= 2
    assert len(rooms) == len(set(rooms))
    assert sorted(await town.ring.open_ids()) == sorted(state.battle for state in booked)


async def test_accept_and_cancel_and_decline_at_once_have_one_outcome(town: Town, internal: InternalClient) -> None:
    async with station(town, "one"):
        service = town.service(internal, LONG)
        for order in itertools.permutations(("accept", "cancel", "decline")):
            red, blue = two_hosts(town)
            battle_id = str((await service.invite(host(town, red), red, [[red], [blue]], None))["battle"])
            who = {"accept": host(town, blue), "decline": host(town, blue), "cancel": host(town, red)}
            outcomes = await asyncio.gather(
                *(service.command(who[verb], battle_id, verb) for verb in order), return_exceptions=True
            )
            done = [outcome for outcome in outcomes if isinstance(outcome, dict)]
            assert len(done) == 1, outcomes
            assert all(getattr(outcome, "code", "") == "out-of-phase" for outcome in outcomes if outcome not in done)


async def test_one_battle_has_one_referee_however_many_offices_there_are(town: Town, internal: InternalClient) -> None:
    async with station(town, "one") as one, station(town, "two") as two, station(town, "three") as three:
        service = town.service(internal, LONG)
        for _ in range(4):
            await begin(town, service)
        await asyncio.gather(*(each.office.sweep() for each in (one, two, three) for _ in range(5)))
        assert one.office.load + two.office.load + three.office.load == 4
        battle_id = (await town.battles.open_ids())[0]
        elsewhere = next(each for each in (one, two, three) if battle_id not in each.office.battles)
        with pytest.raises(Refusal) as refused:
            await elsewhere.office.command(battle_id, Accept("x"))
        assert refused.value.code == "referee-elsewhere"
