"""The chat of a room in Chromium: answers and mentions, what is done about a line, who keeps order by which rules."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse, Response
from playwright.async_api import Browser, Locator, Page, expect

from tests.web.house import NOW_MS, Body, House, chromium, fits, person, room_of, visit

RUBYS = room_of("Ruby")
ROOM = f"/rooms/{RUBYS}"
NOTE_WAITS = """() => {
  waits = [];
  new MutationObserver(() => waits.push(document.querySelector('.chat-wait')?.textContent ?? '0'))
    .observe(document.body, { subtree: true, childList: true, characterData: true });
}"""
NO_RULES: Body = {"slow_s": 0, "followers_only": False, "links": True, "moderators": []}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def said(message: str, name: str, text: str, **more: Any) -> Body:
    known: Body = {"id": message, **person(name), "text": text, "at_ms": NOW_MS, "rank": None, "mentions": []}
    return {**known, "reply": None, **more}


def house(*lines: Body, **rules: Any) -> House:
    found = House(["Ruby"], members={"chat": list(lines), "chat_rules": {**NO_RULES, **rules}})
    found.answers["GET", f"rooms/{RUBYS}/mutes"] = {"mutes": []}
    for kind in ("blocks", "follows"):
        found.answers["GET", f"me/{kind}"] = {"people": [], "next": None}
    found.answers["GET", "hosts/user-of-Ruby/standing"] = {**person("Ruby"), "rating": 1500, "streak": 0}
    return found


def line(page: Page, text: str) -> Locator:
    return page.get_by_test_id("chat-line").filter(has_text=text)


def name(page: Page, whose: str) -> Locator:
    return page.get_by_test_id("chat-name").filter(has_text=whose)


async def choose(page: Page, text: str, deed: str) -> None:
    """From the menu of the line that says ``text``."""
    await line(page, text).locator("span").last.click()
    await page.get_by_test_id(f"line-{deed}").click()


async def say(page: Page, text: str) -> None:
    await page.get_by_test_id("chat-input").press_sequentially(text)
    await page.get_by_test_id("chat-send").click()


def refusal(code: str, status: int) -> Response:
    return JSONResponse({"code": code, "status": status, "detail": "in English"}, status)


async def test_the_newest_line_stays_in_sight_when_the_chat_has_less_room(browser: Browser) -> None:
    home = house(*(said(f"m{number}", "Kai", f"Line {number}") for number in range(40)))
    async with visit(browser, home, ROOM, "Vera") as page:
        await page.set_viewport_size({"width": 844, "height": 390})
        await expect(line(page, "Line 39")).to_be_in_viewport(ratio=1)
        await choose(page, "Line 39", "reply")
        await expect(page.get_by_test_id("answering")).to_be_visible()
        await expect(line(page, "Line 39")).to_be_in_viewport(ratio=1)
        await fits(page, 844)


async def test_a_line_is_answered_with_what_it_says_and_what_is_deleted_is_quoted_no_more(browser: Browser) -> None:
    home = house(said("m1", "Kai", "Go red!"), said("m2", "Leo", "Go blue!"))
    async with visit(browser, home, ROOM, "Vera") as page:
        await choose(page, "Go red!", "reply")
        await expect(page.get_by_test_id("answering")).to_contain_text("Reply to Kai")
        await expect(page.get_by_test_id("chat-input")).to_be_focused()
        await fits(page, 390)
        await say(page, "Always")
        await expect(page.get_by_test_id("answering")).to_have_count(0)
        quoted = {"id": "m1", **person("Kai"), "text": "Go red!"}
        await home.tell("chat.said", said("m3", "Vera", "Always", reply=quoted))
        await expect(page.get_by_test_id("chat-quote")).to_have_text("KaiGo red!")
        await home.tell("chat.deleted", {"ids": ["m1"], "by": "h"})
        await expect(page.get_by_test_id("chat-quote")).to_have_text("Kaideleted")
    assert [each["d"] for each in home.said] == [{"text": "Always", "reply_to": "m1"}]


async def test_a_tap_on_a_name_calls_it_and_who_is_called_finds_his_name(browser: Browser) -> None:
    home = house(said("m1", "Kai", "Go red!"), said("m2", "Leo", "Go blue!"))
    async with visit(browser, home, ROOM, "Vera") as page:
        await name(page, "Leo").click()
        await name(page, "Kai").click()
        await expect(page.get_by_test_id("chat-input")).to_have_value("@Leo @Kai ")
        await page.get_by_test_id("chat-input").fill("@Kai well done")
        await page.get_by_test_id("chat-send").click()
        await expect(page.get_by_test_id("chat-input")).to_have_value("")
        calls = ["user-of-Vera"]
        await home.tell("chat.said", said("m3", "Kai", "Thank you, @Vera!", mentions=calls))
        await home.tell("chat.said", said("m4", "Leo", "@Vera is nobody here"))
        await expect(line(page, "Thank you").locator("mark")).to_have_text("@Vera")
        await expect(page.locator(".to-me")).to_have_count(1)
    assert [each["d"] for each in home.said] == [{"text": "@Kai well done", "mentions": ["user-of-Kai"]}]


async def test_what_was_refused_is_told_in_words_and_kept_to_be_said_again(browser: Browser) -> None:
    home = house(said("m1", "Kai", "加油"))
    home.replies["chat.say"] = [{"code": "links-not-allowed"}, {"code": "message-unknown"}]
    async with visit(browser, home, ROOM, "Vera", locale="zh-CN") as page:
        await choose(page, "加油", "reply")
        await say(page, "看 example.com")
        await expect(page.get_by_test_id("toasts")).to_contain_text("本房间不允许发送链接")
        await expect(page.get_by_test_id("chat-input")).to_have_value("看 example.com")
        await expect(page.get_by_test_id("answering")).to_contain_text("回复 Kai")
        await page.get_by_test_id("chat-input").fill("好")
        await page.get_by_test_id("chat-send").click()
        await expect(page.get_by_test_id("toasts")).to_contain_text("该消息已不存在")
        await expect(page.get_by_test_id("chat-input")).to_have_value("好")
        await expect(page.get_by_test_id("answering")).to_have_count(0)


async def test_a_viewer_takes_back_his_own_words_only_and_a_stranger_can_do_nothing(browser: Browser) -> None:
    home = house(said("m1", "Kai", "Go red!"), said("m2", "Vera", "Go blue!"))
    async with visit(browser, home, ROOM, "Vera") as page:
        await line(page, "Go red!").locator("span").click()
        await expect(page.get_by_test_id("line-reply")).to_be_visible()
        await expect(page.get_by_test_id("line-delete")).to_have_count(0)
        await expect(page.get_by_test_id("line-mute-600")).to_have_count(0)
        await page.keyboard.press("Escape")
        await choose(page, "Go blue!", "delete")
        await expect(page.get_by_test_id("line-menu")).to_have_count(0)
        await home.until_commanded("DELETE", f"rooms/{RUBYS}/chat/m2")
    async with visit(browser, home, ROOM) as page:
        await line(page, "Go red!").locator("span").click()
        await expect(page.get_by_test_id("line-menu")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
async def test_a_moderator_deletes_and_mutes_from_the_menu_of_a_line(browser: Browser, width: int) -> None:
    mods = [person("Vera"), person("Mo")]
    lines = [said("m1", "Kai", "Spam"), said("m2", "Kai", "More spam"), said("m3", "Mo", "Stop", rank="moderator")]
    home = house(*lines, moderators=mods, slow_s=60)
    home.answers["PUT", f"rooms/{RUBYS}/mutes/user-of-Kai"] = {**person("Kai"), "until_ms": NOW_MS + 3_600_000}
    async with visit(browser, home, ROOM, "Vera", width=width) as page:
        await line(page, "More spam").locator("span").click()
        await expect(page.get_by_test_id("line-mute-3600")).to_be_in_viewport(ratio=1)
        await expect(page.get_by_placeholder("Say something")).to_have_count(1)
        await fits(page, width)
        await page.get_by_test_id("line-delete").click()
        await home.until_commanded("DELETE", f"rooms/{RUBYS}/chat/m2")
        await home.tell("chat.deleted", {"ids": ["m2"], "by": "user-of-Vera"})
        await expect(line(page, "More spam")).to_have_count(0)
        await choose(page, "Spam", "mute-3600")
        await expect(page.get_by_test_id("toasts")).to_contain_text("Kai is muted.")
        await line(page, "Stop").locator("span").click()
        await expect(page.get_by_test_id("line-mention")).to_be_visible()
        await expect(page.get_by_test_id("line-delete")).to_have_count(0)
        await expect(page.get_by_test_id("line-mute-600")).to_have_count(0)
    assert home.commanded("PUT", f"rooms/{RUBYS}/mutes/user-of-Kai") == [{"for_s": 3600}]


async def test_a_deed_that_is_refused_is_told_in_words(browser: Browser) -> None:
    home = house(said("m1", "Kai", "垃圾"), moderators=[person("Vera")])
    home.answers["DELETE", f"rooms/{RUBYS}/chat/m1"] = refusal("out-of-reach", 403)
    async with visit(browser, home, ROOM, "Vera", locale="zh-CN") as page:
        await choose(page, "垃圾", "delete")
        await expect(page.get_by_test_id("toasts")).to_contain_text("不能对该身份的用户这样做")
        await expect(line(page, "垃圾")).to_have_count(1)


async def test_host_moderators_and_staff_are_known_by_their_badges(browser: Browser) -> None:
    lines = [said("1", "Ruby", "Hi", rank="host"), said("2", "Mo", "Hi", rank="moderator")]
    home = house(*lines, said("3", "Ada", "Hi", rank="staff"), said("4", "Kai", "Hi"))
    async with visit(browser, home, ROOM, "Vera", locale="zh-CN") as page:
        await expect(page.get_by_test_id("chat-line")).to_have_text(["主播RubyHi", "房管MoHi", "官方AdaHi", "KaiHi"])


async def test_the_menu_of_a_line_is_reached_by_keys_and_goes_when_its_line_is_deleted(browser: Browser) -> None:
    home = house(said("m1", "Kai", "Go red!"), said("m2", "Leo", "Go blue!"))
    async with visit(browser, home, ROOM, "Vera") as page:
        await expect(page.get_by_test_id("chat-line")).to_have_count(2)
        await page.get_by_test_id("chat").focus()
        for key in ("ArrowUp", "ArrowUp", "Enter"):
            await page.keyboard.press(key)
        await expect(page.get_by_test_id("line-menu")).to_contain_text("Go red!")
        await home.tell("chat.deleted", {"ids": ["m1"], "by": "h"})
        await expect(page.get_by_test_id("line-menu")).to_have_count(0)


async def test_who_does_not_follow_is_asked_to_where_only_followers_speak(browser: Browser) -> None:
    home = house(followers_only=True)
    async with visit(browser, home, ROOM, "Vera") as page:
        await fits(page, 390)
        await page.get_by_test_id("follow-to-say").click()
        await say(page, "Hello")
        await expect(page.get_by_test_id("chat-input")).to_have_value("")
    assert len(home.commanded("PUT", "me/follows/user-of-Ruby")) == 1
    assert [each["d"] for each in home.said] == [{"text": "Hello"}]


async def test_a_refusal_says_for_how_long_and_the_line_knows_it_from_then_on(browser: Browser) -> None:
    home = house(slow_s=30)
    home.replies["chat.say"] = [
        {"code": "chat-slow", "status": 429, "retry_after_s": 20},
        {"code": "muted-here", "status": 403, "until_ms": NOW_MS + 600_000},
    ]
    async with visit(browser, home, ROOM, "Vera") as page:
        await say(page, "Hello")  # he has spoken on another page a moment ago
        await expect(page.get_by_test_id("toasts")).to_contain_text("You may speak again in 20 s")
        assert 0 < int(await page.get_by_test_id("chat-wait").inner_text()) <= 20
        await home.tell("chat.rules", NO_RULES)
        await page.get_by_test_id("chat-send").click()
        await expect(page.get_by_test_id("toasts")).to_contain_text("You are muted here until")
        await expect(page.get_by_test_id("chat-input")).to_be_disabled()
        await expect(page.get_by_placeholder("You are muted here until")).to_be_visible()
        await expect(page.get_by_test_id("chat-line")).to_have_count(0)


async def test_in_slow_mode_a_viewer_sees_how_long_he_waits_and_a_muted_one_until_when(browser: Browser) -> None:
    home = house(slow_s=60)
    async with visit(browser, home, ROOM, "Vera") as page:
        await expect(page.get_by_placeholder("Slow mode: every 60 s")).to_be_visible()
        await page.evaluate(NOTE_WAITS)
        await say(page, "Hello")
        await expect(page.get_by_test_id("chat-wait")).to_be_visible()
        assert max(map(int, await page.evaluate("waits"))) in (59, 60), "by the server's clock from the beginning"
        await page.get_by_test_id("chat-input").fill("Too early")
        await page.get_by_test_id("chat-input").press("Enter")
        await expect(page.get_by_test_id("chat-input")).to_have_value("Too early")
        await home.tell("chat.rules", NO_RULES)
        await expect(page.get_by_test_id("chat-send")).to_be_enabled()
        await home.tell("chat.muted", {"user": "user-of-Vera", "until_ms": NOW_MS + 600_000, "by": "h"})
        await expect(page.get_by_test_id("chat-input")).to_be_disabled()
        await expect(page.get_by_placeholder("You are muted here until")).to_be_visible()
    assert [each["d"] for each in home.said] == [{"text": "Hello"}]


async def test_a_host_sets_the_rules_of_his_chat_and_refused_ones_are_shown_as_they_are(browser: Browser) -> None:
    home = house()
    home.answers["PUT", f"rooms/{RUBYS}/chat"] = {**NO_RULES, "slow_s": 10}
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("chat-settings").locator("summary").click()
        await page.get_by_test_id("order-slow").select_option("10")
        await home.until_commanded("PUT", f"rooms/{RUBYS}/chat")
        home.answers["PUT", f"rooms/{RUBYS}/chat"] = refusal("not-a-room-moderator", 403)
        await page.get_by_test_id("order-links").select_option("no")
        await expect(page.get_by_test_id("toasts")).to_contain_text("Only the host and moderators may do this")
        await expect(page.get_by_test_id("order-links")).to_have_value("yes")
        await expect(page.get_by_test_id("order-slow")).to_have_value("10")
        await home.tell("chat.rules", {**NO_RULES, "followers_only": True})
        await expect(page.get_by_test_id("order-speakers")).to_have_value("followers")
        await fits(page, 390)
    rules = {"slow_s": 10, "followers_only": False, "links": True}
    assert home.commanded("PUT", f"rooms/{RUBYS}/chat") == [rules, {**rules, "links": False}]


async def test_a_host_names_a_moderator_by_a_line_or_in_his_settings_and_dismisses_him(browser: Browser) -> None:
    home = house(said("m1", "Kai", "Go red!"), said("m2", "Leo", "Go blue!"))
    home.answers["GET", f"rooms/{RUBYS}/chat"] = {**NO_RULES, "moderators": [person("Kai")]}
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("chat-settings").locator("summary").click()
        await page.get_by_test_id("order-name").select_option("user-of-Kai")
        await expect(page.get_by_test_id("moderator-user-of-Kai")).to_be_visible()
        await choose(page, "Go blue!", "name")
        await expect(page.get_by_test_id("toasts")).to_contain_text("Leo is a moderator now")
        await home.tell("chat.rules", {**NO_RULES, "moderators": [person("Kai"), person("Leo")]})
        await expect(page.get_by_test_id("order-name")).to_have_count(0)
        await fits(page, 390)
        home.answers["GET", f"rooms/{RUBYS}/chat"] = {**NO_RULES, "moderators": [person("Leo")]}
        await page.get_by_test_id("dismiss-user-of-Kai").click()
        await page.get_by_test_id("dismiss-user-of-Kai-confirm").click()
        await expect(page.get_by_test_id("moderator-user-of-Kai")).to_have_count(0)
    named = [(verb, path) for verb, path, _ in home.asked if "moderators" in path]
    places = [f"rooms/{RUBYS}/moderators/user-of-{each}" for each in ("Kai", "Leo")]
    assert named == [("PUT", places[0]), ("PUT", places[1]), ("DELETE", places[0])]


async def test_a_host_finds_a_moderator_by_name_who_has_not_spoken(browser: Browser) -> None:
    home = house(moderators=[person("Mo")])
    home.answers["GET", "users"] = {"users": [person("Mina"), person("Mo"), person("Ruby")]}
    home.answers["GET", f"rooms/{RUBYS}/chat"] = {**NO_RULES, "moderators": [person("Mo"), person("Mina")]}
    asked: list[str] = []
    async with visit(browser, home, "/studio", "Ruby") as page:
        page.on("request", lambda request: asked.append(request.url) if "/users?" in request.url else None)
        await page.get_by_test_id("chat-settings").locator("summary").click()
        search, found = page.get_by_label("Find somebody by name"), page.get_by_test_id("search-found")
        await search.press_sequentially("m i", delay=20)
        await expect(found.get_by_role("listitem")).to_have_count(1)  # neither a moderator nor herself
        assert [url.partition("?")[2] for url in asked] == ["name=m%20i"]
        await found.get_by_role("button", name="Name Mina").click()
        await expect(page.get_by_test_id("moderator-user-of-Mina")).to_be_visible()
        await expect(search).to_have_value("")
        assert len(home.commanded("PUT", f"rooms/{RUBYS}/moderators/user-of-Mina")) == 1
        home.answers["GET", "users"] = {"users": []}
        await search.fill("nobody")
        await expect(page.get_by_test_id("search-nobody")).to_be_visible()
        home.answers["GET", "users"] = refusal("too-many-attempts", 429)
        await search.fill("too fast")
        await expect(page.get_by_test_id("search-error")).to_be_visible()
        await fits(page, 390)


async def test_a_moderator_lets_somebody_speak_again_and_may_go(browser: Browser) -> None:
    home = house(moderators=[person("Vera")])
    muted = {**person("Kai"), "until_ms": NOW_MS + 600_000, "by": "h", "at_ms": NOW_MS}
    home.answers["GET", f"rooms/{RUBYS}/mutes"] = {"mutes": [muted]}
    async with visit(browser, home, ROOM, "Vera") as page:
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("open-keeping").click()
        await expect(page.get_by_test_id("muted-user-of-Kai")).to_be_visible()
        await fits(page, 390)
        home.answers["GET", f"rooms/{RUBYS}/mutes"] = {"mutes": []}
        await page.get_by_test_id("lift-user-of-Kai").click()
        await expect(page.get_by_test_id("mutes-none")).to_be_visible()
        await page.get_by_test_id("resign").click()
        await page.get_by_test_id("resign-confirm").click()
        await home.until_commanded("DELETE", f"rooms/{RUBYS}/moderators/user-of-Vera")
        await home.tell("chat.rules", NO_RULES)
        await expect(page.get_by_test_id("keeping")).to_have_count(0)
        await page.get_by_test_id("room-menu").click()
        await expect(page.get_by_test_id("open-keeping")).to_have_count(0)
    assert len(home.commanded("DELETE", f"rooms/{RUBYS}/mutes/user-of-Kai")) == 1
