"""Rooms over HTTP: what is asked, what is answered, what is refused."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from accounts.principal import Role
from foundation import problem
from foundation.bus import MemoryBus
from foundation.sql import Database
from moderation.gate import Scope
from streaming.admin_router import admin_router
from streaming.audience.store import Beat, Here, Newcomer
from streaming.audience.store_memory import MemoryAudiences
from streaming.broadcast import EndReason
from streaming.doorbells import EndAsked, RoomChanged
from streaming.lobby import Lobby
from streaming.presence import RoomCard
from streaming.router import router
from streaming.service import RoomService, RoomStores
from streaming.store import EndOrder, Record
from streaming.store_memory import MemoryBroadcasts, MemoryStages
from streaming.store_sql import SqlRooms
from tests.clocks import ToldClock
from tests.streaming.scene import NOW, ToldGate, ToldTokens, listening, live
from transcode.posters import KEPT_S, Poster
from transcode.store_memory import MemoryPosters


class Desk:
    """The rooms' API over memory twins and real SQL."""

    def __init__(self, database: Database) -> None:
        self.tokens, self.gate, self.bus, self.clock = ToldTokens(), ToldGate(), MemoryBus(), ToldClock(NOW)
        self.rooms, self.broadcasts, self.audiences = SqlRooms(database), MemoryBroadcasts(), MemoryAudiences()
        self.posters = MemoryPosters(self.clock.now_ms)
        self.database = database
        self.promoted: list[str] = []
        stores = RoomStores(self.rooms, self.broadcasts, MemoryStages(), self.audiences, self.posters, database)
        service = RoomService(stores, Lobby(self.rooms, self.broadcasts), self, self.gate, self.bus, self.clock)
        app = FastAPI()
        problem.install(app)
        app.state.tokens = self.tokens
        app.include_router(router(service))
        app.include_router(admin_router(service))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test/api/v1")

    async def promote(self, user_id: str) -> None:
        self.promoted.append(user_id)

    async def call(self, method: str, path: str, token: str = "", body: object | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, path, json=body, headers=headers)

    async def host(self, name: str) -> RoomCard:
        """A person with a room."""
        person = self.tokens.add(name)
        room = (await self.call("POST", "/rooms", name, {"title": f"{name}'s"})).json()["room"]
        return RoomCard(room, person.user_id, name, f"{name}'s")

    async def go_live(self, card: RoomCard, source: str = "camera") -> Record:
        record = Record(live(card).broadcast, card, source)
        await self.broadcasts.announce(card.room)
        await self.broadcasts.save(record, 1)
        return record


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    made = Desk(database)
    yield made
    await made.client.aclose()


async def test_a_user_becomes_a_host_once_however_often_he_asks(desk: Desk) -> None:
    ann = desk.tokens.add("Ann")
    first = await desk.call("POST", "/rooms", "Ann", {"title": " Songs\n "})
    second = await desk.call("POST", "/rooms", "Ann")
    assert (first.status_code, first.json()) == (200, second.json())
    assert first.json()["title"] == "Songs"
    assert first.json()["host"] == {"user": ann.user_id, "name": "Ann"}
    assert (first.json()["live"], first.json()["broadcast"], first.json()["viewers"]) == (False, None, 0)
    assert set(desk.promoted) == {ann.user_id}
    assert (await desk.call("GET", "/rooms/mine", "Ann")).json() == first.json()
    assert (await desk.call("GET", f"/rooms/{first.json()['room']}")).json() == first.json()


async def test_a_room_without_a_title_is_called_as_its_host(desk: Desk) -> None:
    desk.tokens.add("Ann")
    assert (await desk.call("POST", "/rooms", "Ann")).json()["title"] == "Ann"


async def test_strangers_sanctioned_people_and_bad_bodies_are_refused(desk: Desk) -> None:
    assert (await desk.call("POST", "/rooms")).status_code == 401
    assert (await desk.call("GET", "/rooms/mine")).status_code == 401
    ann = desk.tokens.add("Ann")
    assert (await desk.call("GET", "/rooms/mine", "Ann")).json()["code"] == "room-unknown"
    bodies: list[object] = [{"title": 5}, {"title": "x" * 81}, {"name": "x"}, []]
    for body in bodies:
        assert (await desk.call("POST", "/rooms", "Ann", body)).json()["code"] == "malformed", body
    desk.gate.sanctions.add((ann.user_id, Scope.PUBLISH))
    refused = await desk.call("POST", "/rooms", "Ann")
    assert (refused.status_code, refused.json()["code"]) == (403, "sanctioned")
    assert desk.promoted == []


