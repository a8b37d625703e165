"""The wallet in Chromium: coins are bought, entries read, diamonds asked for; and the ledger's light for ops."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse, Response
from playwright.async_api import Browser, expect

from tests.web.house import NOW_MS, Body, House, chromium, fits, signed_in, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOLD = {"packages": [{"id": "small", "coins": 500, "price": 499, "currency": "EUR"}], "open": True, "test": True}
PACKAGE = {"coins": 500, "price": 499, "currency": "EUR"}
PURCHASE = {"id": "p1", **PACKAGE, "state": "pending", "pay_at": "/wallet?pay=p1", "made_at_ms": NOW_MS}
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def entry(number: int, **more: Any) -> Body:
    """A gift of Vera to Ruby."""
    gift = {"id": f"g{number}", "item": "rose", "name": "Rose", "count": 2, "room": "r", "room_title": "Ruby sings"}
    people = {"sender": "v", "sender_name": "Vera", "recipient": "a", "recipient_name": "Ruby", "guest_name": None}
    kept: Body = {"corrects": None, "corrects_kind": None, "corrected_by": None, "reason": None}
    known = {"id": f"t{number}", "at_ms": NOW_MS, "kind": "gift-coins", "amount": -20, "balance": 100 - number}
    return {**known, "gift": {**gift, **people}, **kept, **more}


def statement(*entries: Body, after: str | None = None) -> Body:
    return {"currency": "coin", "balance": 1000, "entries": list(entries), "next_before": after}


def house() -> House:
    found = House(["Ruby"])
    found.answers |= {
        ("GET", "topups/packages"): SOLD,
        ("GET", "topups"): {"topups": [], "next_before": None},
        ("GET", "wallet/debts"): {"debts": [], "next_before": None},
        ("GET", "wallet/statement"): statement(),
        ("GET", "withdrawals"): {"least": 10, "withdrawals": [], "next_before": None},
        ("GET", "wallet/earnings"): {"days": [{"day": "2030-01-01", "earned": 90, "taken_back": 20}]},
    }
    return found


async def test_coins_are_bought_and_paid_for_with_two_taps(browser: Browser) -> None:
    home = house()
    home.answers["POST", "topups"] = JSONResponse(PURCHASE, 201)
    home.answers["GET", "topups/p1"] = PURCHASE
    home.answers["POST", "payments/test/pay"] = {**PURCHASE, "state": "paid"}
    async with visit(browser, home, "/wallet", "Ruby") as page:
        await expect(page.get_by_test_id("wallet-coins")).to_have_attribute("data-amount", "1000")
        await expect(page.get_by_test_id("buy-small")).to_contain_text("€4.99")
        await page.get_by_test_id("buy-small").click()
        await expect(page.get_by_test_id("purchase")).to_have_attribute("data-state", "pending")
        await fits(page, 390)
        await page.get_by_test_id("pay-test").click()
        await expect(page.get_by_test_id("purchase")).to_have_attribute("data-state", "paid")
        await expect(page.get_by_test_id("pay-test")).to_have_count(0)
    (wish,) = home.commanded("POST", "topups")
    assert wish["package"] == "small" and len(wish["key"]) == 32
    assert home.commanded("POST", "payments/test/pay") == [{"purchase": "p1"}]


async def test_a_try_that_was_not_answered_is_tried_again_under_its_key(browser: Browser) -> None:
    home = house()
    away = {"code": "payment-provider-away", "detail": "away", "status": 503}
    home.answers["POST", "topups"] = JSONResponse(away, 503)
    async with visit(browser, home, "/wallet", "Ruby", locale="zh") as page:
        for _ in range(2):
            await page.get_by_test_id("buy-small").click()
            await expect(page.get_by_test_id("toasts")).to_contain_text("暂时无法充值")
            await expect(page.get_by_test_id("buy-small")).to_be_enabled()
    first, second = home.commanded("POST", "topups")
    assert first == second


async def test_ones_own_purchases_say_how_they_stand_and_one_goes_on_paying(browser: Browser) -> None:
    home = house()
    states = {"p1": "pending", "p2": "held", "p3": "paid", "p4": "taken-back"}
    known = [{**PURCHASE, "id": each, "state": state} for each, state in states.items()]
    home.answers["GET", "topups"] = {"topups": known, "next_before": "p4"}
    home.answers["GET", "topups/p1"] = PURCHASE
    async with visit(browser, home, "/wallet", "Ruby", width=360) as page:
        rows = page.get_by_test_id("own-purchase")
        for place, words in enumerate(("waits for payment", "did not fit", "the coins are yours", "taken back")):
            await expect(rows.nth(place)).to_contain_text(words)
        await expect(page.get_by_test_id("pay-on")).to_have_count(1)
        await fits(page, 360)
        home.answers["GET", "topups"] = {"topups": [{**PURCHASE, "id": "p0"}, known[3]], "next_before": None}
        await page.get_by_test_id("purchases-more").click()
        await expect(rows).to_have_count(5)
        await page.get_by_test_id("pay-on").first.click()
        await expect(page.get_by_test_id("purchase")).to_have_attribute("data-state", "pending")


async def test_who_owes_something_sees_how_much_and_why_and_others_see_nothing(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, "/wallet", "Ruby") as page:
        await expect(page.get_by_test_id("wallet-coins")).to_have_attribute("data-amount", "1000")
        await expect(page.get_by_test_id("entries-none")).to_be_visible()
        await expect(page.get_by_test_id("debts")).to_have_count(0)
        await expect(page.get_by_test_id("purchases-none")).to_be_visible()
        debt = {"id": "d", "currency": "diamond", "amount": 90, "left": 40, "transfer": "t1", "at_ms": NOW_MS}
        home.answers["GET", "wallet/debts"] = {"debts": [{**debt, "reason": HOSTILE}], "next_before": None}
        await page.reload()
        await expect(page.get_by_test_id("debt")).to_contain_text("40 diamonds still owed")
        await expect(page.get_by_test_id("debt")).to_contain_text(HOSTILE)
        await fits(page, 390)


async def test_a_statement_and_its_file_are_of_the_days_that_were_chosen(browser: Browser) -> None:
    home = house()
    asked: list[str] = []
    home.answers["GET", "wallet/statement.csv"] = Response("time,id\r\n", media_type="text/csv")
    async with visit(browser, home, "/wallet", "Ruby") as page:
        page.on("request", lambda request: asked.append(request.url) if "statement" in request.url else None)
        await page.get_by_test_id("days-from").fill("2026-01-30")
        await page.get_by_test_id("days-to").fill("2026-01-31")
        await expect(page.get_by_test_id("entries-none")).to_be_visible()
        async with page.expect_download():
            await page.get_by_test_id("csv").click()
        first, end = await page.evaluate("[new Date(2026, 0, 30).getTime(), new Date(2026, 1, 1).getTime()]")
        span = f"&from_ms={first}&to_ms={end}"
        assert any("/statement?" in url and url.endswith(span) for url in asked)
        assert asked[-1].endswith(f"/statement.csv?currency=coin{span}")
        await page.get_by_test_id("days-all").click()
        await expect(page.get_by_test_id("days-from")).to_have_value("")


async def test_the_statement_says_who_gave_what_and_what_was_taken_back(browser: Browser) -> None:
    home = house()
    back = entry(2, kind="correction", corrects="t1", corrects_kind="gift-coins", amount=20, reason=HOSTILE)
    home.answers["GET", "wallet/statement"] = statement(back, entry(1, corrected_by="t2"), after="t1")
    async with visit(browser, home, "/wallet", "Ruby", width=360) as page:
        entries = page.get_by_test_id("entry")
        await expect(entries).to_have_count(2)
        await expect(entries.nth(0)).to_contain_text("taken back: 2 × Rose to Ruby")
        await expect(entries.nth(0)).to_contain_text(HOSTILE)
        await expect(entries.nth(1)).to_contain_text("in Ruby sings")
        await expect(entries.nth(1)).to_contain_text("taken back later")
        await expect(entries.nth(1)).to_contain_text("−20")
        home.answers["GET", "wallet/statement"] = statement(entry(1), entry(0))
        await page.get_by_test_id("entries-more").click()
        await expect(entries).to_have_count(3)
        await expect(page.get_by_test_id("entries-more")).to_have_count(0)
        await fits(page, 360)


async def test_the_statement_is_saved_as_a_file(browser: Browser) -> None:
    home = house()
    home.answers["GET", "wallet/statement.csv"] = Response("time,id\r\n", media_type="text/csv")
    async with visit(browser, home, "/wallet", "Ruby") as page:
        async with page.expect_download() as started:
            await page.get_by_test_id("csv").click()
        assert (await started.value).suggested_filename == "ringside-coins.csv"


async def test_a_host_asks_for_diamonds_and_sees_how_it_stands(browser: Browser) -> None:
    home = house()
    asked = {"id": "w1", "diamonds": 20, "destination": "DE00 1234", "state": "requested", "asked_at_ms": NOW_MS}
    async with visit(browser, home, "/wallet", "Ruby") as page:
        await expect(page.get_by_test_id("earned")).to_have_attribute("data-sum", "70")
        await page.get_by_test_id("withdraw-diamonds").fill("20")
        await page.get_by_test_id("withdraw-destination").fill("DE00 1234")
        kept = {**asked, "reason": None, "reference": None}
        home.answers["GET", "withdrawals"] = {"least": 10, "withdrawals": [kept], "next_before": None}
        await page.get_by_test_id("withdraw").click()
        await expect(page.get_by_test_id("withdrawal")).to_have_attribute("data-state", "requested")
        await expect(page.get_by_test_id("withdraw-diamonds")).to_have_value("")
    (wish,) = home.commanded("POST", "withdrawals")
    assert (wish["diamonds"], wish["destination"]) == (20, "DE00 1234") and len(wish["key"]) == 32


async def test_who_is_not_signed_in_is_asked_to(browser: Browser) -> None:
    async with visit(browser, house(), "/wallet") as page:
        await expect(page.get_by_test_id("login-form")).to_be_visible()
        await expect(page.get_by_test_id("nav-wallet")).to_have_count(0)


@pytest.mark.parametrize("holds", [True, False])
async def test_the_light_of_the_ledger_says_what_was_found_and_how_long_ago(browser: Browser, holds: bool) -> None:
    home = house()
    report = ledger_report(holds)
    home.answers |= {
        ("GET", "admin/rooms"): {"rooms": []},
        ("GET", "admin/sanctions"): {"sanctions": []},
        ("GET", "admin/audit"): {"entries": []},
        ("GET", "admin/ledger"): report,
        ("POST", "admin/ledger/look"): JSONResponse({"asked_at_ms": 2000}, 202),
    }
    account = {"user": "u", "name": "Root", "roles": ["admin", "viewer"]}
    async with visit(browser, home, "/login") as page:
        await page.add_init_script(signed_in(account))
        await page.goto(page.url.replace("/login", "/admin"))
        light = page.get_by_test_id("ledger-light")
        await expect(light).to_have_attribute("data-holds", "true" if holds else "false")
        await expect(light).to_contain_text("Every invariant holds" if holds else "Broken: zero sum a currency")
        await expect(page.get_by_test_id("ledger-age")).to_have_text("looked through 2 minutes ago")
        await expect(page.get_by_test_id("figure-coins_moved")).to_have_text("Coins moved12,345")
        await expect(page.get_by_test_id("ledger-broken")).to_have_count(0 if holds else 1)
        await fits(page, 390)
        await page.get_by_test_id("ledger-again").click()
        await expect(light).to_contain_text("Looking")
        home.answers["GET", "admin/ledger"] = report | {"at_ms": 2000, "age_ms": 0}
        await expect(page.get_by_test_id("ledger-age")).to_have_text("looked through now")
        await expect(light).not_to_contain_text("Looking")


async def test_the_light_of_the_ledger_is_out_when_nobody_knows(browser: Browser) -> None:
    home = house()
    home.answers |= {
        ("GET", "admin/rooms"): {"rooms": []},
        ("GET", "admin/sanctions"): {"sanctions": []},
        ("GET", "admin/audit"): {"entries": []},
        ("GET", "admin/ledger"): ledger_report(True) | {"late": True, "age_ms": 7_200_000},
    }
    account = {"user": "u", "name": "Root", "roles": ["admin", "viewer"]}
    async with visit(browser, home, "/login") as page:
        await page.add_init_script(signed_in(account))
        await page.goto(page.url.replace("/login", "/admin"))
        light = page.get_by_test_id("ledger-light")
        await expect(light).to_contain_text("nobody looks any more: last 2 hours ago")
        await expect(light).not_to_have_attribute("data-holds", "true")
        home.answers["GET", "admin/ledger"] = JSONResponse({"code": "ledger-unverified", "detail": "none"}, 404)
        await expect(light).to_contain_text("have not been looked through yet")
        await expect(light).not_to_have_attribute("data-holds", "true")
        await fits(page, 390)


def ledger_report(holds: bool) -> dict[str, object]:
    """Of one check, two minutes old."""
    check = {
        "name": "zero sum a currency",
        "holds": holds,
        "looked_at": 9,
        "wrong": int(not holds),
        "examples": [] if holds else ["coin +3"],
        "figures": {"coins_moved": 12345},
    }
    return {"holds": holds, "at_ms": 1000, "took_ms": 5, "age_ms": 120_000, "late": False, "checks": [check]}
