"""A viewer comes on stage: he applies on his page, the host lets him, and another viewer sees and hears both.

And what the host shows of her screen beside them.
"""

from pathlib import Path

import httpx2
from playwright.async_api import Page, expect

from tests.e2e.browser import browser, person
from tests.e2e.cameras import BLUE, RED
from tests.e2e.encoders import encoder, synthetic_host
from tests.e2e.people import PATIENCE_MS, signed_up, tones, until, until_colours_are, until_halves_are
from tests.platform import Platform, platform
from tests.server.test_bad_input import Member

# A tone that is there stands far out of what the codecs leave of one that is muted.
HEARD_DB, BELOW_DB = 40, 30
GREEN, BLACK = (30, 180, 30), (0, 0, 0)
SETTINGS = {"MIXER_WIDTH": "360", "MIXER_HEIGHT": "320", "MIXER_FPS": "15"}


async def test_a_guest_applies_is_approved_and_is_seen_and_heard_by_the_room(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", **SETTINGS) as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
        browser(tmp_path, BLUE, "guest") as opened,
        synthetic_host(place, http, "Ruby", RED) as ruby,
    ):
        kai = await signed_up(opened, place.address, "Kai", calm=True)
        user = str(await kai.get_by_test_id("person").get_attribute("data-user"))
        viewer = await person(opened, place.address, calm=True)
        for page in (kai, viewer):
            await page.goto(f"/rooms/{ruby.room}")
        await until_halves_are(viewer, RED.colour, RED.colour)

        await kai_is_let_on_stage(http, kai, user, ruby)
        await until_halves_are(viewer, RED.colour, BLUE.colour)
        await until_heard(viewer, RED.tone_hz, BLUE.tone_hz)
        await kai_meets_his_host_directly(kai, ruby)
        await the_host_mutes_him(http, viewer, user, ruby)
        await the_host_shows_her_screen(place, http, viewer, kai, ruby)

        await kai.get_by_test_id("guest-leave").click()
        await kai.get_by_test_id("guest-leave-confirm").click()
        await until_halves_are(viewer, RED.colour, RED.colour)
        assert not await kai.get_by_test_id("program").evaluate("video => video.muted")


async def kai_is_let_on_stage(http: httpx2.AsyncClient, kai: Page, user: str, ruby: Member) -> None:
    await kai.get_by_test_id("join-stage").click(timeout=PATIENCE_MS)
    await kai.get_by_test_id("join-picture").click()
    await expect(kai.get_by_test_id("guest-wait")).to_have_attribute("data-state", "applied", timeout=PATIENCE_MS)
    seats = (await http.get(f"/api/v1/rooms/{ruby.room}/guests", headers=ruby.headers)).json()["guests"]
    assert [(seat["user"], seat["state"]) for seat in seats] == [(user, "applied")]
    answer = await http.post(f"/api/v1/rooms/{ruby.room}/guests/{user}/approve", headers=ruby.headers)
    assert answer.status_code == 204, answer.text
    await kai.get_by_test_id("guest-enter").click(timeout=PATIENCE_MS)
    await expect(kai.get_by_test_id("guest-self")).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)


async def kai_meets_his_host_directly(kai: Page, ruby: Member) -> None:
    """By his camera, and not by the program, in which he would hear himself."""
    host = f'video[data-user="{ruby.user}"]'
    await until_colours_are(kai, host, {(0.5, 0.4): RED.colour})
    assert not await kai.locator(host).evaluate("video => video.muted")
    await expect(kai.get_by_test_id("program")).to_have_js_property("muted", True, timeout=PATIENCE_MS)
    await expect(kai.get_by_test_id("peer")).to_have_count(1)


async def the_host_mutes_him(http: httpx2.AsyncClient, viewer: Page, user: str, ruby: Member) -> None:
    answer = await http.post(f"/api/v1/rooms/{ruby.room}/guests/{user}/mute", headers=ruby.headers)
    assert answer.status_code == 204, answer.text

    async def silent() -> str:
        host, guest = await tones(viewer, RED.tone_hz, BLUE.tone_hz)
        return "" if host > HEARD_DB and guest < host - BELOW_DB else f"host {host}, guest {guest}"

    await until(viewer, silent)


async def the_host_shows_her_screen(
    place: Platform, http: httpx2.AsyncClient, viewer: Page, kai: Page, ruby: Member
) -> None:
    """All of it, above the two: 4:3 between bars. Her guest sees it beside her camera."""
    screen = f"/api/v1/rooms/{ruby.room}/screen"
    assert (await http.put(screen, headers=ruby.headers)).status_code == 204
    shown = {(0.5, 0.05): GREEN, (0.05, 0.3): BLACK, (0.3, 0.75): RED.colour, (0.7, 0.75): BLUE.colour}
    async with encoder(f"{place.address}/whip/{ruby.room}/guest", ruby.token, bytes(GREEN).hex()):
        await until_colours_are(viewer, '[data-testid="program"]', shown)
        await until_colours_are(kai, ".tile-screen video", {(0.5, 0.5): GREEN})
        assert (await http.delete(screen, headers=ruby.headers)).status_code == 204
        await until_halves_are(viewer, RED.colour, BLUE.colour)
    await expect(kai.get_by_test_id("peer")).to_have_count(1)


async def until_heard(page: Page, *frequencies: int) -> None:
    async def heard() -> str:
        found = await tones(page, *frequencies)
        return "" if min(found) > HEARD_DB else f"heard {found}"

    await until(page, heard)
