"""The order of a room's chat over HTTP."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from accounts.principal import Role
from foundation import problem
from foundation.ids import new_id
from streaming.chat.limits import ChatLimits
from streaming.chat.router import router
from streaming.chat.service import ChatOrder, ChatStores
from streaming.chat.store_memory import MemoryOrderCopies, MemoryTalk
from streaming.chat.store_memory_orders import MemoryOrders
from streaming.feed.store_memory import MemoryWire
from streaming.presence import RoomCard
from streaming.store_memory import MemoryRooms
from tests.clocks import ToldClock
from tests.streaming.chat.lines import said
from tests.streaming.feed.house import NoHurry
from tests.streaming.scene import NOW, ToldTokens, card

RULES = {"slow_s": 5, "followers_only": True, "links": False}


class Bench:
    """Ann's room; Bob watches, Mod is of the platform's staff."""

    def __init__(self) -> None:
        self.tokens, self.rooms, self.wire, self.clock = ToldTokens(), MemoryRooms(), MemoryWire(), ToldClock(NOW)
        copies = MemoryOrderCopies()
        self.talk, self.orders = MemoryTalk(copies, self.wire), MemoryOrders(self.rooms)
        stores = ChatStores(self.orders, copies, self.talk)
        order = ChatOrder(stores, self.wire, self.tokens, NoHurry(), self.clock, ChatLimits(moderators=2))
        app = FastAPI()
        problem.install(app)
        app.state.tokens = self.tokens
        app.include_router(router(order))
        self.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test/api/v1")
        self.ann, self.bob = self.tokens.add("Ann", Role.HOST), self.tokens.add("Bob")
        self.tokens.add("Mod", Role.MODERATOR)
        self.card: RoomCard = card(self.ann.user_id)

    async def ask(self, method: str, path: str, token: str = "", body: object | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self.client.request(method, f"/rooms/{self.card.room}{path}", json=body, headers=headers)

    async def refused(self, method: str, path: str, token: str = "", body: object | None = None) -> tuple[int, str]:
        answer = await self.ask(method, path, token, body)
        return answer.status_code, answer.json()["code"]


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    await bench.rooms.create(bench.card, NOW)
    yield bench
    await bench.client.aclose()


async def test_everybody_reads_the_rules_and_only_the_host_and_staff_set_them(bench: Bench) -> None:
    plain = {"slow_s": 0, "followers_only": False, "links": True, "moderators": []}
    assert (await bench.ask("GET", "/chat")).json() == plain
    assert await bench.refused("PUT", "/chat", body=RULES) == (401, "unauthorised")
    assert await bench.refused("PUT", "/chat", "Bob", RULES) == (403, "not-a-room-moderator")
    assert (await bench.ask("PUT", "/chat", "Ann", RULES)).json() == {**RULES, "moderators": []}
    assert (await bench.ask("GET", "/chat")).json() == {**RULES, "moderators": []}
    assert (await bench.ask("PUT", "/chat", "Mod", {**RULES, "slow_s": 0})).json()["slow_s"] == 0
    assert [message.type for message in bench.wire.messages] == ["chat.rules"] * 2


@pytest.mark.parametrize("body", [{}, {**RULES, "slow_s": 4}, {**RULES, "links": None}, {**RULES, "more": 1}, [], None])
async def test_rules_of_another_form_are_refused(bench: Bench, body: object) -> None:
    assert await bench.refused("PUT", "/chat", "Ann", body) == (422, "malformed")


async def test_a_room_that_nobody_has_has_no_order(bench: Bench) -> None:
    for room in (new_id(), "x"):
        answer = await bench.client.get(f"/rooms/{room}/chat")
        assert (answer.status_code, answer.json()["code"]) == (404, "room-unknown")


async def test_nobody_does_anything_in_a_room_that_nobody_has(bench: Bench) -> None:
    bob = bench.bob.user_id
    for method, path, body in [
        ("PUT", "chat", RULES),
        ("PUT", f"moderators/{bob}", None),
        ("DELETE", f"moderators/{bob}", None),
        ("GET", "mutes", None),
        ("PUT", f"mutes/{bob}", {"for_s": 1}),
        ("DELETE", f"mutes/{bob}", None),
    ]:
        headers = {"Authorization": "Bearer Bob"}
        answer = await bench.client.request(method, f"/rooms/{new_id()}/{path}", json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "room-unknown"), path


async def test_the_host_names_moderators_and_dismisses_them(bench: Bench) -> None:
    path = f"/moderators/{bench.bob.user_id}"
    assert await bench.refused("PUT", path, "Bob") == (403, "not-a-room-moderator")
    for _ in range(2):
        assert (await bench.ask("PUT", path, "Ann")).status_code == 204
    named = [{"user": bench.bob.user_id, "name": "Bob"}]
    assert (await bench.ask("GET", "/chat")).json()["moderators"] == named
    assert await bench.refused("PUT", f"/moderators/{new_id()}", "Ann") == (404, "unknown-user")
    assert await bench.refused("PUT", f"/moderators/{bench.ann.user_id}", "Ann") == (403, "out-of-reach")
    others = [bench.tokens.add(name) for name in ("Cid", "Dan")]
    answers = [(await bench.ask("PUT", f"/moderators/{other.user_id}", "Ann")).status_code for other in others]
    assert answers == [204, 409]
    assert await bench.refused("DELETE", path, "Cid") == (403, "not-a-room-moderator")
    assert (await bench.ask("DELETE", path, "Bob")).status_code == 204  # he goes himself
    assert [each["name"] for each in (await bench.ask("GET", "/chat")).json()["moderators"]] == ["Cid"]


async def test_mutes_are_seen_by_those_who_keep_the_room(bench: Bench) -> None:
    cid = bench.tokens.add("Cid")
    path = f"/mutes/{cid.user_id}"
    assert await bench.refused("PUT", path, "Bob", {"for_s": 60}) == (403, "not-a-room-moderator")
    await bench.ask("PUT", f"/moderators/{bench.bob.user_id}", "Ann")
    told = {"user": cid.user_id, "until_ms": NOW + 60_000, "by": bench.bob.user_id}
    assert (await bench.ask("PUT", path, "Bob", {"for_s": 60})).json() == told
    assert (await bench.ask("GET", "/mutes", "Bob")).json()["mutes"] == [{**told, "name": "Cid", "at_ms": NOW}]
    assert await bench.refused("GET", "/mutes", "Cid") == (403, "not-a-room-moderator")
    assert await bench.refused("PUT", path, "Bob", {"for_s": 0}) == (422, "malformed")
    assert await bench.refused("DELETE", path, "Cid") == (403, "not-a-room-moderator")
    assert (await bench.ask("DELETE", path, "Bob")).status_code == 204
    assert (await bench.ask("GET", "/mutes", "Mod")).json() == {"mutes": []}


async def test_a_moderator_acts_neither_against_staff_nor_the_host_nor_another_moderator(bench: Bench) -> None:
    cid, mod = bench.tokens.add("Cid"), bench.tokens.people["Mod"]
    for moderator in (bench.bob, cid):
        await bench.ask("PUT", f"/moderators/{moderator.user_id}", "Ann")
    for subject in (bench.ann, cid, mod):
        assert await bench.refused("PUT", f"/mutes/{subject.user_id}", "Bob", {"for_s": 60}) == (403, "out-of-reach")
    assert (await bench.ask("PUT", f"/mutes/{cid.user_id}", "Ann", {"for_s": 60})).status_code == 200


async def test_a_moderator_whom_the_host_has_muted_is_freed_by_no_moderator(bench: Bench) -> None:
    cid, path = bench.tokens.add("Cid"), f"/mutes/{bench.bob.user_id}"
    for moderator in (bench.bob, cid):
        await bench.ask("PUT", f"/moderators/{moderator.user_id}", "Ann")
    await bench.ask("PUT", path, "Ann", {"for_s": 60})
    for name in ("Bob", "Cid"):
        assert await bench.refused("DELETE", path, name) == (403, "out-of-reach")
    assert [each["name"] for each in (await bench.ask("GET", "/mutes", "Ann")).json()["mutes"]] == ["Bob"]
    assert (await bench.ask("DELETE", path, "Ann")).status_code == 204


async def test_a_host_whom_staff_has_muted_does_not_free_himself(bench: Bench) -> None:
    path = f"/mutes/{bench.ann.user_id}"
    assert (await bench.ask("PUT", path, "Mod", {"for_s": 60})).status_code == 200
    assert await bench.refused("DELETE", path, "Ann") == (403, "out-of-reach")
    assert (await bench.ask("DELETE", path, "Mod")).status_code == 204


async def test_a_message_is_deleted_by_its_address(bench: Bench) -> None:
    await bench.ask("PUT", "/chat", "Ann", RULES)
    line = said("bad", user=bench.bob.user_id)
    await bench.talk.say(bench.card.room, line, "", ChatLimits(), free=False)
    assert (await bench.ask("DELETE", f"/chat/{line.id}", "Ann")).status_code == 204
    assert await bench.refused("DELETE", f"/chat/{line.id}", "Ann") == (404, "message-unknown")
    assert bench.orders.noted == [(bench.ann.user_id, line.body())]
