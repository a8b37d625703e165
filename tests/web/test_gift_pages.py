"""Gifts on the room's page, in Chromium: the catalogue of now, combos with their end, banners, who gave most."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.web.house import GIFT, NOW_MS, Body, House, chromium, fits, person, room_of, visit

RUBYS = room_of("Ruby")
CLOVER = GIFT | {
    "id": "clover",
    "names": {"en": "Lucky clover", "zh": "幸运草"},
    "emoji": "🍀",
    "odds": [{"weight": 9, "boost": 1, "win": 0}, {"weight": 1, "boost": 1, "win": 5}],
}
HORN = GIFT | {"id": "horn", "level": 3, "emoji": "📯", "odds": [{"weight": 1, "boost": 10, "win": 0}]}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def house() -> House:
    leading = [{**person("Mina"), "coins": 5200}, {**person("Leo"), "coins": 40}]
    best = {"patrons": leading, "until_ms": NOW_MS + 3_600_000}
    home = House(["Ruby"], members={"patrons": best})
    for kind in ("blocks", "follows"):
        home.answers["GET", f"me/{kind}"] = {"people": [], "next": None}
    home.answers["GET", "gifts"] = {"gifts": [GIFT | {"odds": None}, CLOVER, HORN]}
    home.answers["GET", "hosts/user-of-Ruby/fans/me"] = {
        "host": "user-of-Ruby",
        "level": 4,
        "coins": 9,
        "next_coins": 10,
    }
    home.answers["GET", f"rooms/{RUBYS}/contributors"] = {
        "contributors": [{**person("Mina"), "coins": 5200, "gifts": 3}, {**person("Leo"), "coins": 40, "gifts": 1}],
        "me": {"place": 12, "coins": 3},
    }
    return home


def sent(name: str, combo: int, **more: Any) -> Body:
    body = {"id": f"{name}{combo}", "gift": "rose", "name": "Rose", "emoji": "🌹", "count": 1, "coins": 10}
    people = {"from": {**person(name), "fan_level": 5}, "to": person("Ruby"), "guest": None}
    scored = {"battle": None, "side": None, "score": None, "boost": 1, "win": 0}
    return {**body, **people, **scored, "combo": combo, "combo_id": f"combo-of-{name}", "at_ms": NOW_MS, **more}


def ended(name: str, count: int) -> Body:
    people = {"from": person(name), "to": person("Ruby"), "guest": None}
    return {
        "combo_id": f"combo-of-{name}",
        "gift": "rose",
        "emoji": "🌹",
        "count": count,
        "coins": 10,
        "win": 0,
        **people,
    }


async def test_who_comes_back_reads_the_last_gifts_and_none_flies_again(browser: Browser) -> None:
    home = house()
    home.members |= {"gifts": [sent("Mina", 3, at_ms=NOW_MS - 5)], "combos": [ended("Mina", 3)]}
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        lines = page.locator(".chat-line:not(.chat-welcome)")
        await expect(lines).to_have_count(2)
        await expect(lines.first).to_contain_text("Mina")
        await expect(page.get_by_test_id("gift-banner")).to_have_count(0)
        await home.tell("gift.sent", sent("Mina", 3, at_ms=NOW_MS - 5))
        await expect(page.get_by_test_id("gift-banner")).to_have_attribute("data-total", "3")
        await expect(lines).to_have_count(2)


async def test_a_combo_counts_up_as_the_room_counts_and_leaves_at_its_end(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "120")
        lane = page.get_by_test_id("gift-banner")
        await home.tell("gift.sent", sent("Mina", 40))
        await expect(lane).to_have_attribute("data-total", "40")
        await home.tell("gift.sent", sent("Mina", 41))
        await expect(lane).to_have_attribute("data-total", "41")
        await home.tell("combo.ended", ended("Mina", 42))
        await expect(lane).to_have_attribute("data-over", "true")
        await expect(lane).to_have_attribute("data-total", "42")
        await expect(lane).to_have_count(0)


async def test_what_was_drawn_is_shown_and_the_sign_of_a_gift_that_has_no_picture(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "120")
        await home.tell("gift.sent", sent("Mina", 1, gift="teddy", emoji="🧸", win=50, boost=3))
        await expect(page.get_by_test_id("gift-won")).to_have_text("+50")
        await expect(page.get_by_test_id("gift-boost")).to_have_text("score ×3")
        await expect(page.get_by_test_id("chat-gift")).to_contain_text("🧸")


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_tray_says_what_a_gift_may_do_who_gave_most_and_ones_own_level(browser: Browser, width: int) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai", width=width) as page:
        if width < 900:
            await page.get_by_test_id("gift-open").click()
        await expect(page.get_by_test_id("lucky-clover")).to_have_text("Lucky")
        await expect(page.get_by_test_id("boosting-horn")).to_have_text("up to ×10")
        await expect(page.get_by_test_id("gift-horn")).to_have_attribute("data-level", "3")
        await expect(page.get_by_test_id("lucky-rose")).to_have_count(0)
        level = page.get_by_test_id("fan-level")
        await expect(level).to_have_attribute("data-level", "4")
        mine = {"from": {**person("Kai"), "fan_level": 5}}
        await home.tell("gift.sent", sent("Kai", 1, **mine))
        await expect(level).to_have_attribute("data-level", "5")
        await fits(page, width)
        await page.get_by_test_id("patrons-open").click()
        await expect(page.get_by_test_id("patron")).to_have_count(2)
        await expect(page.get_by_test_id("patron").first).to_have_attribute("data-coins", "5200")
        await page.get_by_test_id("patrons-week").click()
        await expect(page.get_by_test_id("patrons-week")).to_have_attribute("aria-checked", "true")
        await expect(page.get_by_test_id("patron")).to_have_count(2)
        await fits(page, width)
        await page.get_by_test_id("close-patrons").click()
        await expect(page.get_by_test_id("patrons")).to_have_count(0)


@pytest.mark.parametrize("coins", [10_000, 123_456_789])
async def test_a_full_purse_leaves_every_button_on_the_screen(browser: Browser, coins: int) -> None:
    """The tray may not grow beyond a phone: a newcomer begins with 10,000 coins."""
    home = house()
    home.answers["GET", "wallet"] = {"coins": coins, "diamonds": 0, "entries": []}
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai", width=360) as page:
        await page.get_by_test_id("gift-open").click()
        await expect(page.get_by_test_id("balance")).to_have_attribute("data-coins", str(coins))
        for button in ("gift-send", "gift-count-66", "patrons-open"):
            box = await page.get_by_test_id(button).bounding_box()
            assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 360 - 8, (button, box)
        await fits(page, 360)


def banner(number: int, room: str = "Sapphire", **more: Any) -> Body:
    """Mina's dear gift to a host; the dearer the higher ``number``."""
    gift = {"id": f"g{number}", "gift": "crown", "name": "Crown", "emoji": "👑", "count": 1, "coins": 5000 + number}
    return {**gift, "room": room_of(room), "from": person("Mina"), "to": person(room), "more": 0, **more}


