"""The catalogue over HTTP: what ops may do with it, and what everybody sees of it."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from foundation import problem
from foundation.bus import MemoryBus
from foundation.sql import Database
from gifts.catalogue_admin_router import admin_router
from gifts.catalogue_keeper import CatalogueKeeper
from gifts.catalogue_service import CatalogueOffice
from gifts.router import router
from gifts.service import GiftService
from gifts.settings import GiftSettings
from gifts.store_sql_catalogue import SqlCatalogue
from tests.clocks import ToldClock
from tests.gifts.test_router import NameTokens
from tests.gifts.world import ROOM, ToldGate, ToldStages

GIFTS = "/api/v1/admin/gifts"
ROOT = {"Authorization": "Bearer root"}
TEDDY = {
    "id": "teddy",
    "price": 700,
    "level": 3,
    "emoji": "\N{TEDDY BEAR}",
    "animation": "pop",
    "names": {"en": "Teddy", "zh": "泰迪熊"},
    "order": 5,
    "odds": [{"weight": 3}, {"weight": 1, "boost": 2, "win": 1}],
    "reason": "for winter",
}


@pytest.fixture
async def client(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings
) -> AsyncIterator[httpx2.AsyncClient]:
    store = SqlCatalogue(database)
    keeper = CatalogueKeeper(store, bus, clock)
    await keeper.start()
    service = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings, keeper)
    await service.start()
    await service.grant_starter("vera")
    app = FastAPI()
    app.state.tokens = NameTokens()
    problem.install(app)
    app.include_router(router(service))
    app.include_router(admin_router(CatalogueOffice(store, keeper, clock)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside") as made:
        yield made
    await service.close()
    await keeper.close()


def without(body: dict[str, object], *members: str) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in members}


async def offered(client: httpx2.AsyncClient) -> list[str]:
    return [gift["id"] for gift in (await client.get("/api/v1/gifts")).json()["gifts"]]


async def test_a_new_gift_is_answered_with_all_that_ops_decide_and_can_be_sent(client: httpx2.AsyncClient) -> None:
    answer = await client.post(GIFTS, json=TEDDY, headers=ROOT)
    assert answer.status_code == 201
    odds = [{"weight": 3, "boost": 1, "win": 0}, {"weight": 1, "boost": 2, "win": 1}]
    assert answer.json() == without(TEDDY, "reason") | {
        "odds": odds,
        "enabled": True,
        "valid_from_ms": None,
        "valid_until_ms": None,
        "version": 1,
        "available": True,
        "expected_return_bp": 2500,
        "expected_boost_bp": 12_500,
    }
    assert answer.json() in (await client.get(GIFTS, headers=ROOT)).json()["gifts"]
    [shown] = [each for each in (await client.get("/api/v1/gifts")).json()["gifts"] if each["id"] == "teddy"]
    assert (shown["odds"], shown["version"]) == (odds, 1)
    assert (await offered(client))[0] == "teddy", "it stands where its order says"


async def test_a_change_names_the_version_that_was_seen(client: httpx2.AsyncClient) -> None:
    await client.post(GIFTS, json=TEDDY, headers=ROOT)
    wish = without(TEDDY, "id", "odds") | {"price": 800, "version": 1}
    changed = await client.put(f"{GIFTS}/teddy", json=wish, headers=ROOT)
    assert (changed.status_code, changed.json()["version"], changed.json()["odds"]) == (200, 2, None)
    stale = await client.put(f"{GIFTS}/teddy", json=wish, headers=ROOT)
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (409, "gift-stale", 2)


async def test_a_withdrawn_gift_is_offered_no_more_and_a_retry_of_it_is_answered(client: httpx2.AsyncClient) -> None:
    address, mine = f"/api/v1/rooms/{ROOM}/gifts", {"Authorization": "Bearer vera", "Idempotency-Key": "k"}
    first = await client.post(address, json={"gift": "rose"}, headers=mine)
    gone = await client.post(f"{GIFTS}/rose/withdraw", json={"version": 1, "reason": "wilted"}, headers=ROOT)
    assert (gone.status_code, gone.json()["available"], gone.json()["enabled"]) == (200, False, False)
    assert "rose" not in await offered(client)
    again = await client.post(address, json={"gift": "rose"}, headers=mine)
    assert (again.status_code, again.content) == (201, first.content)
    other = await client.post(address, json={"gift": "rose"}, headers=mine | {"Idempotency-Key": "other"})
    assert (other.status_code, other.json()["code"]) == (409, "gift-not-available")


async def test_a_gift_of_a_season_is_offered_for_its_season(client: httpx2.AsyncClient, clock: ToldClock) -> None:
    now = clock.now_ms()
    season = {"valid_from_ms": now + 1000, "valid_until_ms": now + 2000}
    assert not (await client.post(GIFTS, json=TEDDY | season, headers=ROOT)).json()["available"]
    for after_ms, there in ((999, False), (1, True), (999, True), (1, False)):
        clock.advance(after_ms)
        assert ("teddy" in await offered(client)) is there


async def test_the_history_says_who_made_which_version(client: httpx2.AsyncClient, clock: ToldClock) -> None:
    await client.post(f"{GIFTS}/rose/withdraw", json={"version": 1, "reason": "wilted"}, headers=ROOT)
    page = (await client.get(f"{GIFTS}/rose/history?limit=1", headers=ROOT)).json()
    [newest] = page["versions"]
    assert (newest["operator"], newest["reason"], newest["at_ms"]) == ("root", "wilted", clock.now_ms())
    assert (newest["gift"]["version"], newest["gift"]["enabled"], page["next"]) == (2, False, 2)
    last = (await client.get(f"{GIFTS}/rose/history?before=2", headers=ROOT)).json()
    assert [(each["operator"], each["gift"]["enabled"]) for each in last["versions"]] == [("platform", True)]
    assert last["next"] is None
    assert (await client.get(f"{GIFTS}/teddy/history", headers=ROOT)).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": "Teddy Bear"}, 422, "malformed"),
        ({"id": "x" * 65}, 422, "malformed"),
        ({"id": "rose"}, 409, "gift-exists"),
        ({"price": 0}, 422, "malformed"),
        ({"price": 1_000_001}, 422, "malformed"),
        ({"price": 1.5}, 422, "malformed"),
        ({"level": 6}, 422, "malformed"),
        ({"emoji": ""}, 422, "malformed"),
        ({"animation": "pop;"}, 422, "malformed"),
        ({"names": {"zh": "泰迪熊"}}, 422, "malformed"),
        ({"names": {"en": ""}}, 422, "malformed"),
        ({"names": {"english": "Teddy", "en": "Teddy"}}, 422, "malformed"),
        ({"valid_from_ms": 5, "valid_until_ms": 5}, 422, "malformed"),
        ({"valid_until_ms": 0}, 422, "malformed"),
        ({"valid_from_ms": 2**53}, 422, "malformed"),
        ({"odds": []}, 422, "malformed"),
        ({"odds": [{"weight": 0}]}, 422, "malformed"),
        ({"odds": [{"weight": 1, "win": 2}]}, 422, "odds-too-generous"),
        ({"reason": ""}, 422, "malformed"),
        ({"version": 1}, 422, "malformed"),
    ],
)
async def test_bad_input_has_its_status_and_code_and_changes_nothing(
    client: httpx2.AsyncClient, change: dict[str, object], status: int, code: str
) -> None:
    answer = await client.post(GIFTS, json=TEDDY | change, headers=ROOT)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "teddy" not in await offered(client)


async def test_only_an_admin_works_on_the_catalogue(client: httpx2.AsyncClient) -> None:
    vera = {"Authorization": "Bearer vera"}
    withdrawal = {"version": 1, "reason": "wilted"}
    answers = [
        await client.get(GIFTS, headers=vera),
        await client.post(GIFTS, json=TEDDY, headers=vera),
        await client.put(f"{GIFTS}/rose", json=without(TEDDY, "id") | {"version": 1}, headers=vera),
        await client.post(f"{GIFTS}/rose/withdraw", json=withdrawal, headers=vera),
        await client.get(f"{GIFTS}/rose/history", headers=vera),
    ]
    assert [answer.status_code for answer in answers] == [403] * 5
    assert (await client.post(f"{GIFTS}/rose/withdraw", json=withdrawal)).status_code == 401
