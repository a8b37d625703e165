"""Broadcasts that are over in Chromium: the summary in the studio, and the list on one's own page."""

from collections import deque
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, Page, expect

from tests.web.house import NOW_MS, Body, House, chromium, fits, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUBYS = "rooms/room-of-Ruby/broadcasts"
HOUR_MS = 3_600_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def past(broadcast: str, **changes: object) -> Body:
    said = {"peak": 321, "unique": 987, "messages": 55, "likes": 4321}
    given = {"gifts": 12, "givers": 3, "coins": 1200, "diamonds": 600}
    span = {"started_at_ms": NOW_MS - HOUR_MS, "ended_at_ms": NOW_MS, "reason": "ended"}
    return {
        "id": broadcast,
        **span,
        **said,
        **given,
        "battles": {"won": 2, "drawn": 0, "lost": 1},
        "replay": None,
    } | changes


def page_of(*listed: Body, next_before: str | None = None) -> Body:
    return {"broadcasts": list(listed), "next_before": next_before}


async def figure(page: Page, name: str) -> str:
    return await page.get_by_test_id(f"past-{name}").first.inner_text()


async def test_who_ends_his_broadcast_sees_what_it_was_and_goes_live_again_with_one_tap(browser: Browser) -> None:
    home = House(["Ruby"])
    home.answers["GET", RUBYS] = deque([page_of(), page_of(past("older")), page_of(past("b"))])
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("studio")).to_have_attribute("data-live", "true")
        await expect(page.get_by_test_id("summary")).to_have_count(0)
        await home.tell("broadcast.ended", {"id": "b", "state": "ended", "reason": "ended", "ended_at_ms": NOW_MS})
        await expect(page.get_by_test_id("past-diamonds")).to_have_text("600")
        names = ("lasted", "peak", "unique", "messages", "likes", "gifts", "givers", "coins", "battles")
        shown = [await figure(page, name) for name in names]
        assert shown == ["1:00:00", "321", "987", "55", "4,321", "12", "3", "1,200", "2 · 0 · 1"]
        await fits(page, 390)
        await page.get_by_test_id("summary-go-live").click()
        await home.until_commanded("POST", "room-of-Ruby")


async def test_a_broadcast_that_ended_without_its_host_is_summed_up_at_his_next_visit_until_he_closes_it(
    browser: Browser,
) -> None:
    home = House()
    home.answers["GET", RUBYS] = page_of(past("lost", reason="lost", peak=None))
    async with visit(browser, home, "/studio", "Ruby", locale="zh", width=360) as page:
        await expect(page.get_by_test_id("summary")).to_have_attribute("data-broadcast", "lost")
        assert await figure(page, "peak") == "–"
        await fits(page, 360)
        await page.reload()
        await page.get_by_test_id("summary-close").click()
        await expect(page.get_by_test_id("summary")).to_have_count(0)
        await page.reload()
        await expect(page.get_by_test_id("studio")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_test_id("summary")).to_have_count(0)


async def test_figures_that_did_not_come_are_asked_for_once_more(browser: Browser) -> None:
    home = House(["Ruby"])
    away = JSONResponse({"code": "store-away", "status": 503}, 503)
    home.answers["GET", RUBYS] = deque([page_of(), away, page_of(past("b"))])
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("studio")).to_have_attribute("data-live", "true")
        await home.tell("broadcast.ended", {"id": "b", "state": "ended", "reason": "lost", "ended_at_ms": NOW_MS})
        await page.get_by_test_id("summary-again").click()
        await expect(page.get_by_test_id("past-coins")).to_have_text("1,200")


async def test_ones_own_broadcasts_come_page_by_page_to_their_end(browser: Browser) -> None:
    home = House()
    away = JSONResponse({"code": "store-away", "status": 503}, 503)
    pages = [page_of(past("second"), next_before="second"), away, page_of(past("first", coins=7))]
    home.answers["GET", RUBYS] = deque(pages)
    async with visit(browser, home, "/me?tab=broadcasts", "Ruby", width=360) as page:
        await expect(page.get_by_test_id("me-broadcasts")).to_have_attribute("aria-current", "page")
        await expect(page.get_by_test_id("past")).to_have_count(1)
        await page.get_by_test_id("broadcasts-more").click()
        await page.get_by_test_id("broadcasts-again").click()
        await expect(page.get_by_test_id("past")).to_have_count(2)
        await expect(page.get_by_test_id("broadcasts-end")).to_be_visible()
        await expect(page.get_by_test_id("past").last.get_by_test_id("past-coins")).to_have_text("7")
        await fits(page, 360)


async def test_who_has_never_broadcast_is_told_how(browser: Browser) -> None:
    home = House()
    async with visit(browser, home, "/me?tab=broadcasts", "Ruby") as page:
        await expect(page.get_by_test_id("broadcasts-none")).to_be_visible()
    home.answers["GET", "rooms/mine"] = JSONResponse({"code": "room-unknown", "status": 404}, 404)
    async with visit(browser, home, "/me?tab=broadcasts", "Ruby") as page:
        await expect(page.get_by_test_id("broadcasts-none")).to_be_visible()
