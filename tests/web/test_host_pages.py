"""What a host has beside a battle, in Chromium: any opponent, his record, his settings, whom he follows and blocks."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, expect

from tests.web.house import (
    NOW_MS,
    Body,
    House,
    battle,
    chromium,
    fits,
    member,
    person,
    room_of,
    until_true,
    verdict,
    visit,
)

RUBYS = room_of("Ruby")
SEARCH = {"room": RUBYS, "since_ms": NOW_MS - 7_000, "rating": 1532, "window": 100, "duration_ms": 180_000}
TO_SIGN_IN = "() => { history.pushState(null, '', '/login'); dispatchEvent(new PopStateEvent('popstate')); }"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def house(**more: Any) -> House:
    found = House(["Ruby", "Sapphire"], **more)
    record = {"battles": 9, "wins": 6, "draws": 1, "losses": 2, "streak": 3, "best_streak": 4}
    for name in ("Ruby", "Sapphire"):
        found.answers["GET", f"hosts/user-of-{name}/standing"] = {**person(name), "rating": 1532, **record}
    for kind in ("blocks", "follows"):
        found.answers["GET", f"me/{kind}"] = {"people": [], "next": None}
    return found


async def test_a_host_looks_for_any_opponent_sees_the_window_widen_and_thinks_better_of_it(browser: Browser) -> None:
    home = house()
    home.answers["POST", f"rooms/{RUBYS}/match"] = SEARCH
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("invite-duration").select_option("180")
        await page.get_by_test_id("match-find").click()
        await expect(page.get_by_test_id("match-waiting")).to_contain_text("1,532 ± 100")
        await home.tell("match.waiting", {**SEARCH, "window": 150})
        await expect(page.get_by_test_id("match-waiting")).to_contain_text("± 150")
        await page.get_by_test_id("match-cancel").click()
        await expect(page.get_by_test_id("match-find")).to_be_visible()
    assert home.commanded("POST", f"rooms/{RUBYS}/match") == [{"duration_s": 180}]
    assert len(home.commanded("DELETE", f"rooms/{RUBYS}/match")) == 1


async def test_a_search_that_came_to_nothing_is_told_and_one_that_goes_on_is_found_again(browser: Browser) -> None:
    home = house()
    home.answers["GET", f"rooms/{RUBYS}/match"] = SEARCH
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("match-waiting")).to_be_visible()
        await home.tell("match.ended", {"reason": "expired", "battle": None})
        await expect(page.get_by_test_id("toasts")).to_contain_text("Nobody was found")
        await expect(page.get_by_test_id("match-find")).to_be_enabled()


async def test_a_search_that_the_platform_has_forgotten_is_over_when_the_page_asks_again(browser: Browser) -> None:
    home = house()
    home.answers["POST", f"rooms/{RUBYS}/match"] = SEARCH
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("match-find")).to_be_enabled()
        await page.clock.install()
        await page.get_by_test_id("match-find").click()
        await expect(page.get_by_test_id("match-waiting")).to_be_visible()
        home.answers["GET", f"rooms/{RUBYS}/match"] = {**SEARCH, "window": 200}
        await page.clock.run_for(11_000)
        await expect(page.get_by_test_id("match-waiting")).to_contain_text("± 200")
        home.answers["GET", f"rooms/{RUBYS}/match"] = None
        await page.clock.run_for(11_000)
        await expect(page.get_by_test_id("match-find")).to_be_enabled()


def past(number: int, outcome: str, after: int) -> Body:
    result = verdict("red", scores={"red": 30, "blue": 20})
    sides = [[member("Ruby", 0)], [member("Sapphire", 1)]]
    over = battle("ended", *sides, battle=f"battle-{number}", result=result)
    return {"battle": over, "outcome": outcome, "rating_before": 1500, "rating_after": after}


async def test_the_name_of_a_rooms_host_opens_his_record_which_is_turned_page_by_page(browser: Browser) -> None:
    home = house()
    home.answers["GET", "hosts/user-of-Ruby/battles"] = {"battles": [past(2, "won", 1516)], "next": "older"}
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("open-host").click()
        dialog = page.get_by_test_id("host-dialog")
        await expect(dialog.get_by_test_id("fame")).to_have_attribute("data-rating", "1532")
        await expect(dialog.get_by_test_id("past-battle")).to_contain_text("against Sapphire")
        await expect(dialog.get_by_test_id("past-battle")).to_contain_text("+16")
        home.answers["GET", "hosts/user-of-Ruby/battles"] = {"battles": [past(1, "lost", 1490)], "next": None}
        await page.get_by_test_id("battles-more").click()
        await expect(dialog.get_by_test_id("past-battle")).to_have_count(2)
        await expect(page.get_by_test_id("battles-more")).to_have_count(0)
        await fits(page, 390)
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_test_id("open-host")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(dialog).to_be_visible()
        await page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")
        await expect(dialog).to_have_count(0)
        await page.route("**/pages/lobby.js", lambda route: route.abort(), times=1)
        await page.get_by_test_id("leave").click()
        await page.get_by_test_id("page-again").click()
        await expect(page.locator("main.lobby")).to_be_focused()
        been = await page.evaluate("history.length")
        await page.evaluate(TO_SIGN_IN)
        await until_true(page, "location.pathname === '/'")
        assert await page.evaluate("history.length") == been + 1, "the way back is not by the sign-in"


async def test_a_viewer_follows_the_host_of_a_room_and_stops_again(browser: Browser) -> None:
    home = house()
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        follow = page.get_by_test_id("follow")
        await follow.click()
        await expect(follow).to_have_attribute("aria-pressed", "true")
        await follow.click()
        await expect(follow).to_have_attribute("aria-pressed", "false")
        await expect(page).to_have_title("Ruby sings · Ruby · Ringside")
        await page.route("**/parts/host_dialog.js", lambda route: route.abort())
        await page.get_by_test_id("open-host").click()
        await expect(page.get_by_test_id("toasts")).to_contain_text("reload the page")
        assert await page.locator(".toasts:popover-open").count() == 1, "a dialog would cover it"
        await home.lose_feeds(4000)
        await expect(page.get_by_test_id("closed")).to_have_attribute("data-code", "4000")
        await expect(page.get_by_test_id("newer-again")).to_have_text("Reload the page")
    assert [verb for verb, path, _ in home.asked if path == "me/follows/user-of-Ruby"] == ["PUT", "DELETE"]


async def test_a_host_says_who_may_invite_him_and_lets_somebody_in_again(browser: Browser) -> None:
    home = house()
    home.answers["GET", "me/blocks"] = {"people": [{**person("Opal"), "since_ms": NOW_MS}], "next": None}
    home.answers["GET", "me/battle-settings"] = {"invitations": "everyone", "auto_accept": "nobody"}
    home.answers["PUT", "me/battle-settings"] = {"invitations": "followed", "auto_accept": "nobody"}
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("host-settings").locator("summary").click()
        await page.get_by_test_id("settings-invitations").select_option("followed")
        await page.get_by_test_id("unblock-user-of-Opal").click()
        await expect(page.get_by_test_id("blocked-user-of-Opal")).to_have_count(0)
        await fits(page, 390)
    assert home.commanded("PUT", "me/battle-settings") == [{"invitations": "followed", "auto_accept": "nobody"}]
    assert len(home.commanded("DELETE", "me/blocks/user-of-Opal")) == 1


async def test_settings_that_were_refused_are_shown_as_they_are(browser: Browser) -> None:
    home = house()
    home.answers["GET", "me/battle-settings"] = {"invitations": "everyone", "auto_accept": "nobody"}
    home.answers["PUT", "me/battle-settings"] = JSONResponse({"code": "store-away", "status": 503}, 503)
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("host-settings").locator("summary").click()
        await page.get_by_test_id("settings-autoAccept").select_option("everyone")
        await expect(page.get_by_test_id("settings-autoAccept")).to_have_value("nobody")


async def test_an_inviter_can_be_blocked_with_his_invitation_when_asked_twice(browser: Browser) -> None:
    home = house(battle=battle("invited", [member("Sapphire", 0)], [member("Ruby", 1, accepted=False)]))
    async with visit(browser, home, "/studio", "Ruby") as page:
        await page.get_by_test_id("block-inviter").click()
        await page.get_by_test_id("block-inviter-confirm").click()
        await home.until_commanded("POST", "battles/battle-1/decline")
    order = [path for _, path, _ in home.asked if path.startswith(("me/blocks", "battles"))]
    assert order == ["me/blocks/user-of-Sapphire", "battles/battle-1/decline"]


async def test_the_card_of_a_victory_lets_its_host_block_whom_he_has_met_and_a_viewer_not(browser: Browser) -> None:
    changed = [{"user": "user-of-Ruby", "before": 1500, "after": 1516, "streak": 1}]
    sides = [[member("Ruby", 0)], [member("Sapphire", 1)]]
    home = house(battle=battle("victory", *sides, result=verdict("red", ratings=changed)))
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("result-rating")).to_have_attribute("data-gained", "16")
        await page.get_by_test_id("block-user-of-Sapphire").click()
        await page.get_by_test_id("block-user-of-Sapphire-confirm").click()
        await expect(page.get_by_test_id("block-user-of-Sapphire")).to_have_count(0)
    assert len(home.commanded("PUT", "me/blocks/user-of-Sapphire")) == 1
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await expect(page.get_by_test_id("battle-result")).to_be_visible()
        await expect(page.get_by_test_id("block-user-of-Sapphire")).to_have_count(0)
