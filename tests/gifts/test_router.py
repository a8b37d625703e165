"""Gifts over HTTP and over the feed: statuses, codes, bodies."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from accounts.principal import Principal, Role, TokenInvalid
from foundation import problem
from foundation.bus import MemoryBus
from foundation.errors import Malformed, Refusal
from foundation.sql import Database
from gifts.admin_router import LATE_MS, admin_router
from gifts.checks import Check
from gifts.commands import GiftSendCommand
from gifts.events import LedgerQuestioned
from gifts.reports import KeptReport
from gifts.router import router
from gifts.service import GiftService
from gifts.settings import GiftSettings
from gifts.store_memory_reports import MemoryReports
from tests.clocks import ToldClock
from tests.gifts.world import ROOM, VERA, ToldGate, ToldStages

LEDGER = "/api/v1/admin/ledger"
ADDRESS = f"/api/v1/rooms/{ROOM}/gifts"


class NameTokens:
    """A token is the user's name."""

    def principal(self, token: str) -> Principal:
        if token == "forged":
            raise TokenInvalid
        role = Role.ADMIN if token == "root" else Role.VIEWER
        return Principal(token, token.title(), frozenset({role}))


@pytest.fixture
async def service(
    database: Database, clock: ToldClock, bus: MemoryBus, settings: GiftSettings
) -> AsyncIterator[GiftService]:
    made = GiftService(database, clock, bus, ToldGate(), ToldStages(), settings)
    await made.start()
    await made.grant_starter("vera")
    yield made
    await made.close()


@pytest.fixture
def reports() -> MemoryReports:
    return MemoryReports()


@pytest.fixture
async def client(
    service: GiftService, reports: MemoryReports, bus: MemoryBus, clock: ToldClock
) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.tokens = NameTokens()
    problem.install(app)
    app.include_router(router(service))
    app.include_router(admin_router(reports, bus, clock))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside") as made:
        yield made


def headers(user: str = "vera", key: str = "key") -> dict[str, str]:
    return {"Authorization": f"Bearer {user}", "Idempotency-Key": key}


async def test_the_catalogue_is_for_everybody(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/api/v1/gifts")
    assert answer.status_code == 200
    gifts = answer.json()["gifts"]
    assert (answer.json()["most_count"], answer.json()["combo_ms"]) == (999, 5000)
    assert len(gifts) >= 6
    assert set(gifts[0]) == {
        "id",
        "price",
        "level",
        "emoji",
        "animation",
        "names",
        "valid_until_ms",
        "odds",
        "version",
    }
    assert set(gifts[0]["names"]) == {"en", "zh"}


async def test_a_gift_is_answered_with_what_the_ledger_says(client: httpx2.AsyncClient, clock: ToldClock) -> None:
    answer = await client.post(ADDRESS, json={"gift": "cake", "count": 2}, headers=headers())
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("gift_id")
    assert body == {
        "room": ROOM,
        "gift": "cake",
        "count": 2,
        "coins": 200,
        "to": "anna",
        "guest": None,
        "battle": None,
        "side": None,
        "multiplier": 1,
        "boost": 1,
        "score": None,
        "win": 0,
        "seed": None,
        "balance": 800,
        "accepted_at_ms": clock.now_ms(),
    }


async def test_a_repeated_request_has_the_same_body_and_says_so_in_a_header(client: httpx2.AsyncClient) -> None:
    first = await client.post(ADDRESS, json={"gift": "rose"}, headers=headers())
    await client.post(ADDRESS, json={"gift": "rose"}, headers=headers(key="other"))
    again = await client.post(ADDRESS, json={"gift": "rose"}, headers=headers())
    assert (again.status_code, again.content) == (201, first.content)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"gift": "rose", "count": 0}, 422, "gift-count-invalid"),
        ({"gift": "rose", "count": -1}, 422, "gift-count-invalid"),
        ({"gift": "rose", "count": 1000}, 422, "gift-count-invalid"),
        ({"gift": "rose", "count": 2**63}, 422, "gift-count-invalid"),
        ({"gift": "rose", "count": 1.5}, 422, "malformed"),
        ({"gift": "rose", "count": "10"}, 422, "malformed"),
        ({"gift": "rose", "count": True}, 422, "malformed"),
        ({"gift": "rose", "price": 1}, 422, "malformed"),
        ({"gift": ""}, 422, "malformed"),
        ({"count": 1}, 422, "malformed"),
        ({"gift": "x" * 65}, 422, "malformed"),
        ({"gift": "no-such-gift"}, 404, "gift-unknown"),
        ({"gift": "crown"}, 409, "insufficient-coins"),
        ({"gift": "rose", "to": "vera"}, 422, "recipient-unknown"),
    ],
)
async def test_bad_input_has_its_status_and_code(
    client: httpx2.AsyncClient, body: dict[str, object], status: int, code: str
) -> None:
    answer = await client.post(ADDRESS, json=body, headers=headers())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    wallet = await client.get("/api/v1/wallet", headers=headers())
    assert wallet.json()["coins"] == 1000


