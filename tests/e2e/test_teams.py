"""Four hosts in two teams: one in his studio, three by FFmpeg. What is judged is what pages show and play."""

from pathlib import Path

import httpx2
from playwright.async_api import Page, expect

from pk.mixer.layout import Layout, arrange
from tests.e2e.browser import browser, person
from tests.e2e.cameras import BLUE, RED, Look
from tests.e2e.encoders import says_hello, synthetic_host
from tests.e2e.people import PATIENCE_MS, live_host, tones, until, until_colours_are
from tests.platform import Platform, platform
from tests.server.test_bad_input import Member

GREEN, YELLOW = Look((30, 170, 60), 1_650), Look((220, 200, 40), 2_350)
WIDTH, HEIGHT = 360, 320
# Tones of FFmpeg stand 100 dB out of the others; what the codecs leave of one that is muted is far below.
HEARD_DB, BELOW_DB = 40, 40
SETTINGS = {
    "BATTLE_FIGHT_S": "180",
    "BATTLE_VICTORY_S": "60",
    "MIXER_WIDTH": str(WIDTH),
    "MIXER_HEIGHT": str(HEIGHT),
    "MIXER_FPS": "15",
}
MIDDLES = [
    ((tile.x + tile.width / 2) / WIDTH, (tile.y + tile.height * 0.4) / HEIGHT)
    for tile in arrange(Layout.TEAM, (0, 0, 1, 1), WIDTH, HEIGHT)
]
MIDDLE = (0.5, 0.4)


async def test_four_hosts_battle_in_two_teams(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", **SETTINGS) as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
        browser(tmp_path, RED, "red") as reds,
        browser(tmp_path) as crowd,
        synthetic_host(place, http, "Jade", GREEN) as jade,
        synthetic_host(place, http, "Sapphire", BLUE) as sapphire,
        synthetic_host(place, http, "Olive", YELLOW) as olive,
    ):
        ruby, rubys = await live_host(reds, place.address, "Ruby")
        fan = await person(crowd, place.address, calm=True)
        await fan.goto(f"/rooms/{rubys}")
        battle = await ruby_gathers(place, http, ruby, rubys, {jade: "0", sapphire: "1", olive: "1"})
        await everybody_is_in_the_picture(ruby, fan, {jade: GREEN, sapphire: BLUE, olive: YELLOW})
        await a_latecomers_clock_is_right(fan, await person(crowd, place.address, calm=True), sapphire.room)
        await a_muted_opponent_is_not_heard_by_ruby_and_her_room(ruby, fan, sapphire)
        await one_tap_leads_to_the_room_that_hears_him(fan, sapphire)
        await a_side_falls_with_its_last_member(http, ruby, fan, jade, battle)


async def ruby_gathers(
    place: Platform, http: httpx2.AsyncClient, ruby: Page, room: str, sides: dict[Member, str]
) -> str:
    await ruby.get_by_test_id("gather").click(timeout=PATIENCE_MS)
    for host, side in sides.items():
        await says_hello(place, host)
        await ruby.get_by_test_id(f"side-{host.room}").select_option(side)
    await ruby.get_by_test_id("invite-all").click()
    await expect(ruby.get_by_test_id("invitation-sent")).to_be_visible(timeout=PATIENCE_MS)
    for host in sides:
        invitation = (await http.get(f"/api/v1/rooms/{host.room}/battle", headers=host.headers)).json()
        accepted = await http.post(f"/api/v1/battles/{invitation['battle']}/accept", headers=host.headers)
        assert accepted.status_code == 200, accepted.text
    battle = str(invitation["battle"])
    await expect(ruby.get_by_test_id("battle-bar")).to_have_attribute("data-phase", "fighting", timeout=PATIENCE_MS)
    named = [[member["room"] for member in side["members"]] for side in invitation["sides"]]
    assert (named[0][0], len(named[0]), len(named[1])) == (room, 2, 2)
    return battle


async def everybody_is_in_the_picture(ruby: Page, fan: Page, looks: dict[Member, Look]) -> None:
    jade, sapphire, olive = looks.values()
    tiles = dict(zip(MIDDLES, (RED.colour, jade.colour, sapphire.colour, olive.colour), strict=True))
    await until_colours_are(fan, '[data-testid="program"]', tiles)
    await expect(ruby.get_by_test_id("opponent")).to_have_count(3)
    for host, look in looks.items():
        await until_colours_are(ruby, f'video[data-user="{host.user}"]', {MIDDLE: look.colour})
    heard = await tones(fan, RED.tone_hz, jade.tone_hz, sapphire.tone_hz, olive.tone_hz)
    assert min(heard) > HEARD_DB, heard


async def a_latecomers_clock_is_right(fan: Page, late: Page, room: str) -> None:
    await late.goto(f"/rooms/{room}")
    clock = "Number(document.querySelector('[data-testid=\"battle-countdown\"]').dataset.seconds)"
    await expect(late.get_by_test_id("battle-countdown")).to_be_visible(timeout=PATIENCE_MS)
    before = await fan.evaluate(clock)
    seen = await late.evaluate(clock)
    after = await fan.evaluate(clock)
    assert after - 1 <= seen <= before + 1, (before, seen, after)
    await late.close()


async def a_muted_opponent_is_not_heard_by_ruby_and_her_room(ruby: Page, fan: Page, sapphire: Member) -> None:
    await ruby.get_by_test_id(f"mute-{sapphire.user}").click()
    await expect(fan.get_by_test_id("mark-muted")).to_have_attribute("data-user", sapphire.user, timeout=PATIENCE_MS)
    assert await ruby.locator(f'video[data-user="{sapphire.user}"]').evaluate("video => video.muted")

    async def silent() -> str:
        muted, others = await tones(fan, BLUE.tone_hz, YELLOW.tone_hz)
        return "" if others > HEARD_DB and muted < others - BELOW_DB else f"still heard: {muted}, {others}"

    await until(fan, silent)


async def one_tap_leads_to_the_room_that_hears_him(fan: Page, sapphire: Member) -> None:
    await fan.locator(f'[data-testid="switch-room"][data-room="{sapphire.room}"]').click()
    await expect(fan.get_by_test_id("room")).to_have_attribute("data-room", sapphire.room)
    await until_colours_are(fan, '[data-testid="program"]', {MIDDLES[2]: BLUE.colour})
    await expect(fan.get_by_test_id("picture")).to_have_attribute("data-state", "playing", timeout=PATIENCE_MS)

    async def heard() -> str:
        (tone,) = await tones(fan, BLUE.tone_hz)
        return "" if tone > HEARD_DB else f"not heard: {tone}"

    await until(fan, heard)


async def a_side_falls_with_its_last_member(
    http: httpx2.AsyncClient, ruby: Page, fan: Page, jade: Member, battle: str
) -> None:
    await ruby.get_by_test_id("surrender").click()
    await ruby.get_by_test_id("surrender-confirm").click()
    await expect(ruby.get_by_test_id("fallen")).to_be_visible(timeout=PATIENCE_MS)
    await expect(fan.get_by_test_id("mark-fallen")).to_be_visible(timeout=PATIENCE_MS)
    surrendered = await http.post(f"/api/v1/battles/{battle}/surrender", headers=jade.headers)
    assert surrendered.status_code == 200, surrendered.text
    for page in (ruby, fan):
        card = page.get_by_test_id("battle-result")
        await expect(card).to_have_attribute("data-winner", "blue", timeout=PATIENCE_MS)
        await expect(card).to_contain_text("Sapphire + Olive")
