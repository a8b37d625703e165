"""Money over HTTP: who may, statuses, codes, bodies, the CSV."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from accounts.principal import Principal, Role, TokenInvalid
from foundation import problem
from gifts.money.admin_router import Desk, admin_router
from gifts.money.purchase import PaymentEvent, PaymentKind
from gifts.money.router import CSV_HEAD, Counter, router
from gifts.money.till import Till
from tests.gifts.money.world import SETTINGS, House

ROLES = {"anna": Role.HOST, "root": Role.ADMIN, "other": Role.ADMIN}


class NameTokens:
    """A token is the user's name."""

    def principal(self, token: str) -> Principal:
        if token == "forged":
            raise TokenInvalid
        return Principal(token, token.title(), frozenset({Role.VIEWER, ROLES.get(token, Role.VIEWER)}))


@pytest.fixture
async def client(home: House) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.state.tokens = NameTokens()
    problem.install(app)
    app.include_router(router(counter(home)))
    app.include_router(
        admin_router(Desk(home.topups, home.held, home.withdrawals, home.corrections, home.debts, home.grants))
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside") as made:
        yield made


def counter(home: House) -> Counter:
    return Counter(
        topups=home.topups,
        webhooks=home.webhooks,
        till=home.till,
        withdrawals=home.withdrawals,
        statements=home.statements,
        earnings=home.earnings,
        debts=home.debts,
        csv_page=SETTINGS.csv_page,
    )


async def ask(client: httpx2.AsyncClient, who: str, method: str, path: str, body: object = None) -> Any:
    """(status, body)."""
    sent = {"Authorization": f"Bearer {who}"} if who else {}
    answer = await client.request(method, f"/api/v1{path}", json=body, headers=sent)
    return answer.status_code, answer.json()


async def test_coins_are_bought_and_paid_for(client: httpx2.AsyncClient, home: House) -> None:
    status, sold = await ask(client, "", "GET", "/topups/packages")
    assert (status, sold["open"], sold["test"]) == (200, True, True)
    assert sold["packages"][0] == {"id": "small", "coins": 500, "price": 499, "currency": "EUR"}
    status, bought = await ask(client, "vera", "POST", "/topups", {"package": "small", "key": "k"})
    assert status == 201
    assert bought == {
        "id": bought["id"],
        "package": "small",
        "coins": 500,
        "price": 499,
        "currency": "EUR",
        "state": "pending",
        "pay_at": f"/wallet?pay={bought['id']}",
        "made_at_ms": home.clock.now_ms(),
        "settled_at_ms": None,
        "transfer": None,
    }
    assert await ask(client, "vera", "GET", f"/topups/{bought['id']}") == (200, bought)
    status, paid = await ask(client, "vera", "POST", "/payments/test/pay", {"purchase": bought["id"]})
    assert (status, paid["state"], await home.coins()) == (200, "paid", 1500)
    status, listed = await ask(client, "root", "GET", "/admin/topups?state=paid")
    assert (status, [each["buyer"] for each in listed["topups"]], listed["next_before"]) == (200, ["vera"], None)


async def test_a_webhook_is_heard_once_and_only_from_the_provider(client: httpx2.AsyncClient, home: House) -> None:
    purchase = await home.topups.begin("vera", "small", "k")
    event = PaymentEvent("e", PaymentKind.PAID, purchase.id, 499, "EUR")
    headers, body = home.provider.signed(event, home.clock.now_ms())
    address = "/api/v1/payments/test/webhook"
    for done in ("credited", "repeated"):
        answer = await client.post(address, content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"done": done})
    refused = {
        "webhook-signature-invalid": await client.post(address, content=body + b" ", headers=headers),
        "payment-provider-unknown": await client.post("/api/v1/payments/x/webhook", content=body, headers=headers),
    }
    home.clock.advance(5 * 60_000 + 1)
    refused["webhook-too-old"] = await client.post(address, content=body, headers=headers)
    assert {code: answer.json()["code"] for code, answer in refused.items()} == {code: code for code in refused}
    assert [answer.status_code for answer in refused.values()] == [403, 404, 403]
    strange = PaymentEvent("e2", PaymentKind.PAID, "no-such", 499, "EUR")
    headers, body = home.provider.signed(strange, home.clock.now_ms())
    assert (await client.post(address, content=body, headers=headers)).json()["code"] == "purchase-unknown"
    assert await home.coins() == 1500


