"""Giving on the room's page, in Chromium: one key until there is an answer, the combo button, the way for coins."""

import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, Page, expect

from tests.web.house import GIFT, NOW_MS, Body, House, battle, chromium, fits, member, person, room_of, visit

RUBYS = room_of("Ruby")
GIFTS = f"rooms/{RUBYS}/gifts"
CAKE = GIFT | {"id": "cake", "names": {"en": "Cake", "zh": "蛋糕"}, "price": 100, "emoji": "🎂", "level": 2}
AWAY = {"code": "ledger-away", "detail": "the ledger does not answer", "status": 503}
WINDOW_MS = 60_000  # a slow machine must not end a combo
LATER_MS = 61_000
SWITCH = """account => {
  const held = JSON.parse(localStorage.getItem('ringside.session'));
  const next = JSON.stringify({...held, token: held.token + account.user, account: {...held.account, ...account}});
  dispatchEvent(new StorageEvent('storage', {key: 'ringside.session', newValue: next}));
  return {user: held.account.user, name: held.account.name};
}"""
"""Another tab signs in as somebody else; gives who was signed in."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def house(coins: int = 1000, **more: Any) -> House:
    home = House(["Ruby", "Sapphire"], **more)
    for kind in ("blocks", "follows"):
        home.answers["GET", f"me/{kind}"] = {"people": [], "next": None}
    home.answers["GET", "gifts"] = {"gifts": [GIFT, CAKE], "most_count": 999, "combo_ms": WINDOW_MS}
    home.answers["GET", "wallet"] = {"coins": coins, "diamonds": 0, "entries": [], "next_before": None}
    return home


def given(id_: str, balance: int) -> Body:
    return {"gift_id": id_, "balance": balance, "win": 0, "accepted_at_ms": NOW_MS}


def sent(id_: str, combo: int, **more: Any) -> Body:
    body = {"id": id_, "gift": "rose", "name": "Rose", "emoji": "🌹", "count": 1, "coins": 10, "guest": None}
    people = {"from": {**person("Kai"), "fan_level": 1}, "to": person("Ruby")}
    scored = {"battle": None, "side": None, "score": None, "boost": 1, "win": 0}
    return {**body, **people, **scored, "combo": combo, "combo_id": "combo-1", "at_ms": NOW_MS, **more}


def away() -> JSONResponse:
    return JSONResponse(AWAY, 503)


async def send(page: Page, count: int = 1, *, wide: bool = False) -> None:
    if not wide:
        await page.get_by_test_id("gift-open").click()
    await page.get_by_test_id(f"gift-count-{count}").click()
    await page.get_by_test_id("gift-send").click()


async def test_two_answers_that_say_nothing_and_one_that_does_are_one_gift_under_one_key(browser: Browser) -> None:
    home = house()
    home.replies["gift.send"] = [AWAY]
    home.answers["POST", GIFTS] = deque([away(), JSONResponse(given("g1", 990), 201)])
    home.answers["GET", "wallet"] = deque([home.answers["GET", "wallet"], {"coins": 990, "diamonds": 0}])
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await send(page)
        note = page.get_by_test_id("wishes")
        await expect(note).to_have_attribute("data-state", "again")
        await page.get_by_test_id("chat-input").fill("meanwhile")
        await page.get_by_test_id("chat-input").press("Enter")
        await expect(note).to_have_count(0)
        await page.get_by_test_id("gift-open").click()
        await expect(page.get_by_test_id("balance")).to_have_attribute("data-coins", "990")
    over_the_feed = [said["d"] for said in home.said if said["t"] == "gift.send"]
    assert [(wish["gift"], wish["count"], wish["to"]) for wish in over_the_feed] == [("rose", 1, "user-of-Ruby")]
    assert home.commanded("POST", GIFTS) == [{"gift": "rose", "count": 1, "to": "user-of-Ruby"}] * 2
    assert [key for _, key in home.keys] == [over_the_feed[0]["key"]] * 2
    assert [said["d"]["text"] for said in home.said if said["t"] == "chat.say"] == ["meanwhile"]


async def test_what_is_not_known_after_a_minute_is_said_and_asked_for_again_under_its_key_even_after_a_reload(
    browser: Browser,
) -> None:
    home = house()
    home.replies["gift.send"] = [AWAY]
    home.answers["POST", GIFTS] = away()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await send(page)
        note = page.get_by_test_id("wishes")
        await expect(note).to_have_attribute("data-state", "again")
        await page.reload()
        await expect(note).to_have_attribute("data-state", "again")
        await page.clock.install()
        await page.reload()
        await expect(note).to_have_attribute("data-state", "again")
        await page.clock.fast_forward(LATER_MS)
        await expect(note).to_have_attribute("data-state", "unknown")
        await expect(note).to_contain_text("not known")
        await fits(page, 390)
        home.answers["POST", GIFTS] = JSONResponse(given("g1", 990), 201)
        await page.get_by_test_id("wishes-again").click()
        await expect(note).to_have_count(0)
    assert {key for _, key in home.keys} == {home.said[0]["d"]["key"]}


async def test_a_wish_is_never_asked_for_in_the_name_of_somebody_else(browser: Browser) -> None:
    """Keys belong to their user, so it would be another gift; and a feed speaks for whoever had opened it."""
    home = house()
    home.replies["gift.send"] = [AWAY]
    home.answers["POST", GIFTS] = away()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await send(page)
        await expect(page.get_by_test_id("wishes")).to_have_attribute("data-state", "again")
        kai = await page.evaluate(SWITCH, person("Mina"))
        await expect(page.get_by_test_id("wishes")).to_have_count(0)
        home.answers["POST", GIFTS] = JSONResponse(given("g1", 990), 201)
        await send(page)
        await expect(page.get_by_test_id("combo-button")).to_have_count(1)
        await expect(page.get_by_test_id("wishes")).to_have_count(0)
        home.answers["POST", GIFTS] = away()
        await page.evaluate(SWITCH, kai)
        await expect(page.get_by_test_id("wishes")).to_have_attribute("data-state", "again")
        home.answers["POST", GIFTS] = JSONResponse(given("g1", 990), 201)
        await expect(page.get_by_test_id("wishes")).to_have_count(0)
    [over_the_feed] = [said["d"]["key"] for said in home.said if said["t"] == "gift.send"]
    minas = {key for speaker, key in home.keys if "user-of-Mina" in speaker and "user-of-Kai" not in speaker}
    assert len(minas) == 1 and over_the_feed not in minas
    assert {key for _, key in home.keys} == {over_the_feed, *minas}


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_combo_button_sends_one_more_with_each_tap_and_counts_as_the_room_counts(
    browser: Browser, width: int
) -> None:
    home = house()
    home.replies["gift.send"] = [given(f"g{n}", 1000 - 10 * n) for n in range(5, 9)]
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai", width=width) as page:
        await send(page, 5, wide=width > 900)
        button = page.get_by_test_id("combo-button")
        await expect(button).to_have_attribute("data-count", "5")
        await expect(button).to_have_attribute("aria-label", "One more: Rose for Ruby, 5 so far")
        await expect(page.get_by_test_id("gift-tray")).not_to_have_class(re.compile("open"))
        if width < 900:
            await expect(button).to_be_focused()
        await fits(page, width)
        await button.click()
        await button.click()
        await button.press("Enter")
        await expect(button).to_have_attribute("data-count", "8")
        for n in range(5, 9):
            await home.tell("gift.sent", sent(f"g{n}", 40 + n))
        await expect(button).to_have_attribute("data-count", "48")
        people = {"from": person("Kai"), "to": person("Ruby"), "guest": None}
        over = {"gift": "rose", "name": "Rose", "emoji": "🌹", "count": 48, "coins": 480, "win": 0}
        await home.tell("combo.ended", {"combo_id": "combo-1", **over, **people})
        await expect(button).to_have_count(0)
    wishes = [said["d"] for said in home.said]
    assert [wish["count"] for wish in wishes] == [5, 1, 1, 1]
    assert len({wish["key"] for wish in wishes}) == 4


async def test_the_combo_button_goes_when_its_time_is_over(browser: Browser) -> None:
    home = house()
    home.replies["gift.send"] = [given("g1", 990)]
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.clock.install()
        await page.reload()
        await send(page)
        await expect(page.get_by_test_id("combo-button")).to_have_count(1)
        await page.clock.fast_forward(WINDOW_MS)
        await expect(page.get_by_test_id("combo-button")).to_have_count(0)


async def test_who_has_too_few_coins_is_led_to_the_wallet_and_back_to_what_he_wanted(browser: Browser) -> None:
    home = house(coins=115)
    home.replies["gift.send"] = [given("g1", 15)]
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("gift-open").click()
        await page.get_by_test_id("gift-cake").click()
        await page.get_by_test_id("gift-send").click()
        await expect(page.get_by_test_id("combo-top-up")).to_have_attribute("href", "/wallet")
        await fits(page, 390)
        await page.get_by_test_id("gift-open").click()
        await page.get_by_test_id("gift-count-own").fill("7")
        await page.get_by_test_id("top-up").click()
        await expect(page.get_by_test_id("wallet")).to_be_visible()
        await fits(page, 390)
        home.answers["GET", "wallet"] = {"coins": 9000, "diamonds": 0, "entries": [], "next_before": None}
        await page.reload()
        await page.get_by_test_id("way-back").click()
        await expect(page.get_by_test_id("gift-tray")).to_have_class("gift-tray open")
        await expect(page.get_by_test_id("gift-cake")).to_have_attribute("aria-pressed", "true")
        await expect(page.get_by_test_id("gift-count-own")).to_have_value("7")
        await page.get_by_test_id("gift-send").click()
        await expect(page.get_by_test_id("combo-button")).to_have_count(1)
    assert [(said["d"]["gift"], said["d"]["count"]) for said in home.said] == [("cake", 1), ("cake", 7)]


async def test_any_number_can_be_given_to_a_guest_of_another_room_of_the_battle(browser: Browser) -> None:
    home = house(coins=100_000, battle=battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)]))
    guest = {**person("Mina"), "state": "on-stage", "picture": True, "muted": False, "since_ms": NOW_MS}
    home.answers["GET", f"rooms/{room_of('Sapphire')}/guests"] = {"guests": [guest]}
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("gift-open").click()
        to = page.get_by_test_id("gift-to-guest")
        await expect(to).to_have_attribute("data-user", "user-of-Mina")
        await to.click()
        await page.get_by_test_id("gift-count-own").fill("1000")
        await expect(page.get_by_test_id("gift-count-own")).to_have_value("999")
        await fits(page, 390)
        await page.get_by_test_id("gift-count-own").fill("233")
        await page.get_by_test_id("gift-send").click()
        await expect(page.get_by_test_id("combo-button")).to_have_attribute("data-count", "233")
    assert [(said["d"]["to"], said["d"]["count"]) for said in home.said] == [("user-of-Mina", 233)]
