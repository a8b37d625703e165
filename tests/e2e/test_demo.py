"""``make demo``: somebody without a camera sees the product alive, kills the mixer, and the show goes on."""

import os
import signal
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.browser import browser, person
from tests.e2e.people import PATIENCE_MS, halves, stats, until
from tests.platform import platform
from tests.processes import descendants, named


async def test_the_demo_battles_by_itself_and_goes_on_without_its_mixer(tmp_path: Path) -> None:
    settings = {"MIXER_WIDTH": "360", "MIXER_HEIGHT": "320", "MIXER_FPS": "15", "BATTLE_FIGHT_S": "120"}
    async with platform(tmp_path / "data", "demo", **settings) as place, browser(tmp_path) as crowd:
        page = await person(crowd, place.address)
        await page.goto("/")
        battling = page.locator('[data-testid^="room-"][data-battle="true"]')
        await expect(battling).to_have_count(2, timeout=60_000)
        await battling.first.click()
        await until_composite_is(page, True)
        await expect(page.get_by_test_id("chat-gift").first).to_be_visible(timeout=PATIENCE_MS)

        mixers = named(descendants(place.process.pid), "rs-mixer")
        assert len(mixers) == 1
        os.kill(mixers[0], signal.SIGKILL)
        await until_composite_is(page, False)
        await until_composite_is(page, True)
        assert named(descendants(place.process.pid), "rs-mixer") != mixers
        await expect(page.get_by_test_id("battle-bar")).to_have_attribute("data-phase", "fighting")
        counted = await stats(page)
        assert (counted["joins"], counted["negotiations"], counted["reconnects"]) == (1, 1, 0), counted


async def until_composite_is(page: Page, wanted: bool) -> None:
    """The composite has red on its left and blue on its right; a camera is 9:16 and of one colour."""

    async def shown() -> str:
        seen = await halves(page)
        if seen is None:
            return "no picture"
        composite = seen["width"] > seen["height"]
        return "" if composite is wanted else f"composite wanted {wanted}, seen {seen}"

    await until(page, shown)