async def test_where_real_money_is_taken_there_is_no_till(home: House) -> None:
    home.till = Till(home.topups, home.webhooks, home.clock, None)
    app = FastAPI()
    app.state.tokens = NameTokens()
    problem.install(app)
    app.include_router(router(counter(home)))
    purchase = await home.topups.begin("vera", "small", "k")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://ringside") as client:
        status, body = await ask(client, "vera", "POST", "/payments/test/pay", {"purchase": purchase.id})
        assert (status, body["code"]) == (404, "payment-provider-unknown")
        assert (await ask(client, "", "GET", "/topups/packages"))[1]["test"] is False
    assert await home.coins() == 1000


async def test_a_withdrawal_goes_through_ops(client: httpx2.AsyncClient, home: House) -> None:
    await home.gift(200)
    wish = {"diamonds": 60, "destination": "DE00 1234", "key": "k"}
    status, asked = await ask(client, "anna", "POST", "/withdrawals", wish)
    assert (status, asked["state"], asked["diamonds"]) == (201, "requested", 60)
    status, mine = await ask(client, "anna", "GET", "/withdrawals")
    assert mine == {"least": 10, "withdrawals": [asked], "next_before": None}
    status, waiting = await ask(client, "root", "GET", "/admin/withdrawals?state=requested&limit=1")
    assert [(each["host"], each["host_name"]) for each in waiting["withdrawals"]] == [("anna", "Anna")]
    for verb, body, state in (("approve", None, "approved"), ("paid", {"reference": "bank 77"}, "paid")):
        status, done = await ask(client, "root", "POST", f"/admin/withdrawals/{asked['id']}/{verb}", body)
        assert (status, done["state"]) == (200, state)
    assert done["reference"] == "bank 77"
    status, late = await ask(client, "root", "POST", f"/admin/withdrawals/{asked['id']}/reject", {"reason": "no"})
    assert (status, late["code"], late["state"]) == (409, "decided-already", "paid")
    status, small = await ask(client, "anna", "POST", "/withdrawals", wish | {"diamonds": 9, "key": "k2"})
    assert (status, small["code"], small["least"]) == (422, "withdrawal-too-small", 10)


async def test_a_refund_and_a_correction_name_what_they_take_back(client: httpx2.AsyncClient, home: House) -> None:
    gift = await home.gift(100)
    await home.asked(30)
    wish = {"reason": "by mistake", "key": "k"}
    status, made = await ask(client, "root", "POST", f"/admin/gifts/{gift.id}/refund", wish)
    assert (status, made["subject"], made["operator"]) == (201, f"gift:{gift.id}", "root")
    assert [(each["corrects"], each["amount"]) for each in made["transfers"]] == [
        (f"{gift.id}c", 100),
        (f"{gift.id}d", 20),
    ]
    assert [(each["owner"], each["amount"]) for each in made["debts"]] == [("anna", 30)]
    status, again = await ask(client, "other", "POST", f"/admin/gifts/{gift.id}/refund", wish)
    assert (status, again["code"]) == (409, "corrected-already")
    status, owed = await ask(client, "root", "GET", "/admin/ledger/debts?user=anna")
    assert [(each["amount"], each["correction"]) for each in owed["debts"]] == [(30, made["id"])]
    await home.gift(20)
    address = f"/admin/ledger/debts/{owed['debts'][0]['id']}/collect"
    status, left = await ask(client, "root", "POST", address, {"key": "k"})
    assert (status, left["left"], await home.diamonds()) == (200, 20, 0)
    purchase = await home.bought()
    wish = {"transfer": str(purchase.transfer), "reason": "a child", "key": "k3"}
    status, made = await ask(client, "root", "POST", "/admin/ledger/corrections", wish)
    assert (status, made["transfers"][0]["amount"], await home.coins()) == (201, 500, 980)


async def test_a_grant_needs_two_admins(client: httpx2.AsyncClient, home: House) -> None:
    wish = {"user": "vera", "coins": 500, "reason": "lost a gift", "key": "k"}
    status, grant = await ask(client, "root", "POST", "/admin/grants", wish)
    assert (status, grant["state"], grant["asked_by"]) == (201, "requested", "root")
    address = f"/admin/grants/{grant['id']}/approve"
    status, refused = await ask(client, "root", "POST", address)
    assert (status, refused["code"]) == (403, "own-grant")
    status, given = await ask(client, "other", "POST", address)
    assert (status, given["state"], given["decided_by"], await home.coins()) == (200, "approved", "other", 1500)
    status, second = await ask(client, "root", "POST", "/admin/grants", wish | {"key": "k2"})
    status, rejected = await ask(client, "other", "POST", f"/admin/grants/{second['id']}/reject", {"reason": "no"})
    assert (status, rejected["refusal"]) == (200, "no")
    status, page = await ask(client, "root", "GET", "/admin/grants?limit=1")
    assert [each["id"] for each in page["grants"]] == [second["id"]] and page["next_before"] == second["id"]


