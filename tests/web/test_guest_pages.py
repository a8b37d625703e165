"""Guests on the pages, in Chromium: a viewer's way to a seat and his little stage, and the host's list."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from fastapi.responses import JSONResponse
from playwright.async_api import Browser, expect

from tests.web.house import NOW_MS, Body, House, battle, chromium, fits, member, person, room_of, visit

RUBYS = room_of("Ruby")
GUESTS = f"rooms/{RUBYS}/guests"
KAI = "user-of-Kai"
NO_DEVICE_YET = """() => {
  window.asked = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = wanted => { window.asked.push(wanted); return ask(wanted); };
}"""


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def guest(name: str, state: str, **more: Any) -> Body:
    return {**person(name), "state": state, "picture": True, "muted": False, "since_ms": NOW_MS, **more}


def house(*guests: Body, **more: Any) -> House:
    home = House(["Ruby", "Sapphire"], members={"guests": list(guests)}, **more)
    for kind in ("blocks", "follows"):
        home.answers["GET", f"me/{kind}"] = {"people": [], "next": None}
    home.answers["GET", f"rooms/{room_of('Sapphire')}/guests"] = {"guests": [guest("Mina", "on-stage")]}
    home.answers["GET", GUESTS] = {"guests": list(guests)}
    return home


async def test_a_viewer_applies_and_is_asked_for_his_microphone_only_once_the_host_has_approved(
    browser: Browser,
) -> None:
    home = house(media_answers=False)
    home.answers["POST", GUESTS] = guest("Kai", "applied", picture=False)
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.evaluate(NO_DEVICE_YET)
        await page.get_by_test_id("join-stage").click()
        await expect(page.get_by_test_id("join-picture")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("join-stage")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_test_id("join-voice").click()
        await expect(page.get_by_test_id("guest-wait")).to_have_attribute("data-state", "applied")
        await home.tell("guest.answered", {"state": "approved"})
        await expect(page.get_by_test_id("guest-wait")).to_have_attribute("data-state", "approved")
        assert await page.evaluate("window.asked") == []
        await page.get_by_test_id("guest-enter").click()
        await expect(page.get_by_test_id("guest-self")).to_be_visible()
        await home.until_commanded("POST", f"{RUBYS}/guest")
        assert [wanted["video"] for wanted in await page.evaluate("window.asked")] == [False]
    assert home.commanded("POST", GUESTS) == [{"picture": False}]
    assert ("POST", f"{RUBYS}/guest", None) in home.asked


async def test_a_guest_meets_host_guests_and_opponents_directly_and_the_rooms_sound_is_off_meanwhile(
    browser: Browser,
) -> None:
    fight = battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)])
    seats = [guest("Kai", "approved"), guest("Tom", "on-stage", picture=False, muted=True)]
    home = house(*seats, battle=fight, media_answers=False)
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        program = page.get_by_test_id("program")
        await expect(program).to_have_js_property("muted", False)
        await page.get_by_test_id("guest-enter").click()
        peers = page.get_by_test_id("peer")
        await expect(peers).to_have_count(4)
        met = await peers.evaluate_all("tiles => tiles.map(tile => tile.dataset.user)")
        assert set(met) == {f"user-of-{name}" for name in ("Ruby", "Tom", "Sapphire", "Mina")}
        heard = "videos => videos.filter(video => !video.muted).map(video => video.dataset.user)"
        assert "user-of-Tom" not in await page.get_by_test_id("peer-video").evaluate_all(heard)
        await expect(program).to_have_js_property("muted", True)
        await fits(page, 390)
        await page.get_by_test_id("guest-leave").click()
        await page.get_by_test_id("guest-leave-confirm").click()
        await expect(page.get_by_test_id("guest-stage")).to_have_count(0)
        await expect(program).to_have_js_property("muted", False)
        await expect(page.get_by_test_id("join-stage")).to_be_visible()
        await home.until_commanded("DELETE", f"{GUESTS}/{KAI}")
    assert len(home.commanded("DELETE", f"{GUESTS}/{KAI}")) == 1


async def test_an_applicant_of_whom_nobody_knows_any_more_is_free_again(browser: Browser) -> None:
    home = house(guest("Kai", "applied"))
    home.answers["DELETE", f"{GUESTS}/{KAI}"] = JSONResponse({"code": "guest-unknown", "status": 404}, 404)
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("guest-withdraw").click()
        await expect(page.get_by_test_id("guest-wait")).to_have_count(0)
        await expect(page.get_by_test_id("join-stage")).to_be_visible()


async def test_who_is_sent_away_is_told_and_his_camera_is_closed(browser: Browser) -> None:
    home = house(guest("Kai", "approved"), media_answers=False)
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("guest-enter").click()
        await expect(page.get_by_test_id("guest-self")).to_be_visible()
        await page.evaluate("window.track = document.querySelector('.tile-self video').srcObject.getTracks()[0]")
        await home.tell("guest.answered", {"state": "removed"})
        await expect(page.get_by_test_id("guest-stage")).to_have_count(0)
        await expect(page.get_by_test_id("toasts")).to_contain_text("not on stage any more")
        assert await page.evaluate("window.track.readyState") == "ended"


async def test_a_host_answers_applications_mutes_and_sends_away(browser: Browser) -> None:
    seats = [guest("Mina", "on-stage"), guest("Vic", "applied"), guest("Wim", "applied", picture=False)]
    home = house(*seats)
    async with visit(browser, home, "/studio", "Ruby") as page:
        await expect(page.get_by_test_id("peer")).to_have_count(1)
        home.answers["GET", GUESTS] = {"guests": [seats[0], guest("Vic", "approved"), seats[2]]}
        await page.get_by_test_id("approve-guest-user-of-Vic").click()
        await expect(page.get_by_test_id("guest-user-of-Vic")).to_have_attribute("data-state", "approved")
        home.answers["GET", GUESTS] = {"guests": [seats[0], guest("Vic", "approved")]}
        await page.get_by_test_id("decline-guest-user-of-Wim").click()
        # The page reads the list after each command, and may do so after it was told; or before the next click.
        await expect(page.get_by_test_id("guest-user-of-Wim")).to_have_count(0)
        muted = guest("Mina", "on-stage", muted=True)
        home.answers["GET", GUESTS] = {"guests": [muted, guest("Vic", "approved")]}
        await page.get_by_test_id("mute-guest-user-of-Mina").click()
        await home.tell("stage.changed", {"guests": [muted], "mixed": True})
        await expect(page.get_by_test_id("mute-guest-user-of-Mina")).to_have_attribute("aria-pressed", "true")
        await fits(page, 390)
        await page.get_by_test_id("remove-guest-user-of-Mina").click()
        assert home.commanded("DELETE", f"{GUESTS}/user-of-Mina") == []
        home.answers["GET", GUESTS] = {"guests": [guest("Vic", "approved")]}
        await page.get_by_test_id("remove-guest-user-of-Mina-confirm").click()
        await home.tell("stage.changed", {"guests": [], "mixed": True})
        await expect(page.get_by_test_id("peer")).to_have_count(0)
        await home.until_commanded("DELETE", f"{GUESTS}/user-of-Mina")
    for path in ("user-of-Vic/approve", "user-of-Wim/decline", "user-of-Mina/mute"):
        await home.until_commanded("POST", f"{GUESTS}/{path}")
        assert home.commanded("POST", f"{GUESTS}/{path}") == [None], path
    assert len(home.commanded("DELETE", f"{GUESTS}/user-of-Mina")) == 1


async def test_a_gift_can_go_to_a_guest(browser: Browser) -> None:
    home = house(guest("Mina", "on-stage"))
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("gift-open").click()
        await expect(page.get_by_test_id("gift-to-guest")).to_have_attribute("data-user", "user-of-Mina")


async def test_a_guest_who_goes_to_another_room_has_left_the_stage(browser: Browser) -> None:
    fight = battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)])
    home = house(guest("Kai", "approved"), battle=fight, media_answers=False)
    async with visit(browser, home, f"/rooms/{RUBYS}", "Kai") as page:
        await page.get_by_test_id("guest-enter").click()
        await expect(page.get_by_test_id("guest-self")).to_be_visible()
        await page.get_by_test_id("switch-room").click()
        await home.until_commanded("DELETE", f"{GUESTS}/{KAI}")
