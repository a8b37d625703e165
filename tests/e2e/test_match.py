"""Any opponent: a host looks for one with one tap, meets him, gives up, and finds the battle in his record."""

from pathlib import Path

import httpx2
from playwright.async_api import Page, expect

from tests.e2e.browser import browser
from tests.e2e.cameras import BLUE, RED
from tests.e2e.encoders import synthetic_host
from tests.e2e.people import PATIENCE_MS, live_host, until_colours_are
from tests.platform import platform

SETTINGS = {"MIXER_WIDTH": "360", "MIXER_HEIGHT": "320", "MIXER_FPS": "15", "BATTLE_FIGHT_S": "60"}


async def test_a_host_finds_any_opponent_with_one_tap_and_the_battle_is_in_his_record(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", **SETTINGS) as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
        browser(tmp_path, RED, "red") as reds,
        synthetic_host(place, http, "Sapphire", BLUE) as sapphire,
    ):
        ruby, _ = await live_host(reds, place.address, "Ruby")
        await ruby.get_by_test_id("match-find").click(timeout=PATIENCE_MS)
        await expect(ruby.get_by_test_id("match-waiting")).to_contain_text("1,500 ± 100", timeout=PATIENCE_MS)
        wish = await http.post(f"/api/v1/rooms/{sapphire.room}/match", json={}, headers=sapphire.headers)
        assert wish.status_code == 202, wish.text

        await expect(ruby.get_by_test_id("battle-bar")).to_have_attribute("data-phase", "fighting", timeout=PATIENCE_MS)
        await until_colours_are(ruby, f'video[data-user="{sapphire.user}"]', {(0.5, 0.4): BLUE.colour})
        await ruby.get_by_test_id("surrender").click()
        await ruby.get_by_test_id("surrender-confirm").click()
        await expect(ruby.get_by_test_id("battle-result")).to_be_visible(timeout=PATIENCE_MS)
        await expect(ruby.get_by_test_id("result-rating")).to_have_attribute("data-gained", "-16")
        await the_record_has_it(ruby)


async def the_record_has_it(ruby: Page) -> None:
    await ruby.get_by_test_id("my-battles").click()
    row = ruby.get_by_test_id("past-battle")
    await expect(row).to_have_attribute("data-outcome", "lost", timeout=PATIENCE_MS)
    await expect(row).to_contain_text("against Sapphire")
    await expect(ruby.get_by_test_id("host-dialog").get_by_test_id("fame")).to_have_attribute("data-rating", "1484")
