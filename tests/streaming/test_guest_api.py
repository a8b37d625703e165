"""Guests over HTTP: who may what, what the feed says of it, and what a newcomer is shown."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from accounts.principal import Principal, Role
from foundation import problem
from moderation.gate import Scope
from streaming.events import GuestRemoved, GuestsChanged
from streaming.guest_acts import Sitting
from streaming.guest_router import router
from streaming.guest_service import GuestPart, GuestService, MixedPart, ScreenPart
from streaming.guests import MixerLost, Published, TimePassed
from streaming.lobby import Lobby
from streaming.store import Record
from tests.streaming.scene import NOW, Stand, ToldTokens, card, listening, live


class Sofa(Stand):
    """Ann's room is live; everybody else is a viewer whose token is his name."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = ToldTokens()
        self.ann = self.tokens.add("ann", Role.HOST)
        self.card = card(self.ann.user_id)
        self.lobby = Lobby(self.rooms, self.broadcasts)
        self.blocked: set[tuple[str, str]] = set()
        self.service = GuestService(self.acts, self.lobby, self.gate, self, self.talk, self.clock)
        app = FastAPI()
        problem.install(app)
        app.state.tokens = self.tokens
        app.include_router(router(self.service))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")

    async def blocks(self, user: str, other: str) -> bool:
        return (user, other) in self.blocked

    async def go_live(self) -> Record:
        await self.rooms.create(self.card, NOW)
        await self.broadcasts.announce(self.card.room)
        record = live(self.card)
        await self.broadcasts.save(record, 1)
        return record

    async def sitting(self) -> Sitting:
        record = await self.lobby.record(self.card.room)
        assert record is not None
        return Sitting(self.card.room, self.ann.user_id, record.broadcast.broadcast_id)

    async def call(self, method: str, path: str = "", token: str = "", body: object | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(
            method, f"/api/v1/rooms/{self.card.room}/guests{path}", json=body, headers=headers
        )

    async def screen(self, method: str, token: str = "", room: str = "") -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        path = f"/api/v1/rooms/{room or self.card.room}/screen"
        answer = await self.client.request(method, path, headers=headers)
        return answer.status_code, "" if answer.status_code == 204 else answer.json()["code"]

    async def code(self, method: str, path: str = "", token: str = "", body: object | None = None) -> tuple[int, str]:
        answer = await self.call(method, path, token, body)
        return answer.status_code, answer.json()["code"]

    async def approved(self, name: str) -> Principal:
        person = self.tokens.people.get(name) or self.tokens.add(name)
        assert (await self.call("POST", token=name)).status_code == 201
        assert (await self.call("POST", f"/{person.user_id}/approve", "ann")).status_code == 204
        return person

    async def staged(self, name: str) -> Principal:
        person = await self.approved(name)
        await self.acts.act(await self.sitting(), Published(person.user_id, f"session of {name}"))
        return person

    async def seen_by(self, token: str = "") -> list[tuple[str, str]]:
        return [(each["name"], each["state"]) for each in (await self.call("GET", token=token)).json()["guests"]]


@pytest.fixture
async def sofa() -> AsyncIterator[Sofa]:
    made = Sofa()
    await made.go_live()
    yield made
    await made.client.aclose()


async def test_who_applies_is_told_to_the_host_alone_and_who_is_approved_to_him_alone(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob")
    answer = await sofa.call("POST", token="bob", body={"picture": False})
    assert answer.status_code == 201
    assert answer.json() == {
        "user": bob.user_id,
        "name": "bob",
        "state": "applied",
        "picture": False,
        "muted": False,
        "since_ms": NOW,
    }
    (applied,) = sofa.wire.messages
    assert (applied.type, applied.users, applied.body) == ("guest.applied", (sofa.ann.user_id,), answer.json())
    assert (await sofa.call("POST", f"/{bob.user_id}/approve", "ann")).status_code == 204
    answered = sofa.wire.messages[-1]
    assert (answered.type, answered.users, answered.body) == (
        "guest.answered",
        (bob.user_id,),
        {"state": "approved"},
    )


async def test_the_room_is_told_who_is_on_stage(sofa: Sofa) -> None:
    bob = await sofa.staged("bob")
    told = sofa.wire.messages[-1]
    assert (told.type, told.users) == ("stage.changed", ())
    assert told.body["mixed"] is True
    assert told.body["guests"] == (await sofa.call("GET")).json()["guests"]
    async with listening(sofa.bus, GuestRemoved, GuestsChanged) as heard:
        assert (await sofa.call("DELETE", f"/{bob.user_id}", "ann")).status_code == 204
        assert await heard.next() == GuestRemoved(sofa.card.room, bob.user_id)
        assert await heard.next() == GuestsChanged(sofa.card.room)
    assert sofa.said[-2:] == ["guest.answered", "stage.changed"]
    assert sofa.wire.messages[-1].body["guests"] == []


async def test_a_host_shows_his_screen_as_no_guest_and_takes_it_away(sofa: Sofa) -> None:
    part, ann = ScreenPart(sofa.service), sofa.ann.user_id
    await sofa.staged("bob")
    assert await sofa.screen("PUT", "ann") == await sofa.screen("PUT", "ann") == (204, "")
    said = len(sofa.said)
    await sofa.acts.act(await sofa.sitting(), Published(ann, "s1"))
    assert sofa.said[said:] == ["stage.changed"]
    body = sofa.wire.messages[-1].body
    assert body["guests"] == (await sofa.call("GET")).json()["guests"] and body["screen"] is True
    for reader in ("", "ann"):
        assert await sofa.seen_by(reader) == [("bob", "on-stage")]
    assert await part.part(sofa.card.room, None) is True
    assert await GuestPart(sofa.service).others(sofa.card.room) == frozenset()
    async with listening(sofa.bus, GuestRemoved) as heard:
        assert await sofa.screen("DELETE", "ann") == (204, "")
        assert await heard.next() == GuestRemoved(sofa.card.room, ann, screen=True)
    assert sofa.said[said:] == ["stage.changed", "stage.changed"]
    assert sofa.wire.messages[-1].body["screen"] is await part.part(sofa.card.room, None) is False
    assert await sofa.screen("DELETE", "ann") == (404, "guest-unknown")


async def test_only_a_live_host_shows_a_screen_and_a_moderator_may_end_it(sofa: Sofa) -> None:
    await sofa.staged("bob")
    sofa.tokens.add("mod", Role.MODERATOR)
    for token in ("bob", "mod"):
        assert await sofa.screen("PUT", token) == (403, "not-your-room")
    assert await sofa.screen("PUT") == (401, "unauthorised")
    assert await sofa.screen("PUT", "ann", "no-such-room") == (404, "room-unknown")
    await sofa.screen("PUT", "ann")
    assert await sofa.screen("DELETE", "bob") == (403, "not-your-room")
    assert await sofa.screen("DELETE", "mod") == (204, "")
    sofa.gate.sanctions.add((sofa.ann.user_id, Scope.PUBLISH))
    assert await sofa.screen("PUT", "ann") == (403, "sanctioned")
    record = await sofa.lobby.record(sofa.card.room)
    assert record is not None
    await sofa.broadcasts.remove(record, 1)
    assert await sofa.screen("PUT", "ann") == (409, "not-live")


async def test_a_newcomer_is_told_whether_the_room_sees_its_guests(sofa: Sofa) -> None:
    await sofa.staged("bob")
    part = MixedPart(sofa.service)
    assert await part.part(sofa.card.room, None) is True
    for attempt in range(4):
        await sofa.acts.act(await sofa.sitting(), MixerLost(attempt))
    assert await part.part(sofa.card.room, None) is False
    assert await part.part("x", None) is True


async def test_everybody_sees_the_stage_an_applicant_himself_and_the_host_and_moderators_all(sofa: Sofa) -> None:
    await sofa.staged("bob")
    for name in ("cid", "dan"):
        sofa.tokens.add(name)
        await sofa.call("POST", token=name)
    sofa.tokens.add("mod", Role.MODERATOR)
    assert await sofa.seen_by() == [("bob", "on-stage")]
    assert {name for name, _ in await sofa.seen_by("cid")} == {"bob", "cid"}
    for all_seeing in ("ann", "mod"):
        assert {name for name, _ in await sofa.seen_by(all_seeing)} == {"bob", "cid", "dan"}
    part = GuestPart(sofa.service)
    assert await part.part(sofa.card.room, None) == (await sofa.call("GET")).json()["guests"]
    assert await part.others(sofa.card.room) == {sofa.tokens.people[name].user_id for name in ("cid", "dan")}


async def test_only_the_host_answers_and_only_host_moderator_and_the_guest_himself_end_it(sofa: Sofa) -> None:
    bob, cid = await sofa.staged("bob"), sofa.tokens.add("cid")
    await sofa.call("POST", token="cid")
    sofa.tokens.add("mod", Role.MODERATOR)
    for token in ("cid", "bob", "mod"):
        for act in ("approve", "decline"):
            assert await sofa.code("POST", f"/{cid.user_id}/{act}", token) == (403, "not-your-room")
    assert await sofa.code("POST", f"/{bob.user_id}/mute", "cid") == (403, "not-your-room")
    assert await sofa.code("DELETE", f"/{bob.user_id}", "cid") == (403, "not-your-room")
    assert (await sofa.call("POST", f"/{bob.user_id}/mute", "bob")).status_code == 204
    assert (await sofa.call("DELETE", f"/{bob.user_id}", "mod")).status_code == 204
    assert (await sofa.call("DELETE", f"/{cid.user_id}", "cid")).status_code == 204
    assert sofa.said[-1] == "guest.withdrawn"
    assert await sofa.code("DELETE", f"/{cid.user_id}", "cid") == (404, "guest-unknown")


async def test_host_and_applicant_are_told_of_an_application_that_is_forgotten(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob")
    await sofa.call("POST", token="bob")
    sofa.clock.advance(600_000)
    await sofa.acts.act(await sofa.sitting(), TimePassed())
    told = sofa.wire.messages[-1]
    assert (told.type, told.users) == ("guest.withdrawn", (sofa.ann.user_id, bob.user_id))
    assert told.body == {"user": bob.user_id}


async def test_a_guest_does_not_lift_the_mute_of_his_host(sofa: Sofa) -> None:
    bob = await sofa.staged("bob")
    for token, act, muted in (("ann", "mute", True), ("bob", "unmute", True), ("ann", "unmute", False)):
        assert (await sofa.call("POST", f"/{bob.user_id}/{act}", token)).status_code == 204
        assert (await sofa.call("GET")).json()["guests"][0]["muted"] is muted


async def test_whom_nobody_lets_in(sofa: Sofa) -> None:
    bob, cid, dan = (sofa.tokens.add(name) for name in ("bob", "cid", "dan"))
    assert (await sofa.call("POST")).status_code == 401
    sofa.gate.sanctions.add((bob.user_id, Scope.PUBLISH))
    assert await sofa.code("POST", token="bob") == (403, "sanctioned")
    sofa.blocked = {(sofa.ann.user_id, cid.user_id), (dan.user_id, sofa.ann.user_id)}
    for token in ("cid", "dan"):
        assert await sofa.code("POST", token=token) == (403, "blocked")
    assert await sofa.code("POST", token="ann") == (409, "already-on-stage")
    bodies: list[object] = [{"picture": "yes"}, {"voice": True}, []]
    for body in bodies:
        assert await sofa.code("POST", token="dan", body=body) == (422, "malformed"), body
    assert sofa.said == []


async def test_a_sanction_that_came_after_the_application_counts(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob")
    await sofa.call("POST", token="bob")
    sofa.gate.sanctions.add((bob.user_id, Scope.PLATFORM))
    assert await sofa.code("POST", f"/{bob.user_id}/approve", "ann") == (403, "sanctioned")


async def test_a_block_that_came_after_the_application_counts(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob")
    await sofa.call("POST", token="bob")
    for pair in ((sofa.ann.user_id, bob.user_id), (bob.user_id, sofa.ann.user_id)):
        sofa.blocked = {pair}
        assert await sofa.code("POST", f"/{bob.user_id}/approve", "ann") == (403, "blocked")


async def test_an_applicant_who_has_gone_live_himself_gets_no_seat(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob", Role.HOST)
    await sofa.call("POST", token="bob")
    own = card(bob.user_id)
    await sofa.rooms.create(own, NOW)
    await sofa.broadcasts.save(live(own), 1)
    assert await sofa.code("POST", f"/{bob.user_id}/approve", "ann") == (409, "already-on-stage")


async def test_a_host_who_is_live_himself_is_nobodys_guest(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob", Role.HOST)
    own = card(bob.user_id)
    await sofa.rooms.create(own, NOW)
    await sofa.broadcasts.save(live(own), 1)
    assert await sofa.code("POST", token="bob") == (409, "already-on-stage")


async def test_who_applies_again_and_again_is_too_fast(sofa: Sofa) -> None:
    bob = sofa.tokens.add("bob")
    for _ in range(5):
        assert (await sofa.call("POST", token="bob")).status_code == 201
        await sofa.call("DELETE", f"/{bob.user_id}", "bob")
    assert await sofa.code("POST", token="bob") == (429, "too-fast")


async def test_a_room_that_is_not_live_or_not_there_has_no_stage(sofa: Sofa) -> None:
    sofa.tokens.add("bob")
    await sofa.broadcasts.remove(live(sofa.card), 2)
    assert await sofa.code("POST", token="bob") == (409, "not-live")
    assert (await sofa.call("GET")).json() == {"guests": []}
    for room in ("x", "01hyyyyyyyyyyyyyyyyyyyyyyy"):
        for method in ("GET", "POST"):
            answer = await sofa.client.request(
                method, f"/api/v1/rooms/{room}/guests", headers={"Authorization": "Bearer bob"}
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "room-unknown")


async def test_the_next_broadcast_begins_with_an_empty_stage(sofa: Sofa) -> None:
    await sofa.staged("bob")
    await sofa.broadcasts.save(live(sofa.card, "s2"), 2)
    assert await sofa.seen_by("ann") == []
    await sofa.approved("bob")
    assert await sofa.seen_by("ann") == [("bob", "approved")]
