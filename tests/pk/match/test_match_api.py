"""The random match as hosts ask for it: over HTTP, with every refusal by its code."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import Response

from accounts.bucket import Bucket
from accounts.pace import Pace
from accounts.store_memory import MemoryThrottle
from foundation.bus import MemoryBus
from foundation.ids import new_id
from pk.events import MatchAsked
from pk.match.router import router
from pk.match.service import MatchService
from pk.match.store_memory import MemoryMatchQueue
from pk.rules import BattleRules, MatchRules
from pk.state import Member, Side
from pk.store import Change
from tests.pk.people import NOW, fighting
from tests.pk.street import Street, refusal
from tests.pk.world import FeedLog


class Lane(Street):
    """The street with the random match."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = MemoryMatchQueue()
        self.bus = MemoryBus()
        self.feed = FeedLog()
        service = MatchService(
            BattleRules(),
            MatchRules(most_waiting=2),
            self.clock,
            self.hosts,
            self.people,
            self.battles,
            self.ring,
            self.queue,
            Pace(MemoryThrottle(), self.clock, "match", Bucket(burst=4, refill_ms=1_000)),
            self.bus,
            self.feed,
        )
        self.app.include_router(router(service))

    async def ask(self, side: Side, body: object = None, room: str | None = None) -> Response:
        return await self.post(f"/rooms/{room or side.host.room}/match", side.host.user, body)

    async def look(self, side: Side, room: str | None = None) -> Response:
        return await self.get(f"/rooms/{room or side.host.room}/match", side.host.user)

    async def withdraw(self, side: Side, room: str | None = None) -> Response:
        headers = {"Authorization": f"Bearer {side.host.user}"}
        return await self.client.delete(f"/api/v1/rooms/{room or side.host.room}/match", headers=headers)


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    made = Lane()
    yield made
    await made.client.aclose()


def host(lane: Lane) -> Member:
    return lane.red.host


async def test_a_host_asks_looks_and_withdraws(lane: Lane) -> None:
    answer = await lane.ask(lane.red, {"duration_s": 180})
    asked = {
        "room": host(lane).room,
        "since_ms": lane.clock.now_ms(),
        "rating": 1500,
        "window": 100,
        "duration_ms": 180_000,
    }
    assert (answer.status_code, answer.json()) == (202, asked)
    lane.clock.advance(11_000)
    assert (await lane.look(lane.red)).json() == {**asked, "window": 200}
    assert (await lane.withdraw(lane.red)).status_code == 204
    assert (await lane.look(lane.red)).json() is None
    (told,) = lane.feed.messages
    assert (told.room, told.type, told.users) == (host(lane).room, "match.ended", (host(lane).user,))
    assert told.body == {"reason": "cancelled", "battle": None}


async def test_asking_twice_is_asking_once(lane: Lane) -> None:
    first = (await lane.ask(lane.red, {"duration_s": 60})).json()
    lane.clock.advance(6_000)
    again = await lane.ask(lane.red, {"duration_s": 600})
    assert (again.status_code, again.json()) == (202, {**first, "window": 150})
    assert len(await lane.queue.waiting()) == 1


async def test_without_a_wish_the_fight_is_as_long_as_configured(lane: Lane) -> None:
    assert (await lane.ask(lane.red)).json()["duration_ms"] == 300_000
    assert (await lane.ask(lane.blue, {})).json()["duration_ms"] == 300_000


async def test_asking_rings_the_matchmaker(lane: Lane) -> None:
    async with lane.bus.subscribe(MatchAsked) as heard:
        await lane.ask(lane.red)
        assert await anext(heard) == MatchAsked(host(lane).room, lane.clock.now_ms())


async def test_withdrawing_without_waiting_is_nothing(lane: Lane) -> None:
    assert (await lane.withdraw(lane.red)).status_code == 204
    assert lane.feed.messages == []


async def test_it_is_too_late_to_withdraw_when_a_match_has_been_found(lane: Lane) -> None:
    for side in (lane.red, lane.blue):
        await lane.ask(side)
    one, other = (place.seeker for place in await lane.queue.waiting())
    await lane.queue.pair(1, new_id(), one, other)
    assert (await lane.withdraw(lane.red)).status_code == 204
    assert (await lane.look(lane.red)).json() is not None
    assert lane.feed.messages == []


