"""``make screenshots``: every page on a phone and a desktop, from a demo that is played for it, into docs/screenshots.

``python -m tools.screenshots NAME...`` makes these ones alone.
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page

from tests.e2e.browser import browser, person
from tests.e2e.cameras import Look
from tests.platform import Platform, platform

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
WAIT_MS = 90_000
SETTLE_MS = 1_200  # pictures decoded, animations of entering over
JPEG_QUALITY = 82
RULES = {"BATTLE_FIGHT_S": "40"}
HOST = Look((196, 120, 60), 440)
ROOMS = '[data-testid^="room-"]'


async def nothing(page: Page) -> None:
    """The page is what it is when it opens."""


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    ready: str
    """Selector of what the picture is of."""
    who: str | None = None
    """Nobody, ``viewer``, ``host`` or ``admin``."""
    act: Callable[[Page], Awaitable[None]] = nothing
    """Before ``ready`` is waited for."""


async def into_a_battle(page: Page) -> None:
    await page.locator(f'{ROOMS}[data-battle="true"]').first.click()
    await page.locator('[data-testid="battle-bar"][data-phase="fighting"]').wait_for()
    await page.get_by_test_id("gift-banner").first.wait_for()


async def to_the_victory(page: Page) -> None:
    await into_a_battle(page)
    await page.get_by_test_id("battle-result").wait_for()


async def to_the_gifts(page: Page) -> None:
    await into_a_battle(page)
    opener = page.get_by_test_id("gift-open")
    if await opener.is_visible():  # a wide page shows the gifts always
        await opener.click()


async def with_a_room(page: Page) -> None:
    await page.goto("/studio")
    await page.get_by_test_id("room-title").fill("Anna plays the piano")
    await page.get_by_test_id("create-room").click()
    await page.get_by_test_id("go-live").wait_for()


async def to_the_key(page: Page) -> None:
    await with_a_room(page)
    await page.goto("/studio/key")


async def live(page: Page) -> None:
    await with_a_room(page)
    await page.get_by_test_id("go-live").click()


SHOTS = (
    Shot("lobby", "/", f'{ROOMS}[data-battle="true"] >> nth=1'),
    Shot("battle", "/", "[data-testid=battle-bar]", act=into_a_battle),
    Shot("victory", "/", "[data-testid=battle-result]", act=to_the_victory),
    Shot("gifts", "/", "[data-testid=gift-tray]", "viewer", act=to_the_gifts),
    Shot("login", "/login", "[data-testid=signup-submit]"),
    Shot("reset", "/reset", "main"),
    Shot("wallet", "/wallet", "main:not([aria-busy=true])", "viewer"),
    Shot("me", "/me", "main:not([aria-busy=true])", "viewer"),
    Shot("me-follows", "/me?tab=follows", "main:not([aria-busy=true])", "viewer"),
    Shot("me-broadcasts", "/me?tab=broadcasts", "main:not([aria-busy=true])", "viewer"),
    Shot("me-sessions", "/me?tab=sessions", "main:not([aria-busy=true])", "viewer"),
    Shot("studio-before", "/studio", "[data-testid=go-live]", "host", act=with_a_room),
    Shot("studio", "/studio", '[data-testid=studio][data-live="true"]', "host", act=live),
    Shot("stream-key", "/studio/key", "main:not([aria-busy=true])", "host", act=to_the_key),
    Shot("admin", "/admin", '[data-testid^="admin-room-"]', "admin"),
)


async def sign_in(page: Page, name: str, password: str) -> None:
    await page.goto("/login")
    await page.get_by_test_id("tab-login").click()
    await page.get_by_test_id("login-name").fill(name)
    await page.get_by_test_id("login-password").fill(password)
    await page.get_by_test_id("login-submit").click()


async def sign_up(page: Page, name: str) -> None:
    await page.goto("/login")
    await page.get_by_test_id("signup-name").fill(name)
    await page.get_by_test_id("signup-password").fill(f"secret of {name}")
    await page.get_by_test_id("signup-submit").click()


class Studio:
    """Where the pictures are taken: a platform, a browser, and who has signed in so far."""

    def __init__(self, place: Platform, opened: Browser) -> None:
        self._place = place
        self._opened = opened
        self._sessions: dict[str, str] = {}

    async def shoot(self, shot: Shot, size: str) -> None:
        width, height = SIZES[size]
        page = await person(self._opened, self._place.address, width=width, height=height)
        page.context.set_default_timeout(WAIT_MS)
        if shot.who is not None:
            await self._sign_in(page, shot.who if shot.who != "host" else f"anna-{len(self._sessions)}")
        await page.goto(shot.path)
        await shot.act(page)
        await page.locator(shot.ready).first.wait_for()
        await page.wait_for_timeout(SETTLE_MS)
        file = FOLDER / f"{shot.name}-{size}.jpg"
        await page.screenshot(path=file, type="jpeg", quality=JPEG_QUALITY)
        await page.context.close()
        print(file.relative_to(FOLDER.parent.parent), flush=True)

    async def _sign_in(self, page: Page, name: str) -> None:
        """Once a person: an address may not sign up as often as there are pictures."""
        if name in self._sessions:
            await page.goto("/login")
            await page.evaluate("kept => localStorage.setItem('ringside.session', kept)", self._sessions[name])
            return
        if name == "admin":
            await sign_in(page, name, self._place.admin_password)
        else:
            await sign_up(page, name)
        await page.get_by_test_id("nav-me").wait_for()
        self._sessions[name] = await page.evaluate("localStorage.getItem('ringside.session')")


async def main(names: list[str]) -> None:
    wanted = [shot for shot in SHOTS if not names or shot.name in names]
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        async with platform(home / "data", "demo", **RULES) as place, browser(home, HOST, "anna") as opened:
            studio = Studio(place, opened)
            for shot in wanted:
                for size in SIZES:
                    await studio.shoot(shot, size)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
