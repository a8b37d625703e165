"""``make demo``: somebody without a camera sees the product alive, kills the mixer, and the show goes on."""

import os
import signal
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.browser import browser, person
from tests.e2e.people import PATIENCE_MS, halves, stats, until
from tests.platform import platform
from tests.processes import descendants, named

# Notes each change of the picture's shape; a page that looks late may find it wide again.
NOTE_SHAPES = """() => {
  const video = document.querySelector('[data-testid="program"]');
  window.shapes = [];
  video.addEventListener('resize', () => window.shapes.push(video.videoWidth > video.videoHeight ? 'wide' : 'tall'));
}"""


async def test_the_demo_battles_by_itself_and_goes_on_without_its_mixer(tmp_path: Path) -> None:
    settings = {"MIXER_WIDTH": "360", "MIXER_HEIGHT": "320", "MIXER_FPS": "15", "BATTLE_FIGHT_S": "120"}
    async with platform(tmp_path / "data", "demo", **settings) as place, browser(tmp_path) as crowd:
        page = await person(crowd, place.address)
        await page.goto("/")
        battling = page.locator('[data-testid^="room-"][data-battle="true"]')
        await expect(battling).to_have_count(2, timeout=60_000)
        await battling.first.click()
        await until_the_composite_is_there(page)
        await expect(page.get_by_test_id("chat-gift").first).to_be_visible(timeout=PATIENCE_MS)

        mixers = named(descendants(place.process.pid), "rs-mixer")
        assert len(mixers) == 1
        await page.evaluate(NOTE_SHAPES)
        os.kill(mixers[0], signal.SIGKILL)
        await until_a_camera_was_shown(page)
        await until_the_composite_is_there(page)
        assert named(descendants(place.process.pid), "rs-mixer") != mixers
        await expect(page.get_by_test_id("battle-bar")).to_have_attribute("data-phase", "fighting")
        counted = await stats(page)
        assert (counted["joins"], counted["negotiations"], counted["reconnects"]) == (1, 1, 0), counted


async def until_a_camera_was_shown(page: Page) -> None:
    async def shown() -> str:
        shapes: list[str] = await page.evaluate("window.shapes")
        return "" if shapes else "the picture was always wide"

    await until(page, shown)


async def until_the_composite_is_there(page: Page) -> None:
    """A composite is wide; a camera of this demo is 9:16."""

    async def shown() -> str:
        seen = await halves(page)
        return "" if seen is not None and seen["width"] > seen["height"] else f"no composite: {seen}"

    await until(page, shown)
