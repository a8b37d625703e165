"""What the first page costs: everything that Chromium really fetched for it, as it came over the wire."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.web.house import House, chromium, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_BYTES = 150_000
LATE = "/vendor/hls.js"  # only where WebRTC does not get through
FETCHED = """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map(({ name, encodedBodySize, decodedBodySize }) => [name, encodedBodySize, decodedBodySize])"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/rooms/room-of-Ruby"])
async def test_the_first_page_costs_less_than_its_budget_whichever_it_is(browser: Browser, path: str) -> None:
    async with visit(browser, House(["Ruby"]), path) as page:
        await expect(page.locator("main")).to_be_visible()
        await page.wait_for_load_state("networkidle")  # the lobby fetches the room ahead
        fetched = await page.evaluate(FETCHED)
    assert len(fetched) > 30, "modules were fetched one by one"
    assert [name for name, _, _ in fetched if name.endswith(LATE)] == []
    modules = [(name, sent, whole) for name, sent, whole in fetched if name.endswith(".js") and whole > 1000]
    assert [name for name, sent, whole in modules if sent >= whole] == [], "not packed"
    assert sum(sent for _, sent, _ in fetched) < MOST_BYTES, sorted(fetched, key=lambda each: -each[1])[:20]


@pytest.mark.parametrize(("path", "who"), [("/login", None), ("/wallet", "Mina")])
async def test_the_shell_names_every_module_of_its_page_so_that_none_waits_for_another(
    browser: Browser, path: str, who: str | None
) -> None:
    async with visit(browser, House(), path, who) as page:
        await expect(page.locator("main[aria-busy]")).to_have_count(0)
        named = await page.locator("link[rel=modulepreload]").evaluate_all("links => links.map(link => link.href)")
        fetched = await page.evaluate(FETCHED)
    assert sorted(named) == sorted(name for name, _, _ in fetched if name.endswith(".js"))
