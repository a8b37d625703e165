"""``make bench-main``: what a viewer of the main job gets, through the real pages in Chromium.

Run it on a quiet machine. Everything runs here: two hosts' browsers with their encoders, the platform, the viewers.
"""

import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import websockets
from playwright.async_api import Browser, Page

from bench.barcode import READ, camera
from bench.record import Figure, write
from tests.e2e.browser import browser, person
from tests.e2e.people import PATIENCE_MS, signed_up, token, until
from tests.platform import Platform, platform
from tests.processes import cpu_seconds, descendants, named

JOINS = 20
# Nobody clicks on a card in the moment in which it is drawn.
READING_S = 1.0
READ_S = 15
GIFTS = 10
FIGHT_S = 120


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="ringside-bench-") as name:
        folder = Path(name)
        settings = {"BATTLE_FIGHT_S": str(FIGHT_S), "BATTLE_VICTORY_S": "2"}
        async with (
            platform(folder / "data", **settings) as place,
            browser(folder) as reds,
            browser(folder) as blues,
            browser(folder) as crowd,
        ):
            figures = await measure(place, reds, blues, crowd)
    write("main", figures)


async def measure(place: Platform, reds: Browser, blues: Browser, crowd: Browser) -> dict[str, Figure]:
    red, red_room = await live(reds, place, "Ruby", "#a02020", 440)
    fan = await signed_up(crowd, place.address, "Fan", calm=True)
    first = await first_pictures(crowd, place, red_room)
    await fan.goto(f"/rooms/{red_room}")
    await showing(fan)
    solo = await delays(fan, None)
    blue, blue_room = await live(blues, place, "Sapphire", "#2030a0", 660)
    passer_by = await person(crowd, place.address, calm=True)
    await passer_by.goto(f"/rooms/{blue_room}")
    await showing(passer_by)
    await fight(red, blue, blue_room)
    await until(fan, lambda: wide(fan))
    mixers = named(descendants(place.process.pid), "mixer")
    before, started = sum(map(cpu_seconds, mixers)), time.monotonic()
    battle = await delays(fan, 360)
    share = (sum(map(cpu_seconds, mixers)) - before) / (time.monotonic() - started)
    scored, on_feed = await gift_delays(fan, passer_by, red_room, place, blue_room)
    banned = await ban_delay(fan, place, red_room)
    return {
        "first_picture_ms": Figure(round(statistics.median(first)), "ms", 500),
        "first_picture_worst_ms": Figure(round(max(first)), "ms"),
        "glass_to_glass_solo_ms": Figure(round(statistics.median(solo)), "ms", 200),
        "glass_to_glass_solo_p95_ms": Figure(round(percentile(solo, 95)), "ms"),
        "glass_to_glass_battle_ms": Figure(round(statistics.median(battle)), "ms", 400),
        "glass_to_glass_battle_p95_ms": Figure(round(percentile(battle, 95)), "ms"),
        "mixer_core_share": Figure(round(share, 3), "cores", 0.5),
        "gift_to_score_ms": Figure(round(statistics.median(scored)), "ms", 300),
        "gift_to_score_worst_ms": Figure(round(max(scored)), "ms", 300),
        "gift_to_score_feed_ms": Figure(round(statistics.median(on_feed)), "ms", 300),
        "gift_to_score_feed_worst_ms": Figure(round(max(on_feed)), "ms", 300),
        "ban_ms": Figure(round(banned), "ms", 1000),
    }


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


async def live(opened: Browser, place: Platform, name: str, colour: str, tone_hz: int) -> tuple[Page, str]:
    page = await signed_up(opened, place.address, name, width=1280, height=860, calm=True)
    await page.add_init_script(camera(colour, tone_hz))
    await page.goto("/studio")
    await page.get_by_test_id("room-title").fill(name)
    await page.get_by_test_id("create-room").click()
    studio = page.get_by_test_id("studio")
    await studio.wait_for()
    room = await studio.get_attribute("data-room")
    assert room is not None
    await page.get_by_test_id("go-live").click()
    await page.locator('[data-testid="studio"][data-live="true"]').wait_for(timeout=PATIENCE_MS)
    return page, room


# Resolves with the milliseconds from the click to the first picture that the page has shown. Both are noted by the page
# itself: who drives it learns of them later, and that is not counted.
FIRST_PICTURE = """() => {
  window.firstPicture = new Promise(resolve => {
    let clicked = null;
    addEventListener('click', () => { clicked = performance.now(); }, {capture: true});
    const drawn = new MutationObserver(() => {
      const video = document.querySelector('[data-testid="program"]');
      if (video === null) return;
      drawn.disconnect();
      video.requestVideoFrameCallback(() => resolve(performance.now() - clicked));
    });
    drawn.observe(document, {subtree: true, childList: true});
  });
}"""