async def test_only_the_host_of_a_room_waits_there(lane: Lane) -> None:
    elsewhere = lane.blue.host.room
    assert refusal(await lane.ask(lane.red, room=elsewhere)) == (403, "not-your-room")
    assert refusal(await lane.look(lane.red, room=elsewhere)) == (403, "not-your-room")
    assert refusal(await lane.withdraw(lane.red, room=elsewhere)) == (403, "not-your-room")
    assert (await lane.client.post(f"/api/v1/rooms/{elsewhere}/match")).status_code == 401


@pytest.mark.parametrize("room", [new_id(), "x" * 26], ids=["unknown", "malformed"])
async def test_a_room_that_does_not_exist(lane: Lane, room: str) -> None:
    assert refusal(await lane.ask(lane.red, room=room)) == (404, "room-unknown")


async def test_a_host_who_is_not_live_cannot_wait(lane: Lane) -> None:
    lane.hosts.lose(host(lane).room)
    answer = await lane.ask(lane.red)
    assert refusal(answer) == (409, "host-offline")
    assert answer.json()["room"] == host(lane).room


async def test_a_sanctioned_host_cannot_wait(lane: Lane) -> None:
    lane.people.sanctioned.add(host(lane).user)
    assert refusal(await lane.ask(lane.red)) == (403, "sanctioned")


async def test_who_invites_or_is_invited_cannot_begin_to_wait(lane: Lane) -> None:
    await lane.invite()
    for side in (lane.red, lane.blue):
        answer = await lane.ask(side)
        assert refusal(answer) == (409, "host-busy")
        assert answer.json()["room"] == side.host.room


async def test_who_is_in_a_battle_that_redis_has_lost_cannot_begin_to_wait(lane: Lane) -> None:
    await lane.battles.insert(Change(fighting(sides=(lane.red, lane.blue)).state, 0, 1), NOW)
    assert refusal(await lane.ask(lane.red)) == (409, "host-busy")


async def test_a_page_that_knows_no_battles_cannot_wait(lane: Lane) -> None:
    await lane.ring.note_client(host(lane).room, 0)
    assert refusal(await lane.ask(lane.red)) == (409, "client-too-old")
    await lane.ring.note_client(host(lane).room, 1)
    assert (await lane.ask(lane.red)).status_code == 202


async def test_a_duration_that_is_not_offered(lane: Lane) -> None:
    answer = await lane.ask(lane.red, {"duration_s": 61})
    assert refusal(answer) == (422, "fight-not-offered")
    assert answer.json()["offered_s"] == [60, 180, 300, 600]


@pytest.mark.parametrize("body", [{"duration_s": 0}, {"duration_s": "long"}, {"window": 9}, [], "now"])
async def test_a_malformed_wish(lane: Lane, body: object) -> None:
    assert refusal(await lane.ask(lane.red, body)) == (422, "malformed")


async def test_a_full_queue_says_when_to_come_back(lane: Lane) -> None:
    for side in (lane.red, lane.blue):
        assert (await lane.ask(side)).status_code == 202
    answer = await lane.ask(lane.green)
    assert refusal(answer) == (503, "match-queue-full")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await lane.ask(lane.red)).status_code == 202


async def test_who_asks_and_withdraws_without_end_is_told_when_he_may_again(lane: Lane) -> None:
    for _ in range(2):
        assert (await lane.ask(lane.red)).status_code == 202
        assert (await lane.withdraw(lane.red)).status_code == 204
    for answer in (await lane.ask(lane.red), await lane.withdraw(lane.red)):
        assert (*refusal(answer), answer.headers["Retry-After"]) == (429, "too-many", "1")
    assert (await lane.look(lane.red)).status_code == 200
    assert (await lane.ask(lane.blue)).status_code == 202
    lane.clock.advance(1_000)
    assert (await lane.ask(lane.red)).status_code == 202
