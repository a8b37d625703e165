"""Make the pictures of the README: run `make demo` in one window, then `python -m tools.pictures ADMIN_PASSWORD`."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.browser import CHROMIUM, FLAGS

ADDRESS = "http://localhost:8000"
FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WAIT_MS = 120_000


async def page_of(browser: Browser, width: int, height: int) -> Page:
    context = await browser.new_context(
        base_url=ADDRESS,
        locale="en-US",
        viewport={"width": width, "height": height},
        permissions=["camera", "microphone"],
    )
    context.set_default_timeout(WAIT_MS)
    return await context.new_page()


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/pictures/{name}.png")


async def sign_in(page: Page, name: str, password: str) -> None:
    await page.goto("/login")
    await page.get_by_test_id("tab-login").click()
    await page.get_by_test_id("login-name").fill(name)
    await page.get_by_test_id("login-password").fill(password)
    await page.get_by_test_id("login-submit").click()
    await page.get_by_test_id("person").wait_for()


async def main(password: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        viewer = await page_of(browser, 390, 844)
        await viewer.goto("/")
        await viewer.locator('[data-testid^="room-"][data-battle="true"]').nth(1).wait_for()
        await shoot(viewer, "lobby")
        await viewer.locator('[data-testid^="room-"]').first.click()
        await viewer.locator('[data-testid="battle-bar"][data-phase="fighting"]').wait_for()
        await viewer.locator('[data-testid="gift-banner"]').first.wait_for()
        await viewer.wait_for_timeout(12_000)
        await shoot(viewer, "battle")
        await viewer.get_by_test_id("battle-result").wait_for()
        await viewer.wait_for_timeout(1_500)
        await shoot(viewer, "victory")
        await viewer.context.close()
        host = await page_of(browser, 1280, 800)
        await sign_in(host, "admin", password)
        await host.goto("/admin")
        await host.locator('[data-testid^="admin-room-"]').first.wait_for()
        await shoot(host, "admin")
        await host.goto("/studio")
        if await host.get_by_test_id("create-room").count() or not await host.get_by_test_id("studio").count():
            await host.get_by_test_id("create-room").or_(host.get_by_test_id("go-live")).first.wait_for()
        if await host.get_by_test_id("create-room").count():
            await host.get_by_test_id("create-room").click()
        await host.get_by_test_id("go-live").click()
        await host.locator('[data-testid="studio"][data-live="true"]').wait_for()
        await host.wait_for_timeout(3_000)
        await shoot(host, "studio")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
