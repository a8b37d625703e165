"""Broadcasts that are over: whose they are, in which order they come, what is known of them."""

from collections.abc import AsyncIterator, Mapping, Sequence

import httpx2
import pytest
from fastapi import FastAPI

from accounts.bucket import Bucket
from accounts.pace import Pace
from accounts.store_memory import MemoryThrottle
from foundation import problem
from foundation.ids import new_id
from foundation.sql import Database
from streaming.audience.store import Figures
from streaming.broadcast import End, EndReason
from streaming.chat.store import Tally
from streaming.past import PastBroadcasts, Span
from streaming.past_router import router
from streaming.presence import RoomCard
from streaming.rules import BroadcastRules
from streaming.store_sql import SqlRooms
from tests.clocks import ToldClock
from tests.streaming.scene import NOW, ToldTokens, card, live

SECOND_MS = 1000


class Longest:
    """A share that knows how long each was, for whom it was asked."""

    async def of(self, host: str, spans: Sequence[Span]) -> Sequence[Mapping[str, object]]:
        return [{"asked_for": host, "long_ms": to_ms - from_ms} for from_ms, to_ms in spans]


class Desk:
    def __init__(self, database: Database) -> None:
        self.clock = ToldClock(NOW)
        pace = Pace(MemoryThrottle(), self.clock, "broadcasts", Bucket(burst=10, refill_ms=2_000))
        self.tokens, self.rooms = ToldTokens(), SqlRooms(database)
        app = FastAPI()
        problem.install(app)
        app.state.tokens = self.tokens
        app.include_router(router(PastBroadcasts(self.rooms, [Longest()], pace)))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test/api/v1")

    async def host(self, name: str) -> RoomCard:
        made = RoomCard(card().room, self.tokens.add(name).user_id, name, "Songs")
        await self.rooms.create(made, NOW)
        return made

    async def begin(self, room: RoomCard, broadcast: str, started_at_ms: int) -> None:
        begun = live(room).broadcast
        begun.broadcast_id, begun.started_at_ms = broadcast, started_at_ms
        await self.rooms.begin(begun, "lease", 1)

    async def past(self, room: RoomCard, seconds: int, at_ms: int = NOW) -> str:
        """A broadcast that lasted so long, and is over."""
        broadcast = new_id()
        over = live(room).broadcast
        over.broadcast_id, over.started_at_ms = broadcast, at_ms
        await self.rooms.begin(over, "lease", 1)
        over.handle(End(EndReason.ENDED), at_ms + seconds * SECOND_MS, BroadcastRules())
        await self.rooms.finish(over, "lease", 1, Figures(peak=7, unique=9), Tally(messages=5, likes=11))
        return broadcast

    async def asked(self, room: RoomCard, who: str, query: str = "") -> httpx2.Response:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return await self.client.get(f"/rooms/{room.room}/broadcasts{query}", headers=headers)


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    made = Desk(database)
    yield made
    await made.client.aclose()


async def test_a_broadcast_that_is_over_has_its_figures_and_what_others_know_of_it(desk: Desk) -> None:
    room = await desk.host("Ann")
    broadcast = await desk.past(room, 60)
    assert (await desk.asked(room, "Ann")).json() == {
        "broadcasts": [
            {
                **{"id": broadcast, "started_at_ms": NOW, "ended_at_ms": NOW + 60 * SECOND_MS, "reason": "ended"},
                **{"peak": 7, "unique": 9, "messages": 5, "likes": 11, "replay": None},
                **{"asked_for": room.host_user, "long_ms": 60 * SECOND_MS},
            }
        ],
        "next_before": None,
    }


async def test_they_come_in_pages_the_newest_first_and_each_once(desk: Desk) -> None:
    room, other = await desk.host("Ann"), await desk.host("Bob")
    made = []
    for number in range(5):
        made.append(f"{number:026d}")
        begun = live(room).broadcast
        begun.broadcast_id, begun.started_at_ms = made[-1], NOW + number
        await desk.rooms.begin(begun, "lease", 1)
        begun.handle(End(EndReason.ENDED), NOW + number, BroadcastRules())
        await desk.rooms.finish(begun, "lease", 1)
    await desk.past(other, 1)
    found: list[str] = []
    query = "?limit=2"
    while query:
        page = (await desk.asked(room, "Ann", query)).json()
        found += [each["id"] for each in page["broadcasts"]]
        query = f"?limit=2&before={page['next_before']}" if page["next_before"] else ""
    assert found == made[::-1]


async def test_one_that_goes_on_is_not_among_them(desk: Desk) -> None:
    room = await desk.host("Ann")
    await desk.begin(room, new_id(), NOW)
    assert (await desk.asked(room, "Ann")).json() == {"broadcasts": [], "next_before": None}


async def test_one_that_began_before_there_were_figures_has_none(desk: Desk) -> None:
    room = await desk.host("Ann")
    await desk.begin(room, new_id(), NOW)
    await desk.begin(room, new_id(), NOW + 5)
    [left] = (await desk.asked(room, "Ann")).json()["broadcasts"]
    assert (left["reason"], left["ended_at_ms"], left["peak"], left["likes"]) == ("abandoned", NOW + 5, None, None)


async def test_they_are_their_hosts_own(desk: Desk) -> None:
    room, _ = await desk.host("Ann"), await desk.host("Bob")
    refusals = [await desk.asked(room, "Bob"), await desk.asked(card(), "Ann"), await desk.asked(room, "")]
    assert [(each.status_code, each.json()["code"]) for each in refusals] == [
        (403, "not-your-room"),
        (404, "room-unknown"),
        (401, "unauthorised"),
    ]


async def test_a_host_who_asks_without_a_pause_is_refused_for_a_while_and_nobody_else_is(desk: Desk) -> None:
    room, other = await desk.host("Ann"), await desk.host("Bob")
    answers = [await desk.asked(room, "Ann") for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    assert (answers[-1].json()["code"], answers[-1].headers["Retry-After"]) == ("too-many", "2")
    assert (await desk.asked(other, "Bob")).status_code == 200
    desk.clock.advance(2_000)
    assert (await desk.asked(room, "Ann")).status_code == 200


@pytest.mark.parametrize("query", ["?limit=0", "?limit=51", "?before=x", f"?before={'%27' * 26}"])
async def test_a_page_that_cannot_be_is_malformed(desk: Desk, query: str) -> None:
    room = await desk.host("Ann")
    refused = await desk.asked(room, "Ann", query)
    assert (refused.status_code, refused.json()["code"]) == (422, "malformed")
