"""The pages in Chromium under the policy that the server sends: they start, speak both languages, and trust no text."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from server import pages
from server.http import listen, serving
from tests.chromium import CHROMIUM

HOSTILE = "<img src=x onerror=\"document.title='owned'\">{{7*7}}"
ROOM = "01KMIA00000000000000000000"
LIVE = {
    "room": ROOM,
    "title": HOSTILE,
    "host": {"user": "01KUSER000000000000000000A", "name": HOSTILE},
    "live": True,
    "state": "live",
    "broadcast": "01KB0000000000000000000000",
    "started_at_ms": 1,
    "viewers": 12345,
    "in_battle": True,
}

SHEETS_IN_ORDER = """async () => {
  const { ORDER } = await import('/static/sheets.js');
  const worn = [...document.querySelectorAll('link[rel=stylesheet]')].map((link) => /(\\w+)\\.css$/.exec(link.href)[1]);
  return worn.length > 8 && worn.join() === ORDER.filter((name) => worn.includes(name)).join();
}"""


def site(live: list[dict[str, Any]]) -> FastAPI:
    """The server's own pages, with a lobby that says what the test wants."""
    app = FastAPI()

    @app.get("/api/v1/rooms")
    async def lobby() -> JSONResponse:
        return JSONResponse({"rooms": live})

    @app.get("/api/v1/hosts/{user}/standing")
    async def standing(user: str) -> JSONResponse:
        record = {"battles": 9, "wins": 7, "draws": 0, "losses": 2, "streak": 3, "best_streak": 4}
        return JSONResponse({"user": user, "rating": 1612, **record})

    @app.options("/whep/{room}")
    async def no_ice_servers() -> JSONResponse:
        return JSONResponse(None)

    @app.post("/api/v1/sessions")
    async def refused() -> JSONResponse:
        problem = {"code": "credentials-wrong", "detail": "Name or password is wrong", "status": 401}
        return JSONResponse(problem, 401)

    pages.install(app)
    return app


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield opened
        await opened.close()


@asynccontextmanager
async def visit(
    browser: Browser, live: list[dict[str, Any]], path: str, locale: str, width: int = 390
) -> AsyncIterator[Page]:
    """A page that stands at ``path``; it must have no error, broken script or violation of the policy until its end."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "401" not in message.text:
            complaints.append(message.text)

    listener = listen("127.0.0.1", 0)
    async with serving(site(live), listener):
        page = await browser.new_page(locale=locale, viewport={"width": width, "height": 844})
        page.set_default_timeout(20_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}{path}")
        yield page
        await page.close()
    assert complaints == []


@pytest.mark.parametrize(("locale", "words", "lang"), [("zh-CN", "正在直播", "zh-CN"), ("en-GB", "On air now", "en")])
async def test_the_lobby_speaks_the_readers_language_and_takes_no_text_for_markup(
    chromium: Browser, locale: str, words: str, lang: str
) -> None:
    async with visit(chromium, [LIVE], "/", locale) as page:
        card = page.get_by_test_id(f"room-{ROOM}")
        await expect(card.locator(".card-title")).to_have_text(HOSTILE)
        await expect(card.locator(".card-host")).to_have_text(HOSTILE)
        await expect(card.get_by_test_id("fame")).to_have_attribute("data-streak", "3")
        await expect(card.get_by_test_id("battle-badge")).to_be_visible()
        await expect(page.locator("main")).to_contain_text(words)
        assert await page.locator("img[src=x]").count() == 0
        assert await page.title() == "Ringside"
        assert await page.evaluate("document.documentElement.lang") == lang


async def test_an_empty_lobby_says_how_to_begin_and_the_language_can_be_changed(chromium: Browser) -> None:
    async with visit(chromium, [], "/", "en") as page:
        await expect(page.get_by_test_id("lobby-empty")).to_contain_text("make demo")
        await page.get_by_test_id("language").click()
        await expect(page.get_by_test_id("lobby-empty")).to_contain_text("还没有人开播")
        await page.reload()
        await expect(page.get_by_test_id("lobby-empty")).to_contain_text("还没有人开播")


async def test_a_page_that_is_opened_later_speaks_the_language_of_now_and_its_sheets_stand_in_order(
    chromium: Browser,
) -> None:
    async with visit(chromium, [], "/studio", "en") as page:
        await expect(page.get_by_test_id("tab-login")).to_have_text("Sign in")
        await page.get_by_test_id("language").click()
        await expect(page.get_by_test_id("tab-login")).to_have_text("登录")
        await page.locator(".wordmark").click()
        await expect(page.get_by_test_id("lobby-empty")).to_contain_text("还没有人开播")
        await page.get_by_test_id("language").click()
        await expect(page.get_by_test_id("lobby-empty")).to_contain_text("Nobody is live")
        assert await page.evaluate(SHEETS_IN_ORDER)


async def test_a_refused_sign_in_is_told_in_the_readers_words_and_keeps_what_was_typed(chromium: Browser) -> None:
    async with visit(chromium, [], "/login", "zh") as page:
        await page.get_by_test_id("tab-login").click()
        await page.get_by_test_id("login-name").fill("mia")
        await page.get_by_test_id("login-password").fill("not her password")
        await page.get_by_test_id("login-submit").click()
        await expect(page.get_by_test_id("account-error")).to_have_text("昵称或密码错误")
        await expect(page.get_by_test_id("login-name")).to_have_value("mia")


@pytest.mark.parametrize("width", [360, 1280])
async def test_no_page_is_wider_than_its_screen_and_every_target_is_large_enough(chromium: Browser, width: int) -> None:
    async with visit(chromium, [LIVE], "/", "en", width) as page:
        for path in ("/", "/login", "/reset", "/email", "/me", "/studio", "/wallet", "/admin", "/nowhere/at/all"):
            await page.evaluate(
                "path => { history.pushState(null, '', path); dispatchEvent(new Event('popstate')) }", path
            )
            await expect(page.locator("main")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            small = await page.evaluate(
                """() => [...document.querySelectorAll('a, button, input, select')]
                  .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
                  .filter(([, box]) => box.width > 0 && (box.width < 43 || box.height < 43))
                  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
            )
            assert small == [], json.dumps(small, indent=1)