async def test_a_held_payment_is_credited_by_two_admins_or_closed(client: httpx2.AsyncClient, home: House) -> None:
    purchase, other = [await home.topups.begin("vera", "small", key) for key in ("k1", "k2")]
    for each in (purchase, other):
        await home.said(each, amount=498)
    status, held = await ask(client, "root", "GET", "/admin/topups?state=held")
    assert (status, [each["asked_by"] for each in held["topups"]]) == (200, [None, None])
    address, why = f"/admin/topups/{purchase.id}", {"reason": "the bank took a fee"}
    status, asked = await ask(client, "root", "POST", f"{address}/credit", why)
    assert (status, asked["state"], asked["asked_by"], asked["reason"]) == (200, "held", "root", why["reason"])
    status, refused = await ask(client, "root", "POST", f"{address}/credit/approve")
    assert (status, refused["code"]) == (403, "own-purchase")
    status, paid = await ask(client, "other", "POST", f"{address}/credit/approve")
    assert (status, paid["state"], paid["decided_by"], await home.coins()) == (200, "paid", "other", 1500)
    status, closed = await ask(client, "root", "POST", f"/admin/topups/{other.id}/close", why)
    assert (status, closed["state"], closed["transfer"]) == (200, "closed", None)
    assert (await ask(client, "vera", "GET", f"/topups/{other.id}"))[1]["state"] == "closed"


ADMIN_ROUTES = [
    ("GET", "/admin/topups", None),
    ("POST", "/admin/topups/x/credit", {"reason": "no"}),
    ("POST", "/admin/topups/x/credit/approve", None),
    ("POST", "/admin/topups/x/close", {"reason": "no"}),
    ("GET", "/admin/withdrawals", None),
    ("POST", "/admin/withdrawals/x/approve", None),
    ("POST", "/admin/withdrawals/x/reject", {"reason": "no"}),
    ("POST", "/admin/withdrawals/x/paid", {"reference": "no"}),
    ("POST", "/admin/gifts/x/refund", {"reason": "no", "key": "k"}),
    ("POST", "/admin/ledger/corrections", {"transfer": "x", "reason": "no", "key": "k"}),
    ("GET", "/admin/ledger/debts", None),
    ("POST", "/admin/ledger/debts/x/collect", {"key": "k"}),
    ("POST", "/admin/grants", {"user": "vera", "coins": 1, "reason": "no", "key": "k"}),
    ("GET", "/admin/grants", None),
    ("POST", "/admin/grants/x/approve", None),
    ("POST", "/admin/grants/x/reject", {"reason": "no"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_ROUTES, ids=[f"{m} {p}" for m, p, _ in ADMIN_ROUTES])
async def test_only_admins_have_the_desk(client: httpx2.AsyncClient, method: str, path: str, body: object) -> None:
    assert (await ask(client, "", method, path, body))[0] == 401
    assert (await ask(client, "anna", method, path, body))[0] == 403
    assert (await ask(client, "root", method, path, body))[0] in (200, 201, 404)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/topups", {"package": "small"}),
        ("POST", "/topups", {"package": "small", "key": "k", "price": 1}),
        ("POST", "/withdrawals", {"diamonds": "60", "destination": "x", "key": "k"}),
        ("POST", "/withdrawals", {"diamonds": -60, "destination": "x", "key": "k"}),
        ("POST", "/withdrawals", {"diamonds": 2**63, "destination": "x", "key": "k"}),
        ("POST", "/withdrawals", {"diamonds": 60, "destination": "", "key": "k"}),
        ("POST", "/withdrawals", {"diamonds": 60, "destination": " ", "key": "k"}),
        ("POST", "/withdrawals", {"diamonds": 60, "destination": "x\x00", "key": "k"}),
        ("GET", "/topups/%00", None),
        ("GET", "/wallet/statement?before=%00", None),
        ("GET", "/wallet/statement?currency=gold", None),
        ("GET", "/wallet/statement?limit=201", None),
        ("GET", "/wallet/statement?from_ms=-1", None),
        ("GET", f"/wallet/statement?to_ms={2**63}", None),
        ("GET", "/wallet/earnings?days=0", None),
    ],
)
async def test_a_body_or_query_of_another_form_is_malformed(
    client: httpx2.AsyncClient, method: str, path: str, body: object
) -> None:
    status, answer = await ask(client, "anna", method, path, body)
    assert (status, answer["code"]) == (422, "malformed")
    assert (await ask(client, "", method, path, body))[0] == 401


