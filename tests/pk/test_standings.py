"""Standings and histories, as every twin keeps them, and what people see of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Select, select, text

from foundation import problem
from foundation.ids import new_id
from foundation.lease import Fenced, next_fence
from foundation.sql import Database
from gifts.scoring import Tally
from pk.battle import Battle
from pk.errors import Overtaken
from pk.fights import Fights
from pk.host_router import router
from pk.inputs import Surrender, Tallied
from pk.rating import Standing
from pk.records import Records
from pk.state import Outcome, Phase, Side, State
from pk.store import LEASE_NAME, Battles, Change
from pk.store_memory import MemoryBattles
from pk.store_sql import SqlBattles
from pk.store_sql_standings import battle_ratings, host_standings
from tests.pk.people import NOW, fighting, follows, strangers
from tests.pk.virtual import VirtualClock
from tests.pk.world import Ledger
from tests.waiting import until


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def battles(request: pytest.FixtureRequest) -> Battles:
    ledger = Ledger(VirtualClock())
    if request.param == "memory":
        return MemoryBattles(ledger)
    fixture = "database" if request.param == "sqlite" else "on_postgres"
    return SqlBattles(request.getfixturevalue(fixture), ledger)


@pytest.fixture(params=["sqlite", "postgresql"])
def rows(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue("database" if request.param == "sqlite" else "on_postgres")
    return database


async def settling(battles: Battles, sides: tuple[Side, ...], loser: int = 1) -> State:
    """A battle that waits for its settlement; the host in seat ``loser`` has surrendered."""
    battle = fighting(sides=sides)
    battle.handle(Surrender(battle.state.members[loser].user), NOW + 1)
    await battles.insert(Change(battle.state, 0, 1), NOW)
    return battle.state


async def settle(battles: Battles, state: State) -> State:
    def decide(tally: Tally) -> State:
        battle = Battle(state)
        battle.handle(Tallied(tuple(tally.scores.items())), NOW + 2)
        return battle.state

    return await battles.settle(state.battle, state.version, 1, decide)


async def fought(battles: Battles, sides: tuple[Side, ...], loser: int = 1) -> State:
    """A battle from its row to its end."""
    state = await settle(battles, await settling(battles, sides, loser))
    ended = follows(state, phase=Phase.ENDED)
    await battles.update(Change(ended, state.version, 1))
    return ended


def elsewhere(sides: tuple[Side, ...], *, swapped: bool) -> tuple[Side, ...]:
    """The same hosts in rooms of their own, so that they can be in several battles at once."""
    hosts = [replace(side.host, room=new_id()) for side in sides]
    return tuple(
        replace(side, members=(replace(host, seat=side.host.seat),))
        for side, host in zip(sides, hosts[::-1] if swapped else hosts, strict=True)
    )


async def test_who_has_not_battled_begins_with_1500(battles: Battles) -> None:
    user = new_id()
    assert await battles.standings([user]) == {user: Standing(user, 1500)}
    assert await battles.history(user, None, 5) == []


async def test_the_settlement_writes_standings_and_result_together(battles: Battles) -> None:
    sides = strangers()
    state = await fought(battles, sides)
    assert state.result is not None
    red, blue = (side.host.user for side in sides)
    assert [(each.user, each.before, each.after, each.streak) for each in state.result.ratings] == [
        (red, 1500, 1516, 1),
        (blue, 1500, 1484, 0),
    ]
    assert await battles.standings([red, blue]) == {
        red: Standing(red, 1516, battles=1, wins=1, streak=1, best_streak=1, version=1),
        blue: Standing(blue, 1484, battles=1, losses=1, version=1),
    }
    assert await battles.load(state.battle) == state


async def test_battles_add_up(battles: Battles) -> None:
    sides = strangers()
    for loser in (1, 1, 0):
        await fought(battles, sides, loser)
    red, blue = (side.host.user for side in sides)
    standings = await battles.standings([red, blue])
    assert (standings[red].battles, standings[red].wins, standings[red].losses) == (3, 2, 1)
    assert (standings[red].streak, standings[red].best_streak, standings[blue].streak) == (0, 2, 1)
    assert standings[red].rating + standings[blue].rating == 3000
    changes = [each.change for each in await battles.history(red, None, 5)]
    assert [each.before for each in changes[:-1]] == [each.after for each in changes[1:]]
    assert changes[0].after == standings[red].rating


async def test_twenty_racers_rate_a_battle_once(battles: Battles) -> None:
    sides = strangers()
    state = await settling(battles, sides)
    outcomes = await asyncio.gather(*(settle(battles, state) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(outcome, State) for outcome in outcomes) == 1
    assert all(isinstance(outcome, State | Overtaken) for outcome in outcomes)
    standing = (await battles.standings([sides[0].host.user]))[sides[0].host.user]
    assert (standing.rating, standing.battles) == (1516, 1)
    assert len(await battles.history(sides[0].host.user, None, 5)) == 1


async def test_settlements_of_the_same_hosts_at_once_lose_nothing(battles: Battles) -> None:
    """In ten battles, in which either is red in turns; nobody has a row yet."""
    sides = strangers()
    turns = [elsewhere(sides, swapped=bool(turn % 2)) for turn in range(10)]
    waiting = [await settling(battles, turn) for turn in turns]
    async with asyncio.timeout(20):
        settled = await asyncio.gather(*(settle(battles, state) for state in waiting))
    users = [side.host.user for side in sides]
    standings = await battles.standings(users)
    for user in users:
        changes = [each for state in settled if state.result for each in state.result.ratings if each.user == user]
        assert standings[user].battles == len(changes) == 10
        assert standings[user].rating == 1500 + sum(each.after - each.before for each in changes)
        assert [each.number for each in await battles.history(user, None, 20)] == list(range(10, 0, -1))


async def test_settlements_never_wait_for_each_other_in_a_circle(on_postgres: Database) -> None:
    """While one waits for the row of the host who is first by id, it has locked no other."""
    battles = SqlBattles(on_postgres, Ledger(VirtualClock()))
    sides = strangers()
    if sides[0].host.user < sides[1].host.user:
        sides = elsewhere(sides, swapped=True)
    await fought(battles, sides)
    last, first = (side.host.user for side in sides)
    state = await settling(battles, sides)

    async def somebody_waits() -> bool:
        async with on_postgres.read() as transaction:
            return bool((await transaction.execute(text(WAITING))).scalar_one())

    async with on_postgres.write() as holder:
        await holder.execute(row_of(first).with_for_update())
        settlement = asyncio.create_task(settle(battles, state))
        await until(somebody_waits, "the settlement waits for the row")
        async with on_postgres.write() as other:
            await other.execute(row_of(last).with_for_update(nowait=True))
    assert (await settlement).result is not None


def row_of(user: str) -> Select[tuple[str]]:
    return select(host_standings.c.host_user).where(host_standings.c.host_user == user)


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_settlement_that_fails_half_way_rates_nobody(battles: Battles) -> None:
    sides = strangers()
    state = await settling(battles, sides)

    def fail(tally: Tally) -> State:
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        await battles.settle(state.battle, state.version, 1, fail)
    user = sides[0].host.user
    assert (await battles.standings([user]))[user] == Standing(user)
    await settle(battles, state)
    assert (await battles.standings([user]))[user].rating == 1516


async def test_who_was_overtaken_rates_nobody(rows: Database) -> None:
    battles = SqlBattles(rows, Ledger(VirtualClock()))
    sides = strangers()
    state = await settling(battles, sides)
    for _ in range(2):
        await next_fence(rows, LEASE_NAME % state.battle)
    with pytest.raises(Fenced):
        await settle(battles, state)
    async with rows.read() as transaction:
        assert (await transaction.execute(select(host_standings))).all() == []
        assert (await transaction.execute(select(battle_ratings))).all() == []


async def test_a_battle_that_was_called_off_changes_nothing(battles: Battles) -> None:
    sides = strangers()
    battle = fighting(sides=sides)
    await battles.insert(Change(battle.state, 0, 1), NOW)
    await battles.update(Change(follows(battle.state, phase=Phase.ENDED), battle.state.version, 1))
    user = sides[0].host.user
    assert (await battles.standings([user]))[user] == Standing(user)
    assert await battles.history(user, None, 5) == []


async def test_a_history_comes_in_pages_the_newest_first(battles: Battles) -> None:
    sides = strangers()
    states = [await fought(battles, sides, loser) for loser in (1, 0, 1)]
    await fought(battles, strangers())
    user = sides[0].host.user
    first = await battles.history(user, None, 2)
    assert [each.state for each in first] == states[:0:-1]
    assert [each.change.outcome for each in first] == [Outcome.WON, Outcome.LOST]
    assert [each.state for each in await battles.history(user, first[-1].number, 2)] == states[:1]
    assert await battles.history(user, 1, 2) == []


async def test_a_battle_that_is_not_settled_is_no_history(battles: Battles) -> None:
    sides = strangers()
    await settling(battles, sides)
    assert await battles.history(sides[0].host.user, None, 5) == []


async def test_the_battles_that_began_in_a_span_are_counted_by_their_outcome(rows: Database) -> None:
    battles = SqlBattles(rows, Ledger(VirtualClock()))
    sides = strangers()
    states = [await fought(battles, sides, loser) for loser in (1, 0, 1)]
    await fought(battles, strangers())
    await settling(battles, sides)
    began = states[0].starts_at_ms
    assert began is not None and {state.starts_at_ms for state in states} == {began}
    first, second = (side.host.user for side in sides)
    spans = [(began, began + 1), (began + 1, began + 2), (began - 9, began)]
    [during, *others] = await Fights(rows).of(first, spans)
    assert during == {"battles": {"won": 2, "drawn": 0, "lost": 1}}
    assert others == [{"battles": {"won": 0, "drawn": 0, "lost": 0}}] * 2
    assert await Fights(rows).of(second, spans[:1]) == [{"battles": {"won": 1, "drawn": 0, "lost": 2}}]


async def test_a_page_of_a_history_is_found_by_an_index(database: Database) -> None:
    query = "SELECT * FROM battle_ratings WHERE host_user = 'x' AND number < 9 ORDER BY number DESC LIMIT 5"
    async with database.read() as transaction:
        plan = (await transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")).all()
    assert [row[-1] for row in plan] == [
        "SEARCH battle_ratings USING INDEX sqlite_autoindex_battle_ratings_1 (host_user=? AND number<?)"
    ]


# What people see


@pytest.fixture
async def client(battles: Battles) -> AsyncIterator[AsyncClient]:
    app = FastAPI()
    problem.install(app)
    app.include_router(router(Records(battles)))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://ringside/api/v1/hosts") as opened:
        yield opened


async def test_everybody_sees_the_standing_of_a_host(battles: Battles, client: AsyncClient) -> None:
    sides = strangers()
    for _ in range(2):
        await fought(battles, sides)
    red = sides[0].host.user
    zeros = dict.fromkeys(("battles", "wins", "draws", "losses", "streak", "best_streak"), 0)
    stranger = new_id()
    assert (await client.get(f"/{stranger}/standing")).json() == {"user": stranger, "rating": 1500, **zeros}
    seen = (await client.get(f"/{red}/standing")).json()
    assert seen == {**zeros, "user": red, "rating": 1531, "battles": 2, "wins": 2, "streak": 2, "best_streak": 2}


async def test_everybody_reads_the_history_of_a_host_page_by_page(battles: Battles, client: AsyncClient) -> None:
    sides = strangers()
    states = [await fought(battles, sides, loser) for loser in (1, 0, 1)]
    red = sides[0].host.user
    seen = []
    cursor: int | None = None
    while True:
        query = {"limit": 2} | ({} if cursor is None else {"before": cursor})
        page = (await client.get(f"/{red}/battles", params=query)).json()
        seen += page["battles"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [each["battle"]["battle"] for each in seen] == [state.battle for state in reversed(states)]
    assert [each["outcome"] for each in seen] == ["won", "lost", "won"]
    assert seen[-1]["rating_before"] == 1500 and seen[-1]["rating_after"] == 1516
    assert all(each["battle"]["result"]["ratings"][0]["after"] == each["rating_after"] for each in seen)


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "before=0", "before=x", "before=99999999999"])
async def test_a_page_out_of_bounds_is_refused(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/{new_id()}/battles?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_an_address_that_is_no_users_is_refused(client: AsyncClient) -> None:
    for path in ("/nobody/standing", "/nobody/battles"):
        assert (await client.get(path)).status_code == 422