async def test_the_room_cannot_be_scrolled_to_the_tray_below_its_edge(browser: Browser) -> None:
    async with visit(browser, house(), f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("gift-tray")).to_be_hidden()
        await expect(page.get_by_test_id("gift-send")).to_have_count(1)
        room = page.get_by_test_id("room")
        assert await room.evaluate("room => { room.scrollTop = 500; return room.scrollTop; }") == 0


async def test_a_dear_gift_elsewhere_is_told_and_a_tap_leads_there(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "120")
        await home.tell("gift.banner", banner(1, more=3))
        told = page.get_by_test_id("platform-banner")
        await expect(told).to_contain_text("Mina has sent Sapphire a great gift")
        await expect(told).to_contain_text("and 3 more")
        await fits(page, 390)
        await told.click()
        await expect(page.get_by_test_id("room")).to_have_attribute("data-room", room_of("Sapphire"))


async def test_a_banner_has_its_time_and_then_comes_the_dearest_of_those_that_waited(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "120")
        await page.clock.install()
        told = page.get_by_test_id("platform-banner")
        for body in (banner(1), banner(2, "Ruby"), banner(3)):
            await home.tell("gift.banner", body)
        await home.tell("viewers.counted", {"count": 121})
        await expect(page.get_by_test_id("viewer-count")).to_have_attribute("data-count", "121")
        for after_ms, gift, ways in ((0, "g1", 1), (2_000, "g3", 1), (3_000, "g2", 0)):  # g2 was given here
            await page.clock.run_for(after_ms)
            await expect(told).to_have_attribute("data-gift", gift)
            await expect(told.get_by_role("link")).to_have_count(ways)
        await page.clock.run_for(6_000)
        await expect(told).to_have_count(0)


async def test_a_host_in_the_studio_hears_of_dear_gifts_and_is_not_led_off_the_air(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("studio")).to_have_attribute("data-feed", "open")
        await home.tell("gift.banner", banner(1))
        await expect(page.get_by_test_id("platform-banner")).to_be_visible()
        async with page.context.expect_page() as opened:
            await page.get_by_test_id("platform-banner").click()
        assert (await opened.value).url.endswith(f"/rooms/{room_of('Sapphire')}")
        await expect(page.get_by_test_id("studio")).to_be_visible()


@pytest.mark.parametrize(("path", "width"), [(f"/rooms/{RUBYS}", 360), (f"/rooms/{RUBYS}", 1280), ("/studio", 390)])
async def test_who_gave_most_stands_in_the_head_and_opens_the_list(browser: Browser, path: str, width: int) -> None:
    home = house()
    who = "Ruby" if path == "/studio" else "Kai"
    async with visit(browser, home, path, who, width=width) as page:
        heads = page.get_by_test_id("patron-heads")
        await expect(heads).to_have_accessible_name("Who gave most Mina and Leo")
        await fits(page, width)
        await heads.click()
        await expect(page.get_by_test_id("patron")).to_have_count(2)
        await expect(page.get_by_test_id("my-place")).to_have_attribute("data-place", "12")
        fan = page.get_by_test_id("fan-progress")
        if who == "Ruby":
            await expect(fan).to_have_count(0)
        else:
            await expect(fan).to_contain_text("1 more for level 5")
            await expect(fan.get_by_role("progressbar")).to_have_attribute("value", "9")
        await fits(page, width)
        await page.get_by_test_id("close-patrons").click()
        await expect(page.get_by_test_id("patrons")).to_have_count(0)


async def test_who_leads_is_heard_from_the_feed_asked_of_nobody_and_over_with_the_day(browser: Browser) -> None:
    home = house()
    asked: list[str] = []
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        heads = page.get_by_test_id("patron-heads")
        await expect(heads).to_have_accessible_name("Who gave most Mina and Leo")
        page.on("request", lambda request: asked.append(request.url) if "contributors" in request.url else None)
        await home.tell("gift.sent", sent("Vera", 1))
        await expect(page.get_by_test_id("gift-banner")).to_be_visible()
        best = [{**person("Vera"), "coins": 9000}, {**person("Mina"), "coins": 5200}]
        await home.tell("patrons.changed", {"patrons": best, "until_ms": home.now_ms + 3_600_000})
        await expect(heads).to_have_accessible_name("Who gave most Vera and Mina")
        await home.tell("patrons.changed", {"patrons": best, "until_ms": home.now_ms})
        await expect(heads).to_have_accessible_name("Who gave most")
        assert asked == []
