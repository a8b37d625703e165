"""What the page's main thread does while 20 gifts a second fly over a battle: a trace of Chromium, judged."""

import asyncio
import json

from playwright.async_api import Browser, expect

from bench.pages.trace import CATEGORIES, Judgement, judge
from server.http import listen, serving
from tests.waiting import pause
from tests.web.house import NOW_MS, Body, House, battle, member, person

GIFTS_A_SECOND = 20
SECONDS = 4
KINDS = ("rose", "cake", "rocket", "heart")
CATALOGUE = [
    {"id": kind, "names": {"en": kind}, "price": 10, "level": level, "emoji": "🌹", "animation": "pop"}
    for level, kind in enumerate(KINDS, 1)
]


def gift(number: int) -> Body:
    """From one of seven people, to either side, now and then a big one."""
    kind = KINDS[number % len(KINDS)] if number % 5 == 0 else KINDS[number % 2]
    giver = f"Kai{number % 7}"
    side = ("red", "blue")[number % 2]
    body = {"id": f"g{number}", "gift": kind, "name": kind, "emoji": "🌹", "count": 1, "coins": 10, "guest": None}
    people = {"from": {**person(giver), "fan_level": 1}, "to": person(("Ruby", "Sapphire")[number % 2])}
    scored = {"battle": "battle-1", "side": side, "score": 10, "boost": 1, "win": 0}
    combo = {"combo": number // 14 + 1, "combo_id": f"{giver}{kind}{side}"}
    return {**body, **people, **scored, **combo, "at_ms": NOW_MS}


def fight(number: int) -> Body:
    """The battle after so many gifts."""
    scores = [1200 + 10 * number, 900 + 11 * number]
    return battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)], version=number + 1, scores=scores)


async def give(home: House) -> None:
    """As many gifts a second as are due, until somebody cancels it."""
    clock = asyncio.get_running_loop().time
    began, given = clock(), 0
    while True:
        while given < (clock() - began) * GIFTS_A_SECOND:
            given += 1
            await home.tell("gift.sent", gift(given))
            await home.tell("battle.score", fight(given))
        await pause()


async def storm(browser: Browser) -> Judgement:
    """One page, in which gifts have begun to fly before it is watched."""
    home = House(["Ruby"], battle=fight(0))
    home.answers["GET", "gifts"] = {"gifts": CATALOGUE}
    listener = listen("127.0.0.1", 0)
    async with serving(home.app(), listener):
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}/rooms/room-of-Ruby")
        await expect(page.get_by_test_id("battle-bar")).to_be_visible()

        giving = asyncio.create_task(give(home))
        await expect(page.get_by_test_id("gift-banner")).to_have_count(3)
        await expect(page.get_by_test_id("big-gift")).to_be_visible()
        await browser.start_tracing(page=page, categories=CATEGORIES)
        await page.evaluate("seconds => new Promise(done => setTimeout(done, seconds * 1000))", SECONDS)
        trace = json.loads(await browser.stop_tracing())
        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)
        await page.close()
    return judge(trace["traceEvents"])
