"""The main job, as people do it: two hosts go live, battle in one picture, gifts decide, and an admin keeps order.

One story in one browser session for each person. What is judged is what comes out: pixels of the viewers' video
elements, tones of their sound, the scores on all pages, the rows of the ledger.
"""

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.browser import browser, person
from tests.e2e.cameras import BLUE, RED
from tests.e2e.people import (
    PATIENCE_MS,
    alike,
    live_host,
    score,
    signed_up,
    stats,
    token,
    tones,
    until,
    until_halves_are,
)
from tests.platform import Platform, platform
from tests.waiting import pause

FIGHT_S = 35
# A tone that is there stands far above what the other host's picture and the codecs leave at its place.
HEARD_DB, SILENT_DB = 40, 25
STRANGE_HZ = 3_333

SEND_TWENTY_TIMES = """async ([room, token]) => {
  const request = () => fetch(`/api/v1/rooms/${room}/gifts`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json', 'Authorization': `Bearer ${token}`, 'Idempotency-Key': 'twenty-at-once-0001',
    },
    body: JSON.stringify({gift: 'rose', count: 1}),
  }).then(async response => [response.status, (await response.json()).id]);
  return Promise.all(Array.from({length: 20}, request));
}"""

# The mean colour of a square in the left half of an image, as of the program's pictures.
LEFT_HALF = """image => {
  const context = new OffscreenCanvas(16, 16).getContext('2d');
  context.drawImage(image, image.naturalWidth * 0.25 - 8, image.naturalHeight * 0.4 - 8, 16, 16, 0, 0, 16, 16);
  const pixels = context.getImageData(0, 0, 16, 16).data;
  const sum = [0, 0, 0];
  for (let i = 0; i < pixels.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += pixels[i + c];
  return sum.map(value => value / (pixels.length / 4));
}"""

# Notes the phases that the battle bar goes through, however short they are.
NOTE_PHASES = """() => {
  window.phases = new Set();
  new MutationObserver(() => {
    const bar = document.querySelector('[data-testid="battle-bar"]');
    if (bar) window.phases.add(bar.dataset.phase);
  }).observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ['data-phase']});
}"""


@dataclass
class Show:
    """Everybody who takes part, on the page that he looks at."""

    place: Platform
    red: Page
    blue: Page
    fan: Page  # signed in, in red's room
    passer_by: Page  # anonymous, in blue's room
    red_room: str
    blue_room: str

    @property
    def pages(self) -> tuple[Page, ...]:
        return (self.red, self.blue, self.fan, self.passer_by)

    @property
    def viewers(self) -> tuple[Page, Page]:
        return (self.fan, self.passer_by)


async def test_two_hosts_battle_in_one_picture_and_gifts_decide(tmp_path: Path) -> None:
    settings = {
        "MEDIA_PROCESSES": "2",
        "BATTLE_FIGHT_S": str(FIGHT_S),
        "BATTLE_VICTORY_S": "8",
        "MIXER_WIDTH": "360",
        "MIXER_HEIGHT": "320",
        "MIXER_FPS": "15",
    }
    async with (
        platform(tmp_path / "data", **settings) as place,
        browser(tmp_path, RED, "red") as reds,
        browser(tmp_path, BLUE, "blue") as blues,
        browser(tmp_path) as crowd,
    ):
        red, red_room = await live_host(reds, place.address, "Ruby")
        blue, blue_room = await live_host(blues, place.address, "Sapphire")
        fan = await signed_up(crowd, place.address, "Fan")
        passer_by = await person(crowd, place.address)
        show = Show(place, red, blue, fan, passer_by, red_room, blue_room)

        await the_hosts_are_on_two_media_workers(show)
        await viewers_find_the_rooms_in_the_lobby_and_see_and_hear_their_host(show)
        await who_only_listens_sees_a_curtain_until_he_wants_the_picture_again(show)
        await chat_reaches_the_host_who_answers_and_deletes_it(show)
        await an_invitation_is_accepted_and_both_rooms_see_one_composite(show)
        await a_gift_scores_in_both_rooms(show)
        await the_same_request_sent_twenty_times_debits_once(show)
        await the_result_is_shown_and_equals_the_ledger(show)
        await both_rooms_return_to_their_own_camera(show)
        await nobody_renegotiated_or_reconnected(show)
        await an_admin_ends_a_broadcast_and_bans_a_host(show)