async def test_a_statement_has_pages(client: httpx2.AsyncClient, home: House) -> None:
    for _ in range(3):
        await home.gift(10, item="rose")
    status, first = await ask(client, "vera", "GET", "/wallet/statement?limit=2")
    assert (status, first["currency"], first["balance"]) == (200, "coin", 970)
    assert [entry["balance"] for entry in first["entries"]] == [970, 980]
    assert first["entries"][0]["gift"]["name"] == "Rose"
    status, last = await ask(client, "vera", "GET", f"/wallet/statement?before={first['next_before']}")
    assert [entry["balance"] for entry in last["entries"]] == [990, 1000] and last["next_before"] is None


async def test_the_csv_has_every_entry_and_no_formula(client: httpx2.AsyncClient, home: House) -> None:
    for _ in range(4):
        await home.gift(10, sender_name="=HYPERLINK(1)", recipient_name='Ann"a, 安娜')
    answer = await client.get("/api/v1/wallet/statement.csv", headers={"Authorization": "Bearer vera"})
    assert answer.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ringside-coins.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert tuple(rows[0]) == CSV_HEAD and len(rows) == 5
    assert [row["balance"] for row in rows] == ["960", "970", "980", "990", "1000"]
    assert (rows[0]["amount"], rows[0]["from"], rows[0]["to"]) == ("-10", "'=HYPERLINK(1)", 'Ann"a, 安娜')
    assert rows[0]["time"] == "2023-11-14T22:13:20.004+00:00"
    assert answer.text.count("\r\n") == 6


async def test_earnings_are_there_for_each_day(client: httpx2.AsyncClient, home: House) -> None:
    await home.gift(100)
    status, answer = await ask(client, "anna", "GET", "/wallet/earnings?days=2")
    assert status == 200
    assert answer["days"] == [
        {"day": "2023-11-14", "gifts": 1, "earned": 50, "taken_back": 0, "withdrawn": 0},
        {"day": "2023-11-13", "gifts": 0, "earned": 0, "taken_back": 0, "withdrawn": 0},
    ]


async def test_asking_has_a_pace(client: httpx2.AsyncClient, home: House) -> None:
    await home.gift(200)
    asks: list[tuple[str, str, object]] = [
        ("vera", "/topups", {"package": "small", "key": "k"}),
        ("anna", "/withdrawals", {"diamonds": 60, "destination": "DE00 1234", "key": "k"}),
    ]
    for who, path, wish in asks:
        await home.out_of_breath(who)
        status, refused = await ask(client, who, "POST", path, wish)
        assert (status, refused["code"]) == (429, "too-many")
    assert (await ask(client, "wang", "POST", "/topups", {"package": "small", "key": "k"}))[0] == 201


async def test_the_own_purchases_are_listed_page_by_page(client: httpx2.AsyncClient, home: House) -> None:
    bought = [(await home.bought()).id for _ in range(2)]
    await home.bought("wang")
    status, first = await ask(client, "vera", "GET", "/topups?limit=1")
    assert (status, [each["id"] for each in first["topups"]], first["next_before"]) == (200, bought[1:], bought[1])
    assert first["topups"][0] == (await ask(client, "vera", "GET", f"/topups/{bought[1]}"))[1]
    status, last = await ask(client, "vera", "GET", f"/topups?before={bought[1]}")
    assert ([each["id"] for each in last["topups"]], last["next_before"]) == (bought[:1], None)
    assert (await ask(client, "", "GET", "/topups"))[0] == 401


async def test_who_owes_reads_what_and_why_until_it_is_paid(client: httpx2.AsyncClient, home: House) -> None:
    gift = await home.gift(100)
    await home.asked(30)
    await home.corrections.refund("root", gift.id, "by mistake", "k")
    (owed,) = await home.debts.page(owner="anna", before=None, most=9)
    of_debt = {"id": owed.id, "currency": "diamond", "transfer": f"{gift.id}d", "reason": "by mistake"}
    shown = of_debt | {"amount": 30, "left": 30, "at_ms": owed.at_ms}
    assert await ask(client, "anna", "GET", "/wallet/debts") == (200, {"debts": [shown], "next_before": None})
    assert (await ask(client, "vera", "GET", "/wallet/debts"))[1]["debts"] == []
    assert (await ask(client, "", "GET", "/wallet/debts"))[0] == 401
    await home.gift(20)
    await home.debts.collect("root", owed.id, "k1")
    assert (await ask(client, "anna", "GET", "/wallet/debts"))[1]["debts"] == [shown | {"left": 20}]
    await home.gift(40)
    await home.debts.collect("root", owed.id, "k2")
    assert (await ask(client, "anna", "GET", "/wallet/debts"))[1]["debts"] == []
    assert len((await ask(client, "root", "GET", "/admin/ledger/debts"))[1]["debts"]) == 1
