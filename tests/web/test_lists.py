"""Every list in every state: it is waited for, broken and tried again, goes on, ends, or has nothing."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.waiting import until
from tests.web.house import NOW_MS, Body, House, battle, chromium, fits, live_card, member, person, verdict, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOM = "/rooms/room-of-Ruby"
AWAY = {"code": "store-away", "detail": "away", "status": 503}
GIFT = {"id": "rose", "names": {"en": "Rose"}, "price": 10, "level": 1, "emoji": "🌹", "animation": "pop"}
PACKAGE = {"id": "small", "coins": 100, "price": 99, "currency": "EUR"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@dataclass(frozen=True)
class Case:
    """One list: where it is, how it is opened, and the pages that the API has of it."""

    page: str
    api: str
    none: Body
    pages: tuple[Body, ...]
    row: str
    opened_by: tuple[str, ...] = ()
    hidden: bool = False
    """It is not shown while it waits or has nothing."""


def paged(key: str, cursor: str, *rows: Body, **more: Any) -> tuple[Body, tuple[Body, ...]]:
    """The answer with nothing, and a page for each row."""
    last = len(rows) - 1
    pages = tuple({key: [row], cursor: None if at == last else "older", **more} for at, row in enumerate(rows))
    return {key: [], cursor: None, **more}, pages


def past(number: int) -> Body:
    sides = [[member("Ruby", 0)], [member("Sapphire", 1)]]
    over = battle("ended", *sides, battle=f"battle-{number}", result=verdict("red", scores={"red": 3, "blue": 2}))
    return {"battle": over, "outcome": "won", "rating_before": 1500, "rating_after": 1516}


def entry(number: int) -> Body:
    corrected = {"corrects": None, "corrects_kind": None, "corrected_by": None, "reason": None}
    at = {"id": f"t{number}", "at_ms": NOW_MS + number, "kind": "grant", "amount": 20, "balance": 20}
    return {**at, "gift": None, **corrected}


def purchase(number: int) -> Body:
    return {**PACKAGE, "id": f"p{number}", "state": "paid", "pay_at": None, "made_at_ms": NOW_MS}


def withdrawal(number: int) -> Body:
    asked = {"id": f"w{number}", "diamonds": 10, "destination": "IBAN", "state": "requested", "asked_at_ms": NOW_MS}
    return {**asked, "reason": None, "reference": None}


def patron(name: str) -> Body:
    return {**person(name), "coins": 50, "gifts": 5}


DEBT = {"id": "d", "currency": "coin", "amount": 90, "left": 40, "reason": "", "at_ms": NOW_MS}
LISTS = {
    "entries": Case("/wallet", "wallet/statement", *paged("entries", "next_before", entry(2), entry(1)), row="entry"),
    "purchases": Case("/wallet", "topups", *paged("topups", "next_before", purchase(2), purchase(1)), "own-purchase"),
    "withdrawals": Case(
        "/wallet",
        "withdrawals",
        *paged("withdrawals", "next_before", withdrawal(2), withdrawal(1), least=10),
        row="withdrawal",
    ),
    "debts": Case("/wallet", "wallet/debts", *paged("debts", "next_before", DEBT), row="debt", hidden=True),
    "battles": Case(
        ROOM,
        "hosts/user-of-Ruby/battles",
        *paged("battles", "next", past(2), past(1)),
        row="past-battle",
        opened_by=("open-host",),
    ),
    "patrons-list": Case(
        ROOM,
        "rooms/room-of-Ruby/contributors",
        *paged("contributors", "next", patron("Kai")),
        row="patron",
        opened_by=("patron-heads",),
    ),
}


def house() -> House:
    found = House(["Ruby"])
    nothing = {"next_before": None}
    found.answers |= {
        ("GET", "topups/packages"): {"packages": [PACKAGE], "open": True, "test": False},
        ("GET", "wallet/earnings"): {"days": []},
        ("GET", "wallet/debts"): {"debts": [], **nothing},
        ("GET", "wallet/statement"): {"currency": "coin", "balance": 0, "entries": [], **nothing},
        ("GET", "topups"): {"topups": [], **nothing},
        ("GET", "withdrawals"): {"least": 10, "withdrawals": [], **nothing},
        ("GET", "me/follows"): {"people": [], "next": None},
        ("GET", "me/blocks"): {"people": [], "next": None},
    }
    return found


class Door:
    """Before one path of the API: who asks waits until the test answers."""

    def __init__(self) -> None:
        self._asked: list[Route] = []

    async def stand(self, page: Page, api: str) -> None:
        await page.route(lambda url: url.split("?")[0].endswith(f"/api/v1/{api}"), self._knock)

    def _knock(self, route: Route) -> None:
        self._asked.append(route)

    async def answer(self, body: Body, status: int = 200) -> None:
        async def knocked() -> bool:
            return bool(self._asked)

        await until(knocked, "a question")
        while self._asked:
            await self._asked.pop().fulfill(status=status, body=json.dumps(body), content_type="application/json")


async def opened(page: Page, case: Case) -> Door:
    for button in case.opened_by:
        await expect(page.get_by_test_id(button)).to_be_enabled()
    door, address = Door(), page.url
    if not case.opened_by:
        await page.goto(urljoin(address, "/static/nothing"))  # nobody is left who could still ask
    await door.stand(page, case.api)
    if not case.opened_by:
        await page.goto(address)
    for button in case.opened_by:
        await page.get_by_test_id(button).click()
    return door


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_waited_for_tried_again_goes_on_and_ends(browser: Browser, name: str) -> None:
    case = LISTS[name]
    async with visit(browser, house(), case.page, "Ruby", width=360) as page:
        door = await opened(page, case)
        shown = page.get_by_test_id(name)
        if not case.hidden:
            await expect(shown.get_by_role("status")).to_be_visible()
            await expect(shown).to_have_attribute("aria-busy", "true")
        for at, body in enumerate(case.pages):
            await door.answer(AWAY, 503)
            await expect(shown.get_by_role("alert")).to_be_visible()
            await fits(page, 360)
            await page.get_by_test_id(f"{name}-again").click()
            await door.answer(body)
            await expect(shown.get_by_test_id(case.row)).to_have_count(at + 1)
            await expect(shown.get_by_role("alert")).to_have_count(0)
            if at < len(case.pages) - 1:
                await page.get_by_test_id(f"{name}-more").click()
        await expect(page.get_by_test_id(f"{name}-end")).to_be_visible()
        await expect(page.get_by_test_id(f"{name}-more")).to_have_count(0)
        await expect(shown).to_have_attribute("aria-busy", "false")
        await fits(page, 360)


@pytest.mark.parametrize("name", [name for name, case in LISTS.items() if not case.hidden])
async def test_a_list_without_anything_says_so(browser: Browser, name: str) -> None:
    case = LISTS[name]
    async with visit(browser, house(), case.page, "Ruby", width=360) as page:
        door = await opened(page, case)
        await door.answer(case.none)
        await expect(page.get_by_test_id(f"{name}-none")).to_be_visible()
        await expect(page.get_by_test_id(f"{name}-end")).to_have_count(0)


async def test_gifts_that_do_not_come_are_asked_for_again_and_none_are_said_to_be_none(browser: Browser) -> None:
    case = Case(ROOM, "gifts", {"gifts": []}, (), row="gift-rose", opened_by=("gift-open",))
    async with visit(browser, house(), case.page, "Kai", width=360) as page:
        door = Door()
        await door.stand(page, case.api)
        await page.reload()
        await page.get_by_test_id("gift-open").click()
        tray = page.get_by_test_id("gift-tray")
        await expect(tray.get_by_role("status").first).to_be_visible()
        await door.answer(AWAY, 503)
        await expect(tray.get_by_role("alert")).to_be_visible()
        await page.get_by_test_id("gifts-again").click()
        await door.answer(case.none)
        await expect(page.get_by_test_id("gifts-none")).to_be_visible()


async def test_whom_a_host_blocks_is_waited_for_and_asked_for_again(browser: Browser) -> None:
    async with visit(browser, house(), "/studio", "Ruby", width=360) as page:
        door = await opened(page, Case("/studio", "me/blocks", {}, (), row=""))
        settings = page.get_by_test_id("host-settings")
        await settings.locator("summary").click()
        await expect(settings.get_by_role("status")).to_be_visible()
        await door.answer(AWAY, 503)
        await page.get_by_test_id("blocked-again").click()
        await door.answer({"people": [], "next": None})
        await expect(page.get_by_test_id("blocked-none")).to_be_visible()


async def test_what_a_wallet_holds_and_a_host_has_earned_is_asked_for_again(browser: Browser) -> None:
    async with visit(browser, house(), "/wallet", "Ruby", width=360) as page:
        balance, earned = Door(), Door()
        await balance.stand(page, "wallet")
        await earned.stand(page, "wallet/earnings")
        await page.reload()
        await balance.answer(AWAY, 503)
        await earned.answer(AWAY, 503)
        await page.get_by_test_id("balance-again").click()
        await page.get_by_test_id("earnings-again").click()
        await balance.answer({"coins": 7, "diamonds": 20, "entries": []})
        await expect(page.get_by_test_id("wallet-coins")).to_have_text("7")
        await earned.answer({"days": [{"day": "2026-01-01", "earned": 5, "taken_back": 0}]})
        await expect(page.get_by_test_id("earned")).to_be_visible()


async def test_what_coins_cost_is_asked_for_again(browser: Browser) -> None:
    case = Case("/wallet", "topups/packages", {}, (), row="buy-small")
    async with visit(browser, house(), case.page, "Kai", width=360) as page:
        door = await opened(page, case)
        await door.answer(AWAY, 503)
        await page.get_by_test_id("packages-again").click()
        await door.answer({"packages": [PACKAGE], "open": True, "test": False})
        await expect(page.get_by_test_id("buy-small")).to_be_enabled()
        await expect(page.get_by_test_id("packages-again")).to_have_count(0)


async def test_whom_a_host_can_meet_is_waited_for_and_nobody_is_said_only_when_it_is_known(browser: Browser) -> None:
    case = Case("/studio", "rooms", {"rooms": []}, (), row="host")
    async with visit(browser, house(), case.page, "Ruby", width=360) as page:
        door = await opened(page, case)
        hosts = page.get_by_test_id("hosts")
        await expect(hosts.get_by_role("status")).to_be_visible()
        await expect(page.get_by_test_id("hosts-none")).to_have_count(0)
        await door.answer(AWAY, 503)
        await page.get_by_test_id("hosts-again").click()
        await door.answer(case.none)
        await expect(page.get_by_test_id("hosts-none")).to_be_visible()
        await door.answer({"rooms": [live_card("mia")]})
        await expect(page.get_by_test_id("hosts-end")).to_be_visible()
