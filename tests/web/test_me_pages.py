"""One's own page and the ways back to an account in Chromium: profile, people, sign-ins, a forgotten password."""

import json
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse, Response
from playwright.async_api import Browser, Page, expect

from tests.web.house import NOW_MS, Body, House, chromium, fits, signed_in, visit

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<img src=x onerror=alert(1)>"
PROFILE = {"user": "user-of-Ruby", "name": "Ruby", "roles": ["viewer"], "about": "sings", "email": None}
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def refusal(status: int, code: str) -> JSONResponse:
    return JSONResponse({"code": code, "detail": code, "status": status}, status)


def sign_in(session: str, current: bool = False, agent: str = AGENT) -> Body:
    known = {"session": session, "made_at_ms": NOW_MS, "seen_at_ms": NOW_MS, "agent": agent}
    return {**known, "address": "203.0.113.x", "current": current}


def related(*names: str) -> list[Body]:
    return [{"user": f"user-of-{name}", "name": name, "since_ms": NOW_MS} for name in names]


def house() -> House:
    found = House(["Ruby"])
    found.answers |= {
        ("GET", "me"): PROFILE,
        ("GET", "me/follows"): {"people": [], "next": None},
        ("GET", "me/blocks"): {"people": [], "next": None},
        ("GET", "me/sessions"): {"sessions": [sign_in("here", current=True)]},
    }
    return found


async def stored(page: Page) -> Any:
    return await page.evaluate("localStorage.getItem('ringside.session')")


async def test_a_profile_is_changed_and_a_new_name_comes_with_the_next_token(browser: Browser) -> None:
    home = house()
    account = {"user": "user-of-Ruby", "name": "Rubina", "roles": ["viewer"]}
    held = json.loads(signed_in(account).partition(", ")[2].removesuffix(")"))
    home.answers["PATCH", "me"] = {**PROFILE, "name": "Rubina", "about": HOSTILE}
    home.answers["POST", "sessions/refresh"] = json.loads(held)
    async with visit(browser, home, "/me", "Ruby") as page:
        await expect(page.get_by_test_id("profile-about")).to_have_value("sings")
        await fits(page, 390)
        await page.get_by_test_id("profile-name").fill("Rubina")
        await page.get_by_test_id("profile-about").fill(HOSTILE)
        await page.get_by_test_id("profile-submit").click()
        await expect(page.get_by_test_id("toasts")).to_contain_text("Saved")
        await expect(page.get_by_test_id("person")).to_contain_text("Rubina")
    assert home.commanded("PATCH", "me") == [{"name": "Rubina", "about": HOSTILE}]


async def test_a_name_that_somebody_has_is_told_and_what_was_typed_stays(browser: Browser) -> None:
    home = house()
    home.answers["PATCH", "me"] = refusal(409, "name-taken")
    async with visit(browser, home, "/me", "Ruby", locale="zh", width=360) as page:
        await page.get_by_test_id("profile-name").fill("Luo")
        await page.get_by_test_id("profile-submit").click()
        await expect(page.get_by_test_id("profile-error")).to_be_visible()
        await expect(page.get_by_test_id("profile-name")).to_have_value("Luo")
        await fits(page, 360)


async def test_an_address_is_entered_with_the_password_and_a_letter_is_promised(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, "/me", "Ruby") as page:
        await page.get_by_test_id("email-address").fill("ruby@example.com")
        await page.get_by_test_id("email-password").fill("her password")
        await page.get_by_test_id("email-submit").click()
        await expect(page.get_by_test_id("email-asked")).to_contain_text("ruby@example.com")
        await expect(page.get_by_test_id("email-password")).to_have_value("")
    assert home.commanded("PUT", "me/email") == [{"email": "ruby@example.com", "password": "her password"}]