async def first_pictures(crowd: Browser, place: Platform, room: str) -> list[float]:
    """From the click on the room's card in the lobby to the first picture shown, ``JOINS`` times, a new page each."""
    found = []
    for _ in range(JOINS):
        page = await person(crowd, place.address, calm=True)
        await page.goto("/")
        card = page.get_by_test_id(f"room-{room}")
        await card.wait_for()
        await asyncio.sleep(READING_S)
        await page.evaluate(FIRST_PICTURE)
        await card.click()
        found.append(await page.evaluate("window.firstPicture"))
        await page.context.close()
    return found


async def showing(page: Page) -> None:
    await page.wait_for_function("() => (document.querySelector('[data-testid=\"program\"]')?.videoWidth ?? 0) > 0")


async def wide(page: Page) -> str:
    """Empty once the composite is there: wider than any camera of this benchmark."""
    width = await page.evaluate("""document.querySelector('[data-testid="program"]').videoWidth""")
    return "" if width > 400 else f"the picture is {width} wide"


async def fight(red: Page, blue: Page, blue_room: str) -> None:
    await red.get_by_test_id(f"invite-{blue_room}").click()
    await blue.get_by_test_id("accept-invite").click()
    await red.locator('[data-testid="battle-bar"][data-phase="fighting"]').wait_for(timeout=PATIENCE_MS)


async def delays(page: Page, tile_width: int | None) -> list[float]:
    """Capture to display of every frame for ``READ_S`` seconds, in ms."""
    read: dict[str, Any] = await page.evaluate(READ, [READ_S, tile_width])
    assert len(read["delays"]) > 5 * read["unreadable"], f"{read['unreadable']} frames could not be read"
    return [float(each) for each in read["delays"]]


SEND = """async ([room, token, key]) => {
  const pressed = Date.now();
  const headers = {'Content-Type': 'application/json', 'Authorization': `Bearer ${token}`, 'Idempotency-Key': key};
  const body = JSON.stringify({gift: 'heart', count: 1});
  await fetch(`/api/v1/rooms/${room}/gifts`, {method: 'POST', body, headers});
  return pressed;
}"""
SCORED = """(wanted) => {
  window.scored = new Promise(resolve => {
    const look = () => {
      const shown = document.querySelector('[data-testid="score-red"]');
      if (shown && Number(shown.dataset.score) >= wanted) resolve(Date.now()); else setTimeout(look, 4);
    };
    look();
  });
}"""


async def gift_delays(
    fan: Page, passer_by: Page, room: str, place: Platform, other_room: str
) -> tuple[list[float], list[float]]:
    """From the request to the new score: on the slower of both rooms' pages, and on a bare socket of the other room."""
    found: list[float] = []
    bearer = await token(fan)
    feed = await connected(place, other_room)
    on_feed: list[float] = []
    for number in range(1, GIFTS + 1):
        for page in (fan, passer_by):
            await page.evaluate(SCORED, 2 * number)
        pressed = await fan.evaluate(SEND, [room, bearer, f"bench-gift-{number:06d}"])
        on_feed.append(await scored_on(feed, 2 * number) * 1000 - pressed)
        found.append(max([await page.evaluate("window.scored") for page in (fan, passer_by)]) - pressed)
    await feed.close()
    return found, on_feed


async def connected(place: Platform, room: str) -> websockets.ClientConnection:
    return await websockets.connect(f"{place.address.replace('http', 'ws', 1)}/api/v1/rooms/{room}/feed?v=1")


async def scored_on(feed: websockets.ClientConnection, score: int) -> float:
    """When the feed first says that red has ``score``, in seconds since the epoch."""
    async with asyncio.timeout(10):
        async for text in feed:
            said = json.loads(text)
            if said["t"] == "battle.score" and said["d"]["sides"][0]["score"] >= score:
                return time.time()
    raise AssertionError("the feed ended")


async def ban_delay(fan: Page, place: Platform, room: str) -> float:
    """From the admin's request to the moment in which the viewer's page has left the broadcast."""
    session = await fan.request.post("/api/v1/sessions", data={"name": "admin", "password": place.admin_password})
    headers = {"Authorization": f"Bearer {(await session.json())['token']}"}
    rooms = (await (await fan.request.get("/api/v1/admin/rooms", headers=headers)).json())["rooms"]
    host = next(each["host"]["user"] for each in rooms if each["room"] == room)
    await fan.evaluate(
        """() => { window.gone = new Promise(resolve => {
          const look = () => {
            if (document.querySelector('[data-testid="not-live"]')) resolve(Date.now()); else setTimeout(look, 4);
          };
          look();
        }); }"""
    )
    imposed = time.time() * 1000
    answer = await fan.request.post(
        "/api/v1/admin/sanctions",
        headers=headers,
        data={"user_id": host, "scope": "platform", "duration_s": None, "reason": "abuse", "text": "benchmark"},
    )
    assert answer.ok, await answer.text()
    return float(await fan.evaluate("window.gone")) - imposed


if __name__ == "__main__":
    asyncio.run(main())