async def the_hosts_are_on_two_media_workers(show: Show) -> None:
    admin = await admins_token(show)
    rooms = await ask(show.fan, "GET", "/api/v1/admin/rooms", admin)
    assert len({room["worker"] for room in rooms["rooms"]}) == 2, rooms


async def viewers_find_the_rooms_in_the_lobby_and_see_and_hear_their_host(show: Show) -> None:
    for page, room, look, other in ((show.fan, show.red_room, RED, BLUE), (show.passer_by, show.blue_room, BLUE, RED)):
        await page.goto("/")
        await until_its_poster_is(page, room, look.colour)
        await page.get_by_test_id(f"room-{room}").click()
        await until_halves_are(page, look.colour, look.colour)
        own, others, strange = await tones(page, look.tone_hz, other.tone_hz, STRANGE_HZ)
        assert own > HEARD_DB and others < SILENT_DB and strange < SILENT_DB, (own, others, strange)
    for page in (show.red, show.fan):
        await expect(page.get_by_test_id("viewer-count")).to_have_text("1", timeout=PATIENCE_MS)


async def until_its_poster_is(page: Page, room: str, colour: tuple[int, int, int]) -> None:
    poster = page.get_by_test_id(f"room-{room}").get_by_test_id("poster")
    await expect(poster).to_be_visible(timeout=PATIENCE_MS)
    seen = await poster.evaluate(LEFT_HALF)
    assert alike(seen, colour), f"wanted {colour}, saw {seen}"


async def who_only_listens_sees_a_curtain_until_he_wants_the_picture_again(show: Show) -> None:
    viewer = show.passer_by
    curtain = viewer.get_by_test_id("sound-only")
    await viewer.get_by_test_id("room-menu").click()
    async with viewer.expect_response(lambda answer: answer.url.endswith("/layer")) as told:
        await viewer.get_by_test_id("quality-menu").get_by_label("Sound only").check()
    answer = await told.value
    assert answer.ok and answer.request.post_data_json == {"rid": "sound"}
    await expect(curtain).to_be_visible(timeout=PATIENCE_MS)
    await viewer.keyboard.press("Escape")
    await viewer.get_by_test_id("picture-again").click()
    await expect(curtain).to_have_count(0)
    await until_halves_are(viewer, BLUE.colour, BLUE.colour)


async def chat_reaches_the_host_who_answers_and_deletes_it(show: Show) -> None:
    await show.fan.get_by_test_id("chat-input").fill("hello <b>Ruby</b>")
    await show.fan.get_by_test_id("chat-send").click()
    await expect(show.red.get_by_test_id("chat")).to_contain_text("hello <b>Ruby</b>", timeout=PATIENCE_MS)
    line = show.red.get_by_test_id("chat-line").filter(has_text="hello <b>Ruby</b>").last
    await line.click()
    await show.red.get_by_test_id("line-reply").click()
    await show.red.get_by_test_id("chat-input").fill("welcome")
    await show.red.get_by_test_id("chat-send").click()
    answer = show.fan.get_by_test_id("chat-line").filter(has_text="welcome")
    await expect(answer.get_by_test_id("rank-mark")).to_have_attribute("data-rank", "host", timeout=PATIENCE_MS)
    await expect(answer.get_by_test_id("chat-quote")).to_contain_text("hello <b>Ruby</b>")
    await show.red.get_by_test_id("chat-line").filter(has_not_text="welcome").last.click()
    await show.red.get_by_test_id("line-delete").click()
    await expect(show.fan.get_by_test_id("chat")).not_to_contain_text("hello <b>Ruby</b>", timeout=PATIENCE_MS)


async def an_invitation_is_accepted_and_both_rooms_see_one_composite(show: Show) -> None:
    for page in show.pages:
        await page.evaluate(NOTE_PHASES)
    await show.red.get_by_test_id(f"invite-{show.blue_room}").click()
    await show.blue.get_by_test_id("accept-invite").click()
    for page in show.pages:
        await phase(page, "fighting")
        assert await page.evaluate("[...window.phases]") == ["preparing", "fighting"]
    for page in show.viewers:
        await until_halves_are(page, RED.colour, BLUE.colour)
    for page in show.viewers:
        one, other, strange = await tones(page, RED.tone_hz, BLUE.tone_hz, STRANGE_HZ)
        assert one > HEARD_DB and other > HEARD_DB and strange < SILENT_DB, (one, other, strange)
    for host, opponent in ((show.red, BLUE), (show.blue, RED)):
        await sees_and_hears_the_opponent(host, opponent.colour)