async def test_a_conflict_of_keys_is_409(client: httpx2.AsyncClient) -> None:
    await client.post(ADDRESS, json={"gift": "rose"}, headers=headers())
    answer = await client.post(ADDRESS, json={"gift": "cake"}, headers=headers())
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-conflict")


async def test_too_few_coins_says_how_many_there_are(client: httpx2.AsyncClient) -> None:
    answer = await client.post(ADDRESS, json={"gift": "crown"}, headers=headers())
    assert answer.json()["balance"] == 1000


async def test_a_gift_without_a_key_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post(ADDRESS, json={"gift": "rose"}, headers={"Authorization": "Bearer vera"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-invalid")


async def test_a_stranger_is_refused(client: httpx2.AsyncClient) -> None:
    for token in (None, "forged"):
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        assert (await client.post(ADDRESS, json={"gift": "rose"}, headers=sent)).status_code == 401
        assert (await client.get("/api/v1/wallet", headers=sent)).status_code == 401


async def test_the_wallet_has_pages(client: httpx2.AsyncClient) -> None:
    for number in range(3):
        await client.post(ADDRESS, json={"gift": "rose"}, headers=headers(key=f"k{number}"))
    page = (await client.get("/api/v1/wallet?limit=3", headers=headers())).json()
    assert (page["coins"], page["diamonds"]) == (970, 0)
    assert [entry["amount"] for entry in page["entries"]] == [-10, -10, -10]
    assert page["entries"][0]["gift"] == "rose"
    last = (await client.get(f"/api/v1/wallet?before={page['next_before']}", headers=headers())).json()
    assert [entry["kind"] for entry in last["entries"]] == ["starter-grant"]
    assert last["next_before"] is None


async def test_a_cursor_that_is_no_transfer_is_malformed(client: httpx2.AsyncClient) -> None:
    for cursor in ("%00", "", "a" * 41):
        answer = await client.get(f"/api/v1/wallet?before={cursor}", headers=headers())
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_only_an_admin_sees_the_ledger_and_has_it_looked_through(client: httpx2.AsyncClient) -> None:
    assert (await client.get(LEDGER, headers=headers())).status_code == 403
    assert (await client.post(f"{LEDGER}/look", headers=headers())).status_code == 403


async def test_before_the_first_look_nobody_says_that_the_ledger_holds(client: httpx2.AsyncClient) -> None:
    answer = await client.get(LEDGER, headers=headers("root"))
    assert (answer.status_code, answer.json()["code"]) == (404, "ledger-unverified")


async def test_the_last_report_is_told_with_its_age_and_figures(
    client: httpx2.AsyncClient, reports: MemoryReports, clock: ToldClock
) -> None:
    began_ms = clock.now_ms()
    found = Check("outbox moves", 3, 1, ("g1",), (("unsent", 3),))
    await reports.keep(KeptReport(began_ms, 20, began_ms + 60_000, (found,)))
    clock.advance(4_000)
    body = (await client.get(LEDGER, headers=headers("root"))).json()
    [check] = body.pop("checks")
    assert body == {"holds": False, "at_ms": began_ms, "took_ms": 20, "age_ms": 4_000, "late": False}
    assert check == {
        "name": "outbox moves",
        "holds": False,
        "looked_at": 3,
        "wrong": 1,
        "examples": ["g1"],
        "figures": {"unsent": 3},
    }
    clock.advance(56_000 + LATE_MS)
    assert (await client.get(LEDGER, headers=headers("root"))).json()["late"] is False
    clock.advance(1)
    assert (await client.get(LEDGER, headers=headers("root"))).json()["late"] is True


async def test_who_wants_a_new_look_is_told_from_when_on_a_report_is_the_answer(
    client: httpx2.AsyncClient, bus: MemoryBus, clock: ToldClock
) -> None:
    async with bus.subscribe(LedgerQuestioned) as heard:
        answer = await client.post(f"{LEDGER}/look", headers=headers("root"))
        assert (answer.status_code, answer.json()) == (202, {"asked_at_ms": clock.now_ms()})
        assert await anext(heard) == LedgerQuestioned(clock.now_ms())


async def test_the_feed_command_sends_a_gift_and_is_answered_like_http(service: GiftService) -> None:
    command = GiftSendCommand(service)
    assert command.type == "gift.send"
    first = await command.handle(VERA, ROOM, {"gift": "rose", "count": 3, "key": "k"})
    assert (first["coins"], first["balance"], first["to"]) == (30, 970, "anna")
    assert await command.handle(VERA, ROOM, {"gift": "rose", "count": 3, "key": "k"}) == first


@pytest.mark.parametrize("body", [{}, {"gift": "rose"}, {"gift": 1, "key": "k"}, {"gift": "rose", "key": "k", "x": 1}])
async def test_a_malformed_feed_command_is_refused(service: GiftService, body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        await GiftSendCommand(service).handle(VERA, ROOM, body)


async def test_a_feed_command_is_refused_with_the_code_of_the_service(service: GiftService) -> None:
    with pytest.raises(Refusal) as refused:
        await GiftSendCommand(service).handle(VERA, ROOM, {"gift": "rose", "count": 0, "key": "k"})
    assert refused.value.code == "gift-count-invalid"
