"""Blocks and follows over HTTP."""

import pytest
from httpx2 import Response

from accounts.relation_router import relation_router
from accounts.relation_service import RelationService
from accounts.rules import RelationRules
from accounts.service import Session
from accounts.store_memory import MemoryThrottle
from accounts.store_sql_relations import SqlRelations
from foundation.ids import new_id
from foundation.sql import Database
from tests.accounts.house import House, bearer


class Desk:
    def __init__(self, house: House, database: Database, rules: RelationRules) -> None:
        self.house = house
        service = RelationService(SqlRelations(database), MemoryThrottle(), house.clock, rules)
        house.app.include_router(relation_router(service))

    async def say(self, verb: str, path: str, session: Session | None) -> Response:
        return await self.house.client.request(
            verb, f"/api/v1/me/{path}", headers={} if session is None else bearer(session)
        )

    async def people(self, session: Session, path: str) -> list[str]:
        return [each["name"] for each in (await self.say("GET", path, session)).json()["people"]]


@pytest.fixture
def desk(house: House, database: Database) -> Desk:
    return Desk(house, database, RelationRules(blocks=2, follows=3))


def refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("name", ["blocks", "follows"])
async def test_a_list_is_added_to_shown_and_taken_from(desk: Desk, name: str) -> None:
    mina, luo = await desk.house.join("Mina"), await desk.house.join("Luo")
    user = luo.principal.user_id
    for _ in range(2):
        assert (await desk.say("PUT", f"{name}/{user}", mina)).status_code == 204
    expected = {"people": [{"user": user, "name": "Luo", "since_ms": desk.house.clock.now_ms()}], "next": None}
    assert (await desk.say("GET", name, mina)).json() == expected
    assert await desk.people(luo, name) == [], "nobody sees who has him in a list"
    other = "follows" if name == "blocks" else "blocks"
    assert await desk.people(mina, other) == []
    for _ in range(2):
        assert (await desk.say("DELETE", f"{name}/{user}", mina)).status_code == 204
    assert await desk.people(mina, name) == []


@pytest.mark.parametrize("name", ["blocks", "follows"])
async def test_oneself_nobody_and_the_unsigned_are_refused(desk: Desk, name: str) -> None:
    mina = await desk.house.join("Mina")
    assert refusal(await desk.say("PUT", f"{name}/{mina.principal.user_id}", mina)) == (422, "relation-to-self")
    for nobody in (new_id(), "short", "x" * 300):
        assert refusal(await desk.say("PUT", f"{name}/{nobody}", mina)) == (404, "unknown-user")
    for verb, path in (("PUT", f"{name}/{new_id()}"), ("DELETE", f"{name}/{new_id()}"), ("GET", name)):
        assert (await desk.say(verb, path, None)).status_code == 401


async def test_a_full_list_says_how_much_it_holds(desk: Desk) -> None:
    mina, *others = [await desk.house.join(name) for name in ("Mina", "Luo", "Ada", "Noor")]
    for other in others[:2]:
        await desk.say("PUT", f"blocks/{other.principal.user_id}", mina)
    answer = await desk.say("PUT", f"blocks/{others[2].principal.user_id}", mina)
    assert refusal(answer) == (409, "relations-full")
    assert answer.json()["most"] == 2
    assert (await desk.say("PUT", f"follows/{others[2].principal.user_id}", mina)).status_code == 204


async def test_the_blocked_cannot_follow(desk: Desk) -> None:
    mina, luo = await desk.house.join("Mina"), await desk.house.join("Luo")
    await desk.say("PUT", f"follows/{mina.principal.user_id}", luo)
    await desk.say("PUT", f"blocks/{luo.principal.user_id}", mina)
    assert await desk.people(luo, "follows") == []
    assert refusal(await desk.say("PUT", f"follows/{mina.principal.user_id}", luo)) == (403, "blocked")


async def test_a_list_is_read_page_by_page(desk: Desk) -> None:
    mina, *others = [await desk.house.join(name) for name in ("Mina", "Luo", "Ada", "Noor")]
    for other in others:
        desk.house.clock.advance(1)
        await desk.say("PUT", f"follows/{other.principal.user_id}", mina)
    seen, cursor = [], ""
    for _ in range(2):
        page = (await desk.say("GET", f"follows?limit=2{cursor}", mina)).json()
        seen += [each["name"] for each in page["people"]]
        cursor = f"&before={page['next']}"
    assert (seen, page["next"]) == (["Noor", "Ada", "Luo"], None)


@pytest.mark.parametrize(
    "query", ["before=yesterday", "before=1", f"before={'9' * 16}-{'0' * 26}", "limit=0", "limit=201"]
)
async def test_a_cursor_of_another_form_is_refused(desk: Desk, query: str) -> None:
    assert refusal(await desk.say("GET", f"blocks?{query}", await desk.house.join("Mina"))) == (422, "malformed")


async def test_who_changes_his_lists_without_end_is_slowed_down(house: House, database: Database) -> None:
    desk = Desk(house, database, RelationRules())
    mina, luo = await house.join("Mina"), await house.join("Luo")
    path = f"blocks/{luo.principal.user_id}"
    for each in range(60):
        assert (await desk.say("PUT" if each % 2 else "DELETE", path, mina)).status_code == 204
    answer = await desk.say("PUT", path, mina)
    assert (*refusal(answer), answer.headers["Retry-After"]) == (429, "too-many", "1")
    assert (await desk.say("PUT", f"blocks/{mina.principal.user_id}", luo)).status_code == 204
