"""The page for encoders in Chromium: the key is hidden, copied, made anew only when asked twice."""

from collections import deque
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, Page, expect

from tests.web.house import NOW_MS, House, chromium, fits, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "rk_0123456789"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def house(made_at_ms: int | None = None) -> House:
    home = House()
    home.answers["GET", "stream-key"] = {"made_at_ms": made_at_ms}
    home.answers["POST", "stream-key"] = {"key": KEY}
    return home


async def copied(page: Page, what: str) -> str:
    await page.get_by_test_id(f"copy-{what}").click()
    await expect(page.get_by_test_id(f"copied-{what}")).not_to_be_empty()
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_address_key_and_command_are_copied_while_the_key_stays_hidden_until_it_is_asked_for(
    browser: Browser,
) -> None:
    home = house()
    async with visit(browser, home, "/studio/key", "Ruby") as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        address = await copied(page, "whip-address")
        assert address.startswith("http://127.0.0.1:") and address.endswith("/whip/room-of-Ruby")
        await expect(page.get_by_test_id("ffmpeg-command")).to_contain_text("-authorization KEY")
        await page.get_by_test_id("new-stream-key").click()
        await expect(page.get_by_test_id("stream-key")).to_contain_text("•")
        assert await copied(page, "stream-key") == KEY
        command = await copied(page, "ffmpeg-command")
        assert command.startswith("ffmpeg ") and command.endswith(f"-f whip -authorization {KEY} {address}")
        assert KEY not in await page.locator("main").inner_text()
        await page.get_by_test_id("show-key").click()
        await expect(page.get_by_test_id("stream-key")).to_have_text(KEY)
        await expect(page.get_by_test_id("ffmpeg-command")).to_contain_text(KEY)
        await fits(page, 390)
    assert len(home.commanded("POST", "stream-key")) == 1


async def test_a_key_that_is_in_use_is_replaced_only_when_asked_twice(browser: Browser) -> None:
    home = house(made_at_ms=NOW_MS)
    async with visit(browser, home, "/studio/key", "Ruby", locale="zh", width=360) as page:
        await expect(page.get_by_test_id("key-made")).to_be_visible()
        await fits(page, 360)
        await page.get_by_test_id("again-stream-key").click()
        assert home.commanded("POST", "stream-key") == []
        await page.get_by_test_id("again-stream-key-confirm").click()
        await expect(page.get_by_test_id("stream-key")).to_be_visible()
    assert len(home.commanded("POST", "stream-key")) == 1


async def test_what_did_not_come_is_asked_for_once_more(browser: Browser) -> None:
    home = house()
    away = JSONResponse({"code": "store-away", "status": 503}, 503)
    home.answers["GET", "stream-key"] = deque([away, {"made_at_ms": None}])
    async with visit(browser, home, "/studio/key", "Ruby") as page:
        await page.get_by_test_id("key-try-again").click()
        await expect(page.get_by_test_id("new-stream-key")).to_be_visible()


async def test_who_has_no_room_is_led_to_the_studio_whose_link_leads_back(browser: Browser) -> None:
    home = house()
    home.answers["GET", "rooms/mine"] = JSONResponse({"code": "room-unknown", "status": 404}, 404)
    async with visit(browser, home, "/studio/key", "Ruby") as page:
        await expect(page.get_by_test_id("no-room")).to_be_visible()
    del home.answers["GET", "rooms/mine"]
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("stream-key-link").click()
        await expect(page.get_by_test_id("whip-address")).to_be_visible()