async def sees_and_hears_the_opponent(host: Page, colour: tuple[int, int, int]) -> None:
    """Each host watches the other's camera: its colour is in the tile, and sound comes with it."""
    video = "document.querySelector('video[data-testid=\"opponent\"]')"

    async def shown() -> str:
        seen: list[float] | None = await host.evaluate(
            f"""() => {{
              const video = {video};
              if (!video || !video.videoWidth) return null;
              const canvas = document.createElement('canvas');
              canvas.width = canvas.height = 8;
              const context = canvas.getContext('2d');
              context.drawImage(video, 0, video.videoHeight / 4, video.videoWidth, 64, 0, 0, 8, 8);
              return [...context.getImageData(4, 4, 1, 1).data].slice(0, 3);
            }}"""
        )
        if seen is None or max(abs(one - other) for one, other in zip(seen, colour, strict=True)) > 60:
            return f"wanted {colour}, saw {seen}"
        return ""

    await until(host, shown)
    assert await host.evaluate(f"{video}.srcObject.getAudioTracks().length") == 1
    assert not await host.evaluate(f"{video}.muted")


async def open_the_tray(fan: Page) -> None:
    """On a phone it closes after each gift."""
    if await fan.get_by_test_id("gift-open").is_visible():
        await fan.get_by_test_id("gift-open").click()


async def a_gift_scores_in_both_rooms(show: Show) -> None:
    fan = show.fan
    await open_the_tray(fan)
    price = int(await fan.get_by_test_id("gift-cake").get_attribute("data-price") or 0)
    before = int(await fan.get_by_test_id("balance").get_attribute("data-coins") or 0)
    await fan.get_by_test_id("gift-cake").click()
    await fan.get_by_test_id("gift-send").click()
    for page in show.pages:  # how soon, `make bench-main` measures
        await expect(page.get_by_test_id("score-red")).to_have_attribute("data-score", str(price), timeout=PATIENCE_MS)
    await expect(fan.get_by_test_id("balance")).to_have_attribute("data-coins", str(before - price))
    for page in show.pages:
        assert await score(page, "red") == price and await score(page, "blue") == 0
    for page in (show.red, show.fan):
        await expect(page.get_by_test_id("chat-gift").first).to_be_visible(timeout=PATIENCE_MS)
    await open_the_tray(fan)
    await fan.get_by_test_id("gift-to-blue").click()
    await fan.get_by_test_id("gift-heart").click()
    await fan.get_by_test_id("gift-send").click()
    for page in show.pages:
        await expect(page.get_by_test_id("score-blue")).to_have_attribute("data-score", "2", timeout=PATIENCE_MS)


async def the_same_request_sent_twenty_times_debits_once(show: Show) -> None:
    before = int((await ask(show.fan, "GET", "/api/v1/wallet", await token(show.fan)))["coins"])
    answers = await show.fan.evaluate(SEND_TWENTY_TIMES, [show.red_room, await token(show.fan)])
    assert {status for status, _ in answers} == {201} and len({gift for _, gift in answers}) == 1, answers
    after = int((await ask(show.fan, "GET", "/api/v1/wallet", await token(show.fan)))["coins"])
    assert before - after == 10


async def the_result_is_shown_and_equals_the_ledger(show: Show) -> None:
    # Together: the card of who is looked at last would be gone meanwhile.
    await asyncio.gather(*(sees_who_won(page) for page in show.pages))
    await expect(show.fan.get_by_test_id("battle-mvp")).to_contain_text("Fan")
    shown = {side: await score(show.fan, side) for side in ("red", "blue")}
    with sqlite3.connect(f"file:{show.place.database_file}?mode=ro", uri=True) as rows:
        battle, winner = rows.execute("SELECT battle_id, winner FROM battle_results").fetchone()
        summed = dict(rows.execute("SELECT side, sum(score) FROM gifts WHERE battle = ? GROUP BY side", [battle]))
        unbalanced = rows.execute(
            "SELECT transfer FROM ledger_entries GROUP BY transfer HAVING sum(amount) <> 0 OR count(*) <> 2"
        ).fetchall()
    assert summed == shown and winner == "red"
    assert unbalanced == []
    bearer = await admins_token(show)
    asked = await ask(show.fan, "POST", "/api/v1/admin/ledger/look", bearer)
    async with asyncio.timeout(30):
        while (report := await ask(show.fan, "GET", "/api/v1/admin/ledger", bearer))["at_ms"] < asked["asked_at_ms"]:
            await pause()
    assert report["holds"], report


