"""Contribution lists and fan levels: every relayed gift is in the sums exactly once, and equals stand in order."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from foundation import problem
from foundation.lease import next_fence
from foundation.sql import Database
from gifts.fans_router import router
from gifts.ledger import Gift
from gifts.outbox import RELAY, SqlOutbox, Unsent
from gifts.spans import DAY_MS, Days, Span, days_of
from gifts.store_sql import SqlLedger
from gifts.totals import Patron, Place, SqlTotals, Total, add_to_totals, summed
from gifts.verify import ledger_verify
from tests.clocks import ToldClock
from tests.gifts.scene import Scene
from tests.gifts.test_relay import Deadly, Died
from tests.gifts.test_relay_owner import WatchedFeed, at_work
from tests.gifts.test_router import NameTokens
from tests.gifts.world import OTHER_ROOM, ROOM, FrailDatabase, commit, gift, order

EVER = Days(0, 10**6)


@pytest.fixture
def totals(either: FrailDatabase) -> SqlTotals:
    return SqlTotals(either)


async def add(database: Database, *gifts: Gift) -> None:
    async with database.write() as transaction:
        await add_to_totals(transaction, gifts)


def test_a_batch_is_summed_by_room_day_host_and_sender() -> None:
    gifts = [
        gift(score=1, at_ms=5),
        gift(score=2, at_ms=3),
        gift(score=4, at_ms=DAY_MS),
        gift(score=8, recipient="bo"),
        gift("wang", score=16),
        gift(score=32, room=OTHER_ROOM),
    ]
    lines = {(each.room, each.day, each.host, each.sender): each.coins for each in summed(gifts)}
    assert lines == {
        (ROOM, 0, "anna", "vera"): 3,
        (ROOM, 1, "anna", "vera"): 4,
        (ROOM, 0, "bo", "vera"): 8,
        (ROOM, 0, "anna", "wang"): 16,
        (OTHER_ROOM, 0, "anna", "vera"): 32,
    }
    assert summed(gifts[:2]) == [Total(ROOM, 0, "anna", "vera", "Vera", 3, 2, 3, 5)]


async def test_who_gave_most_stands_highest_and_of_equals_who_was_there_first(
    either: FrailDatabase, totals: SqlTotals
) -> None:
    await add(
        either, gift("late", score=20, at_ms=900), gift("most", score=21, at_ms=999), gift("two", score=15, at_ms=1)
    )
    await add(either, gift("two", score=5, at_ms=800), gift("b", score=20, at_ms=850), gift("a", score=20, at_ms=850))
    found = await totals.contributors(ROOM, EVER, 50)
    assert [each.user for each in found] == ["most", "two", "a", "b", "late"]
    assert found[1] == Patron("two", "Two", 20, 2, 800)
    assert [each.user for each in await totals.contributors(ROOM, EVER, 2)] == ["most", "two"]
    places = {each.user: await totals.place(ROOM, EVER, each.user) for each in found}
    assert places == {each.user: Place(place, each.coins) for place, each in enumerate(found, 1)}


async def test_a_list_is_of_one_room_and_its_span(either: FrailDatabase, totals: SqlTotals) -> None:
    now = 1_795_782_000_000  # a Friday
    for days_ago in range(12):
        await add(either, gift(score=10**days_ago, at_ms=now - days_ago * DAY_MS))
    await add(either, gift("wang", score=5, at_ms=now, room=OTHER_ROOM))
    given = {span: (await totals.contributors(ROOM, days_of(span, now), 50))[0].coins for span in Span}
    assert given == {Span.DAY: 1, Span.WEEK: 11111, Span.ALL: 111_111_111_111}
    assert await totals.contributors("nowhere", EVER, 50) == []
    assert await totals.place(ROOM, days_of(Span.WEEK, now), "vera") == Place(1, 11111)
    assert await totals.place(ROOM, days_of(Span.DAY, now), "wang") is None, "he gave in another room"


async def test_what_was_given_to_a_host_is_summed_over_rooms_and_days(either: FrailDatabase, totals: SqlTotals) -> None:
    await add(
        either,
        gift(score=1),
        gift(score=2, at_ms=DAY_MS),
        gift(score=4, room=OTHER_ROOM),
        gift(score=8, recipient="bo"),
    )
    pairs = [("anna", "vera"), ("bo", "vera"), ("anna", "wang")]
    assert await totals.given(pairs) == {("anna", "vera"): 7, ("bo", "vera"): 8, ("anna", "wang"): 0}
    assert await totals.given([]) == {}


async def test_a_gift_that_leaves_the_outbox_is_in_the_totals(ledger: SqlLedger, either: FrailDatabase) -> None:
    outbox = SqlOutbox(either)
    sent = await commit(ledger, order(coins=10), order(coins=20))
    fence = await next_fence(either, RELAY)
    assert (await ledger_verify(either)).holds, "what is unsent is in no total"
    await outbox.finish(fence, await outbox.unsent(10))
    [line] = await SqlTotals(either).contributors(ROOM, EVER, 50)
    assert (line.coins, line.gifts, line.last_at_ms) == (30, 2, sent[0].accepted_at_ms)
    assert (await ledger_verify(either, drained=True)).holds


async def test_who_finishes_a_batch_twice_counts_it_once(ledger: SqlLedger, either: FrailDatabase) -> None:
    """Two relays that believe in one batch: the fence of neither is older, and the rows are there once."""
    outbox = SqlOutbox(either)
    await commit(ledger, order(coins=10), order(coins=20))
    fence = await next_fence(either, RELAY)
    batch = await outbox.unsent(10)
    await asyncio.gather(*(outbox.finish(fence, batch) for _ in range(4)))
    assert [each.coins for each in await SqlTotals(either).contributors(ROOM, EVER, 50)] == [30]
    await commit(ledger, order(coins=5))
    batch = await outbox.unsent(10)
    either.fail_before = 1
    with pytest.raises(ConnectionResetError):
        await outbox.finish(fence, batch)
    await outbox.finish(fence, batch)
    assert (await ledger_verify(either, drained=True)).holds


async def test_the_level_goes_along_with_a_gift_and_is_that_after_it(scene: Scene) -> None:
    relay = scene.relay()
    lease = await scene.lease()
    levels = []
    for coins in ((10, 40, 300), (100,), (1,)):
        await scene.give(*coins)
        await relay.drain(lease)
    await scene.relay().drain(await scene.lease())
    await scene.give(5000)
    await scene.relay().drain(await scene.lease())  # knows nothing but what the totals say
    for message in scene.feed.messages:
        if message.room == ROOM:
            assert isinstance(message.body["from"], dict)
            levels.append(message.body["from"]["fan_level"])
    assert levels == [1, 2, 2, 3, 3, 5]


async def test_the_level_is_right_after_a_batch_that_broke(scene: Scene) -> None:
    dying = scene.relay()
    dying._outbox = Deadly(scene.outbox, "finish", "before")  # type: ignore[assignment]
    await scene.give(49)
    with pytest.raises(Died):
        await dying.drain(await scene.lease())
    await scene.give(1)
    await scene.relay().drain(await scene.lease())
    bodies = [message.body["from"] for message in scene.feed.messages if message.room == ROOM]
    assert bodies[-1] == {"user": "vera", "name": "Vera", "fan_level": 2}
    assert (await ledger_verify(scene.database, drained=True)).holds


class Silent:
    """An outbox whose first COMMIT is done, and not heard of."""

    def __init__(self, outbox: SqlOutbox) -> None:
        self._outbox = outbox
        self._failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outbox, name)

    async def finish(self, fence: int, sent: Sequence[Unsent]) -> list[Gift]:
        counted = await self._outbox.finish(fence, sent)
        if not self._failed:
            self._failed = True
            raise ConnectionResetError
        return counted


async def test_the_level_is_right_after_a_commit_that_nobody_has_heard_of(scene: Scene) -> None:
    feed = WatchedFeed()
    relay = scene.relay(feed=feed)
    relay._outbox = Silent(scene.outbox)  # type: ignore[assignment]
    async with at_work(relay):
        await scene.give(49)
        await feed.has(2)
        await scene.give(1)
        await feed.has(4)
    assert [each.body["from"] for each in feed.messages if each.room == ROOM] == [
        {"user": "vera", "name": "Vera", "fan_level": level} for level in (1, 2)
    ]


@pytest.fixture
async def client(scene: Scene, clock: ToldClock) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.tokens = NameTokens()
    problem.install(app)
    app.include_router(router(SqlTotals(scene.database), clock))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside") as made:
        yield made


async def test_the_contributors_of_a_room_over_http(client: httpx2.AsyncClient, scene: Scene) -> None:
    await scene.give(30, 20)
    await scene.relay().drain(await scene.lease())
    scene.clock.advance(DAY_MS)
    lists = {span: (await client.get(f"/api/v1/rooms/{ROOM}/contributors?span={span}")).json() for span in Span}
    vera = {"user": "vera", "name": "Vera", "coins": 50, "gifts": 2}
    today = scene.clock.now_ms() // DAY_MS * DAY_MS
    assert lists[Span.DAY] == {"span": "day", "since_ms": today, "contributors": [], "me": None}
    assert lists[Span.ALL] == {"span": "all", "since_ms": None, "contributors": [vera], "me": None}
    assert lists[Span.WEEK]["contributors"] == [vera]
    assert (await client.get(f"/api/v1/rooms/{ROOM}/contributors")).json() == lists[Span.DAY]
    for wrong in ("span=year", "limit=0", "limit=101"):
        assert (await client.get(f"/api/v1/rooms/{ROOM}/contributors?{wrong}")).status_code == 422


async def test_who_is_signed_in_learns_where_he_stands_shown_or_not(client: httpx2.AsyncClient, scene: Scene) -> None:
    now = scene.clock.now_ms()
    await add(scene.database, *(gift(user, score=score, at_ms=now) for user, score in (("wang", 70), ("vera", 50))))

    async def asked(user: str, span: str = "day") -> dict[str, Any]:
        path = f"/api/v1/rooms/{ROOM}/contributors?limit=1&span={span}"
        return dict((await client.get(path, headers={"Authorization": f"Bearer {user}"})).json())

    answer = await asked("vera")
    assert [each["user"] for each in answer["contributors"]] == ["wang"]
    assert answer["me"] == {"place": 2, "coins": 50}
    assert (await asked("wang", "all"))["me"] == {"place": 1, "coins": 70}
    assert (await asked("anna"))["me"] is None, "she gave nothing"


async def test_ones_own_fan_level_over_http(client: httpx2.AsyncClient, scene: Scene) -> None:
    await scene.give(60)
    await scene.relay().drain(await scene.lease())
    vera, wang = ({"Authorization": f"Bearer {user}"} for user in ("vera", "wang"))
    mine = (await client.get("/api/v1/hosts/anna/fans/me", headers=vera)).json()
    assert mine == {"host": "anna", "level": 2, "coins": 60, "next_coins": 400}
    other = (await client.get("/api/v1/hosts/anna/fans/me", headers=wang)).json()
    assert other == {"host": "anna", "level": 0, "coins": 0, "next_coins": 1}
    assert (await client.get("/api/v1/hosts/anna/fans/me")).status_code == 401