LISTS = {
    "follows": ("me/follows", {"people": related("Kai"), "next": None}, {"people": [], "next": None}),
    "blocks": ("me/blocks", {"people": related("Kai"), "next": None}, {"people": [], "next": None}),
    "sessions": ("me/sessions", {"sessions": [sign_in("here", current=True)]}, {"sessions": []}),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_says_that_it_is_empty_broken_or_at_its_end(browser: Browser, name: str) -> None:
    home = house()
    path, some, none = LISTS[name]
    home.answers["GET", path] = none
    async with visit(browser, home, f"/me?tab={name}", "Ruby", width=360) as page:
        await expect(page.get_by_test_id(f"{name}-none")).to_be_visible()
        home.answers["GET", path] = refusal(503, "store-away")
        await page.reload()
        await expect(page.get_by_test_id(name).get_by_role("alert")).to_be_visible()
        await fits(page, 360)
        home.answers["GET", path] = some
        await page.get_by_test_id(f"{name}-again").click()
        await expect(page.get_by_test_id(f"{name}-end")).to_be_visible()
        await expect(page.get_by_test_id(name).get_by_role("alert")).to_have_count(0)
        await expect(page.get_by_test_id(name)).to_have_attribute("aria-busy", "false")
        await expect(page.get_by_test_id(name).locator("li")).to_have_count(1)
        await fits(page, 360)


async def test_a_long_list_comes_page_by_page_and_a_page_that_did_not_come_is_asked_for_again(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, "/me", "Ruby") as page:
        home.answers["GET", "me/follows"] = {"people": related("Kai", HOSTILE), "next": "5-x"}
        await page.get_by_test_id("me-follows").click()
        rows = page.get_by_test_id("person-row")
        await expect(rows).to_have_count(2)
        await expect(rows.nth(1)).to_contain_text(HOSTILE)
        home.answers["GET", "me/follows"] = refusal(503, "store-away")
        await page.get_by_test_id("follows-more").click()
        await expect(page.get_by_test_id("follows").get_by_role("alert")).to_be_visible()
        home.answers["GET", "me/follows"] = {"people": related("Luo"), "next": None}
        await page.get_by_test_id("follows-again").click()
        await expect(rows).to_have_count(3)
        await expect(page.get_by_test_id("follows-end")).to_be_visible()


async def test_who_was_let_go_by_mistake_is_taken_back_with_one_tap(browser: Browser) -> None:
    home = house()
    home.answers["GET", "me/blocks"] = {"people": related("Kai"), "next": None}
    async with visit(browser, home, "/me?tab=blocks", "Ruby") as page:
        button = page.get_by_test_id("let-user-of-Kai")
        await expect(button).to_have_text("Unblock")
        await button.click()
        await expect(button).to_have_text("Block")
        await button.click()
        await expect(button).to_have_text("Unblock")
    deeds = [(method, path) for method, path, _ in home.asked if path == "me/blocks/user-of-Kai"]
    assert deeds == [("DELETE", "me/blocks/user-of-Kai"), ("PUT", "me/blocks/user-of-Kai")]


async def test_another_sign_in_is_ended_alone_or_with_all_others(browser: Browser) -> None:
    home = house()
    three = [sign_in("here", current=True), sign_in("phone", agent=HOSTILE), sign_in("old", agent="")]
    home.answers["GET", "me/sessions"] = deque([{"sessions": three[:count]} for count in (3, 2, 1)])
    async with visit(browser, home, "/me?tab=sessions", "Ruby") as page:
        rows = page.get_by_test_id("sign-in")
        await expect(rows.nth(0)).to_contain_text("Chrome on Linux")
        await expect(rows.nth(0)).to_contain_text("This device")
        await expect(rows.nth(1)).to_contain_text(HOSTILE)
        await expect(page.get_by_test_id("end-here")).to_have_count(0)
        await fits(page, 390)
        await page.get_by_test_id("end-old").click()
        await expect(rows).to_have_count(2)
        await page.get_by_test_id("end-others").click()
        await expect(rows).to_have_count(1)
        await expect(page.get_by_test_id("end-others")).to_have_count(0)
    deeds = [(method, path) for method, path, _ in home.asked if method == "DELETE"]
    assert deeds == [("DELETE", "me/sessions/old"), ("DELETE", "me/sessions")]


@pytest.mark.parametrize("status", [204, 401])
async def test_who_signs_out_is_signed_out_at_the_server_too(browser: Browser, status: int) -> None:
    home = house()
    gone = Response(status_code=204) if status == 204 else refusal(401, "sign-in-again")
    home.answers["DELETE", "me/sessions/current"] = gone
    async with visit(browser, home, "/me", "Ruby") as page:
        await page.get_by_test_id("me-sign-out").click()
        await expect(page.get_by_test_id("login-form")).to_be_visible()
        await expect(page.locator(".toast")).to_have_count(0)
        await home.until_commanded("DELETE", "me/sessions/current")
        assert await stored(page) is None


async def test_a_server_that_could_not_be_told_of_it_is_said_so_and_this_device_is_signed_out(browser: Browser) -> None:
    home = house()
    home.answers["DELETE", "me/sessions/current"] = refusal(503, "store-away")
    async with visit(browser, home, "/me", "Ruby") as page:
        await page.get_by_test_id("me-sign-out").click()
        await expect(page.locator(".toast-bad")).to_be_visible()
        assert await stored(page) is None


async def test_who_forgot_his_password_asks_for_a_letter_and_is_not_told_whether_there_is_such_an_account(
    browser: Browser,
) -> None:
    home = house()
    async with visit(browser, home, "/login") as page:
        await page.get_by_test_id("tab-login").click()
        await page.get_by_test_id("forgotten").click()
        await fits(page, 390)
        await page.get_by_test_id("reset-account").fill("Ruby")
        await page.get_by_test_id("reset-ask-submit").click()
        await expect(page.get_by_test_id("reset-asked")).to_contain_text("If there is such an account")
    assert home.commanded("POST", "password-resets") == [{"account": "Ruby"}]


async def test_the_link_of_the_letter_sets_a_password_and_leaves_no_token_in_the_address(browser: Browser) -> None:
    home = house()
    home.answers["PUT", "password"] = deque([refusal(422, "password-unsuitable"), Response(status_code=204)])
    async with visit(browser, home, "/reset#tok-1") as page:
        await page.get_by_test_id("reset-password").fill("short")
        assert await page.evaluate("location.hash") == ""
        await page.get_by_test_id("reset-submit").click()
        await expect(page.get_by_test_id("reset-error")).to_be_visible()
        await page.get_by_test_id("reset-password").fill("a longer one")
        await page.get_by_test_id("reset-submit").click()
        await page.get_by_test_id("reset-login").click()
        await expect(page.get_by_test_id("tab-login")).to_be_visible()
    tries = home.commanded("PUT", "password")
    assert tries == [{"token": "tok-1", "password": word} for word in ("short", "a longer one")]


async def test_a_second_letter_opened_where_the_page_stands_counts(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, "/reset") as page:
        await expect(page.get_by_test_id("reset-account")).to_be_visible()
        await page.evaluate("location.hash = 'tok-2'")
        await page.get_by_test_id("reset-password").fill("a longer one")
        await page.get_by_test_id("reset-submit").click()
        await expect(page.get_by_test_id("reset-done")).to_be_visible()
    assert home.commanded("PUT", "password") == [{"token": "tok-2", "password": "a longer one"}]


async def test_an_address_is_confirmed_by_a_tap_and_not_by_opening_the_link(browser: Browser) -> None:
    home = house()
    home.answers["POST", "email-confirmations"] = deque([refusal(404, "mail-token-unknown"), Response(status_code=204)])
    async with visit(browser, home, "/email#tok-3", locale="zh", width=360) as page:
        await expect(page.get_by_test_id("email-confirm-submit")).to_be_visible()
        assert home.commanded("POST", "email-confirmations") == []
        await fits(page, 360)
        await page.get_by_test_id("email-confirm-submit").click()
        await expect(page.get_by_test_id("email-confirm-error")).to_contain_text("链接已失效")
        await page.get_by_test_id("email-confirm-submit").click()
        await expect(page.get_by_test_id("email-done")).to_be_visible()
    assert home.commanded("POST", "email-confirmations") == [{"token": "tok-3"}] * 2


async def test_a_link_that_lost_its_token_says_so(browser: Browser) -> None:
    async with visit(browser, house(), "/email") as page:
        await expect(page.get_by_test_id("email-broken")).to_be_visible()