async def sees_who_won(page: Page) -> None:
    card = page.get_by_test_id("battle-result")
    await expect(card).to_be_visible(timeout=(FIGHT_S + 10) * 1000)
    await expect(card).to_have_attribute("data-winner", "red")


async def both_rooms_return_to_their_own_camera(show: Show) -> None:
    await until_halves_are(show.fan, RED.colour, RED.colour)
    await until_halves_are(show.passer_by, BLUE.colour, BLUE.colour)
    for page, look, other in ((show.fan, RED, BLUE), (show.passer_by, BLUE, RED)):
        own, others = await tones(page, look.tone_hz, other.tone_hz)
        assert own > HEARD_DB and others < SILENT_DB, (own, others)


async def nobody_renegotiated_or_reconnected(show: Show) -> None:
    for page in show.viewers:
        counted = await stats(page)
        assert (counted["joins"], counted["negotiations"], counted["reconnects"]) == (1, 1, 0), counted
        assert counted["feeds"] == 1, counted


async def an_admin_ends_a_broadcast_and_bans_a_host(show: Show) -> None:
    rubys = await token(show.red)
    assert show.fan.context.browser is not None
    admin = await person(show.fan.context.browser, show.place.address, width=1280, height=860)
    await admin.goto("/login")
    await admin.get_by_test_id("tab-login").click()
    await admin.get_by_test_id("login-name").fill("admin")
    await admin.get_by_test_id("login-password").fill(show.place.admin_password)
    await admin.get_by_test_id("login-submit").click()
    await expect(admin.get_by_test_id("person")).to_be_visible(timeout=PATIENCE_MS)
    await admin.goto("/admin")

    await admin.get_by_test_id(f"admin-end-{show.blue_room}").click()
    await admin.get_by_test_id("admin-text").fill("end of the programme")
    await admin.get_by_test_id("admin-confirm").click()
    await expect(show.passer_by.get_by_test_id("not-live")).to_be_visible(timeout=PATIENCE_MS)
    await expect(admin.get_by_test_id(f"admin-room-{show.blue_room}")).to_have_count(0, timeout=PATIENCE_MS)

    row = admin.get_by_test_id(f"admin-room-{show.red_room}")
    await expect(row).to_be_visible()
    await row.locator('[data-testid^="admin-ban-"]').click()
    await admin.get_by_test_id("admin-text").fill("spoiled the show")
    await admin.get_by_test_id("admin-confirm").click()
    await expect(show.fan.get_by_test_id("not-live")).to_be_visible(timeout=PATIENCE_MS)
    refused = await show.red.evaluate(
        """async ([room, token]) => {
          const answer = await fetch(`/whip/${room}`, {method: 'POST', body: 'v=0', headers: {
            'Content-Type': 'application/sdp', 'Authorization': `Bearer ${token}`}});
          return [answer.status, (await answer.json()).code];
        }""",
        [show.red_room, rubys],
    )
    assert refused == [403, "sanctioned"], refused
    audit = await ask(admin, "GET", "/api/v1/admin/audit", await token(admin))
    assert {"sanction.impose", "broadcast.end"} <= {entry["action"] for entry in audit["entries"]}, audit


async def phase(page: Page, wanted: str) -> None:
    bar = page.get_by_test_id("battle-bar")
    await expect(bar).to_have_attribute("data-phase", wanted, timeout=PATIENCE_MS)


async def admins_token(show: Show) -> str:
    credentials = {"name": "admin", "password": show.place.admin_password}
    answer = await show.fan.request.post("/api/v1/sessions", data=credentials)
    assert answer.ok, await answer.text()
    return str((await answer.json())["token"])


async def ask(page: Page, method: str, path: str, bearer: str) -> dict[str, Any]:
    answer = await page.request.fetch(path, method=method, headers={"Authorization": f"Bearer {bearer}"})
    assert answer.ok, (answer.status, await answer.text())
    body: dict[str, Any] = await answer.json()
    return body
