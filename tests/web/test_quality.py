"""Every page, on a phone in the dark and a desktop in the light: no complaint, nothing too wide, nobody kept out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from server import pages
from server.http import listen, serving
from tests.web.house import NOW_MS, House, battle, chromium, fits, live_card, member, person, signed_in, until_true

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESSES = {"/rooms/{room}": "/rooms/room-of-Ruby"}
EVERY = [ADDRESSES.get(page, page) for page in pages.PAGES] + [
    f"/me?tab={tab}" for tab in ("broadcasts", "follows", "sessions")
]
NOTE_VIOLATIONS = """violations = [];
addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective));"""
# Chromium's own words for an answer that is no 2xx: nobody is live in this house.
REFUSED = "Failed to load resource"
SCHEMES: dict[int, Literal["dark", "light"]] = {390: "dark", 1280: "light"}
KEEPS_OUT = ("serious", "critical")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def house() -> House:
    found = House(["Ruby"])
    nothing: dict[str, Any] = {"next_before": None}
    found.answers |= {
        ("GET", "rooms/mine"): {**live_card("Vera"), "broadcast": None},
        ("GET", "stream-key"): {"made_at_ms": None},
        ("GET", "me"): {**person("Vera"), "roles": ["viewer"], "about": "", "email": None},
        ("GET", "me/follows"): {"people": [], "next": None},
        ("GET", "me/blocks"): {"people": [], "next": None},
        ("GET", "me/sessions"): {"sessions": []},
        ("GET", "topups/packages"): {"packages": [], "open": False, "test": False},
        ("GET", "topups"): {"topups": [], **nothing},
        ("GET", "wallet/debts"): {"debts": [], **nothing},
        ("GET", "wallet/statement"): {"currency": "coin", "balance": 0, "entries": [], **nothing},
    }
    return found


@asynccontextmanager
async def watched(
    browser: Browser, path: str, who: str | None, width: int, home: House | None = None, roles: tuple[str, ...] = ()
) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page, and what its console has complained of so far."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            complaints.append(message.text)

    listener = listen("127.0.0.1", 0)
    async with serving((home or house()).app(), listener):
        page = await browser.new_page(
            viewport={"width": width, "height": 844}, reduced_motion="reduce", color_scheme=SCHEMES[width]
        )
        page.set_default_timeout(20_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.add_init_script(NOTE_VIOLATIONS)
        if who is not None:
            await page.add_init_script(signed_in({**person(who), "roles": ["viewer", *roles]}))
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}{path}")
        yield page, complaints
        await page.close()


async def turn(page: Page, width: int) -> None:
    """The same page as a phone or a desktop, in the colours of that one."""
    await page.set_viewport_size({"width": width, "height": 844})
    await page.emulate_media(color_scheme=SCHEMES[width])


async def barriers(page: Page) -> list[str]:
    """What axe finds that keeps somebody out: the rule, and where."""
    found = (await Axe().run(page)).response["violations"]
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
        if node["impact"] in KEEPS_OUT
    ]


@pytest.mark.parametrize("who", [None, "Vera"])
@pytest.mark.parametrize("path", EVERY)
async def test_a_page_has_nothing_to_complain_of(browser: Browser, path: str, who: str | None) -> None:
    async with watched(browser, path, who, 390) as (page, complaints):
        await expect(page.locator("main:not([aria-busy=true])").first).to_be_visible()
        await fits(page, 390)
        assert await barriers(page) == []
        await turn(page, 1280)
        await fits(page, 1280)
        assert await barriers(page) == []
        assert await page.evaluate("violations") == []
    assert complaints == []


async def test_what_the_policy_forbids_is_noticed(browser: Browser) -> None:
    async with watched(browser, "/login", None, 390) as (page, complaints):
        await page.evaluate("""() => {
          const script = document.createElement('script');
          script.textContent = 'document.title = "owned"';
          document.head.append(script);
        }""")
        await until_true(page, "violations.length > 0")
        assert (await page.evaluate("violations"))[0].startswith("script-src")
        assert await page.title() == "Sign in · Ringside"
    assert complaints != []


async def test_what_keeps_somebody_out_is_noticed(browser: Browser) -> None:
    async with watched(browser, "/login", None, 390) as (page, _):
        await expect(page.get_by_test_id("tab-login")).to_be_visible()
        await page.evaluate("""() => {
          const field = document.createElement('input');
          document.querySelector('main').append(field);
        }""")
        assert [each.split(":")[0] for each in await barriers(page)] == ["label"]


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_pages_light_up_for_who_asks_for_it_and_the_stage_stays_dark(browser: Browser, width: int) -> None:
    async with watched(browser, "/login", None, width) as (page, _):
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        light = width == 1280
        assert (await page.evaluate(ground) == "rgb(244, 241, 250)") is light
        await page.goto(page.url.replace("/login", "/rooms/room-of-Ruby"))
        await expect(page.get_by_test_id("room")).to_be_visible()
        assert await page.evaluate(ground) == "rgb(7, 5, 13)"
        await page.get_by_test_id("leave").click()
        await expect(page.locator(".lobby")).to_be_visible()
        assert (await page.evaluate(ground) == "rgb(244, 241, 250)") is light


HOLDS = {"holds": True, "at_ms": NOW_MS, "took_ms": 1, "age_ms": 1, "late": False}
OPENED = {
    "gifts": ("/rooms/room-of-Ruby", "gift-open", "gift-tray"),
    "host": ("/rooms/room-of-Ruby", "open-host", "host-dialog"),
    "patrons": ("/rooms/room-of-Ruby", "patron-heads", "patrons"),
    "menu": ("/rooms/room-of-Ruby", "room-menu", "room-menu-list"),
    "line": ("/rooms/room-of-Ruby", "chat-line", "line-menu"),
    "studio": ("/studio", "my-battles", "host-dialog"),
    "ops": ("/admin", "admin-end-room-of-Ruby", "admin-text"),
}


@pytest.mark.parametrize("name", OPENED)
async def test_what_opens_on_a_page_keeps_nobody_out(browser: Browser, name: str) -> None:
    path, button, shown = OPENED[name]
    home = house()
    home.battle = battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)])
    entries = {"rooms": [{**live_card("Ruby"), "source": "camera", "worker": "w1"}], "sanctions": [], "entries": []}
    home.answers |= {("GET", f"admin/{each}"): entries for each in ("rooms", "sanctions", "audit")}
    home.answers["GET", "admin/ledger"] = {**HOLDS, "checks": []}
    async with watched(browser, path, "Vera", 390, home, ("host", "admin")) as (page, complaints):
        await page.get_by_test_id(button).first.click()
        for width in SCHEMES:
            await turn(page, width)
            await expect(page.get_by_test_id(shown).first).to_be_visible()
            await fits(page, width)
            assert await barriers(page) == []
    assert complaints == []