async def test_an_unknown_room_is_not_found(desk: Desk) -> None:
    for room in ("nothing", "01hzzzzzzzzzzzzzzzzzzzzzzz"):
        answer = await desk.call("GET", f"/rooms/{room}")
        assert (answer.status_code, answer.json()["code"]) == (404, "room-unknown")


async def test_the_host_alone_changes_the_title_and_the_keeper_hears_of_it(desk: Desk) -> None:
    card = await desk.host("Ann")
    desk.tokens.add("Bob", Role.ADMIN)
    refused = await desk.call("PATCH", f"/rooms/{card.room}", "Bob", {"title": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-room")
    async with listening(desk.bus, RoomChanged) as heard:
        changed = await desk.call("PATCH", f"/rooms/{card.room}", "Ann", {"title": "Stories"})
        assert changed.json()["title"] == "Stories"
        assert await heard.next() == RoomChanged(card.room)
    assert (await desk.call("PATCH", f"/rooms/{card.room}", "Ann", {"title": " "})).status_code == 422


async def test_the_lobby_shows_live_rooms_the_most_watched_first(desk: Desk) -> None:
    ann, bob, cid = [await desk.host(name) for name in ("Ann", "Bob", "Cid")]
    await desk.go_live(ann)
    record = await desk.go_live(bob, "battle:b1")
    await desk.audiences.beat(bob.room, Beat("p", Here(2), NOW))
    await desk.audiences.beat(cid.room, Beat("p", Here(1), NOW))
    rooms = (await desk.call("GET", "/rooms?live=1")).json()["rooms"]
    assert [(room["room"], room["viewers"], room["in_battle"]) for room in rooms] == [
        (bob.room, 2, True),
        (ann.room, 0, False),
    ]
    assert rooms[0]["broadcast"] == record.broadcast.broadcast_id
    assert (rooms[0]["state"], rooms[0]["host"]["name"]) == ("live", "Bob")
    one = (await desk.call("GET", f"/rooms/{bob.room}")).json()
    assert (one["live"], one["broadcast"]["state"], one["viewers"]) == (True, "live", 2)


async def test_who_looks_at_posters_has_them_made_and_named(desk: Desk) -> None:
    ann, bob = await desk.host("Ann"), await desk.host("Bob")
    record = await desk.go_live(ann)
    await desk.go_live(bob)
    assert [room["poster"] for room in (await desk.call("GET", "/rooms")).json()["rooms"]] == [None, None]
    assert not await desk.posters.wanted()
    poster = Poster(record.broadcast.broadcast_id, b"picture")
    await desk.posters.keep(ann.room, poster)
    await desk.posters.keep(bob.room, Poster("an earlier broadcast", b"picture"))
    rooms = (await desk.call("GET", "/rooms?posters=1")).json()["rooms"]
    assert {room["room"]: room["poster"] for room in rooms} == {ann.room: poster.tag, bob.room: None}
    assert await desk.posters.wanted()


async def test_a_poster_is_a_jpeg_that_a_browser_may_keep_for_a_moment(desk: Desk) -> None:
    ann = await desk.host("Ann")
    record = await desk.go_live(ann)
    await desk.posters.keep(ann.room, Poster(record.broadcast.broadcast_id, b"picture"))
    answer = await desk.call("GET", f"/rooms/{ann.room}/poster")
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"picture", "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=5"
    for asked, status in ((answer.headers["ETag"], 304), ('"another"', 200)):
        again = await desk.client.get(f"/rooms/{ann.room}/poster", headers={"If-None-Match": asked})
        assert (again.status_code, again.headers["ETag"]) == (status, answer.headers["ETag"])


async def test_there_is_no_poster_of_what_is_not_on(desk: Desk) -> None:
    ann, bob, cid = [await desk.host(name) for name in ("Ann", "Bob", "Cid")]
    record = await desk.go_live(ann)
    await desk.go_live(bob)
    for card, broadcast in ((ann, record.broadcast.broadcast_id), (bob, "an earlier one"), (cid, "it is over")):
        await desk.posters.keep(card.room, Poster(broadcast, b"picture"))
    for room in (bob.room, cid.room, "nothing", "01hzzzzzzzzzzzzzzzzzzzzzzz"):
        answer = await desk.call("GET", f"/rooms/{room}/poster")
        assert (answer.status_code, answer.json()["code"]) == (404, "no-poster")
    assert (await desk.call("GET", f"/rooms/{ann.room}/poster")).status_code == 200
    desk.clock.advance(KEPT_S * 1000)
    assert (await desk.call("GET", f"/rooms/{ann.room}/poster")).status_code == 404


async def test_the_host_ends_his_own_broadcast_by_a_durable_order(desk: Desk) -> None:
    card = await desk.host("Ann")
    desk.tokens.add("Bob")
    not_live = await desk.call("POST", f"/rooms/{card.room}/end", "Ann")
    assert (not_live.status_code, not_live.json()["code"]) == (409, "not-live")
    record = await desk.go_live(card)
    assert (await desk.call("POST", f"/rooms/{card.room}/end", "Bob")).json()["code"] == "not-your-room"
    assert (await desk.call("POST", f"/rooms/{card.room}/end")).status_code == 401
    assert await desk.broadcasts.end_order(card.room) is None
    async with listening(desk.bus, EndAsked) as heard:
        assert (await desk.call("POST", f"/rooms/{card.room}/end", "Ann")).status_code == 202
        assert await heard.next() == EndAsked(card.room)
    assert await desk.broadcasts.end_order(card.room) == EndOrder(record.broadcast.broadcast_id, EndReason.ENDED)


async def test_operators_see_where_a_room_lives_and_end_it_with_a_reason_in_the_audit_log(desk: Desk) -> None:
    card = await desk.host("Ann")
    record = await desk.go_live(card, "battle:b1")
    operator = desk.tokens.add("Op", Role.MODERATOR)
    shown = (await desk.call("GET", "/admin/rooms", "Op")).json()["rooms"]
    assert [(room["room"], room["worker"], room["source"]) for room in shown] == [(card.room, "media-1", "battle:b1")]
    assert (await desk.call("POST", f"/admin/rooms/{card.room}/end", "Op", {})).status_code == 422
    ended = await desk.call("POST", f"/admin/rooms/{card.room}/end", "Op", {"reason": "nudity"})
    assert ended.status_code == 202
    assert await desk.broadcasts.end_order(card.room) == EndOrder(record.broadcast.broadcast_id, EndReason.FORCED)
    async with desk.database.read() as transaction:
        rows = (await transaction.execute(text("SELECT actor, action, subject, reason FROM audit_log"))).all()
    assert [tuple(row) for row in rows] == [(operator.user_id, "broadcast.end", f"room:{card.room}", "nudity")]


@pytest.mark.parametrize("token", ["", "Ann"])
async def test_nobody_else_sees_or_ends_rooms_as_an_operator(desk: Desk, token: str) -> None:
    card = await desk.host("Ann")
    await desk.go_live(card)
    status = 403 if token else 401
    assert (await desk.call("GET", "/admin/rooms", token)).status_code == status
    answer = await desk.call("POST", f"/admin/rooms/{card.room}/end", token, {"reason": "x"})
    assert answer.status_code == status
    assert await desk.broadcasts.end_order(card.room) is None


async def test_everybody_sees_how_many_watch_and_who_came_last(desk: Desk) -> None:
    ann = await desk.host("Ann")
    await desk.audiences.begin(ann.room, "b1")
    came = Newcomer("u1", "Bob", NOW)
    await desk.audiences.beat(ann.room, Beat("p", Here(2, (came,)), NOW, ("u1", "c2")))
    await desk.audiences.beat(ann.room, Beat("p", Here(1, (came,)), NOW))
    answer = await desk.call("GET", f"/rooms/{ann.room}/audience")
    newest = [{"user": "u1", "name": "Bob", "entered_ms": NOW}]
    assert answer.json() == {"viewers": 1, "peak": 2, "unique": 2, "newest": newest}
    assert (await desk.call("GET", "/rooms/x/audience")).status_code == 404
