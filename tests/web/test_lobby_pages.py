"""The lobby in Chromium: pictures of live rooms, search, follows, and what it shows when nothing is to be shown."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.responses import JSONResponse, Response
from PIL import Image
from playwright.async_api import Browser, Page, expect
from starlette.types import Receive, Scope, Send

from tests.web.house import House, chromium, fits, live_card, person, room_of, visit

LOBBY = ("GET", "rooms")
FOLLOWS = ("GET", "me/follows")
# Whether the page asks for the list when it comes back to the front, and does not while it is behind.
ASKED_BEHIND_AND_IN_FRONT = """() => {
  const before = window.fetch;
  let asked = 0;
  window.fetch = (...what) => { asked += 1; return before(...what); };
  Object.defineProperty(document, 'hidden', { value: true, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
  const behind = asked;
  Object.defineProperty(document, 'hidden', { value: false, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
  window.fetch = before;
  return [behind, asked];
}"""
# Whether a picture is over each corner of a card.
COVERED = """card => {
  const box = card.getBoundingClientRect();
  return [...card.querySelectorAll('.poster img')].some((image) => {
    const { left, top, right, bottom } = image.getBoundingClientRect();
    return left <= box.left && top <= box.top && right >= box.right && bottom >= box.bottom;
  });
}"""


class Late(Response):
    """An answer that comes when the test says so."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.there = asyncio.Event()
        self._answer = JSONResponse(body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.there.wait()
        await self._answer(scope, receive, send)


def jpeg(colour: str) -> Response:
    written = io.BytesIO()
    Image.new("RGB", (270, 480), colour).save(written, "JPEG")
    return Response(written.getvalue(), media_type="image/jpeg")


def house(*cards: dict[str, Any], follows: tuple[str, ...] = ()) -> House:
    people = [person(name) | {"since_ms": 1} for name in follows]
    return House(answers={LOBBY: {"rooms": list(cards)}, FOLLOWS: {"people": people, "next": None}})


def pictures(page: Page) -> list[str]:
    """From now on: the rooms and tags of the posters that the page asks for."""
    asked: list[str] = []

    def note(address: str) -> None:
        if "/poster?v=" in address:
            asked.append(address.split("/rooms/")[1].replace("/poster?v=", " "))

    page.on("request", lambda request: note(request.url))
    return asked


async def names(page: Page) -> list[str]:
    return await page.locator(".card-host").all_inner_texts()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def test_a_card_shows_the_newest_picture_and_keeps_it_until_the_next_is_there(browser: Browser) -> None:
    played = house(live_card("mia", poster="one"), live_card("leo"), live_card("eva", poster="gone"))
    played.answers["GET", f"rooms/{room_of('mia')}/poster"] = jpeg("red")
    played.answers["GET", f"rooms/{room_of('eva')}/poster"] = JSONResponse({"code": "no-poster", "status": 404}, 404)
    async with visit(browser, played, "/") as page:
        mia = page.get_by_test_id(f"room-{room_of('mia')}")
        picture = mia.get_by_test_id("poster")
        await expect(picture).to_have_attribute("src", f"/api/v1/rooms/{room_of('mia')}/poster?v=one")
        assert await picture.evaluate("image => image.naturalWidth") == 270
        await expect(mia.locator(".avatar")).to_have_count(0)
        for name in ("leo", "eva"):
            await expect(page.get_by_test_id(f"room-{room_of(name)}").locator(".avatar")).to_be_visible()
        for tag in (None, "two"):
            played.answers[LOBBY] = {"rooms": [live_card("mia", poster=tag)]}
            await expect(page.locator(".card")).to_have_count(1)
            await expect(picture).to_be_visible()
        await expect(picture).to_have_attribute("src", f"/api/v1/rooms/{room_of('mia')}/poster?v=two")


async def test_pictures_are_fetched_of_cards_that_can_be_seen_and_only_while_somebody_looks(browser: Browser) -> None:
    crowd = [f"host{number:02}" for number in range(40)]
    played = house(*(live_card(name, poster="one") for name in crowd))
    for name in crowd:
        played.answers["GET", f"rooms/{room_of(name)}/poster"] = jpeg("blue")
    async with visit(browser, played, "/nowhere") as page:
        asked = pictures(page)
        await page.goto(page.url.replace("/nowhere", "/"))
        await expect(page.get_by_test_id("poster").first).to_be_visible()
        last = page.get_by_test_id(f"room-{room_of(crowd[-1])}")
        assert f"{room_of(crowd[0])} one" in asked and f"{room_of(crowd[-1])} one" not in asked
        await last.scroll_into_view_if_needed()
        await expect(last.get_by_test_id("poster")).to_be_visible()
        assert await page.evaluate(ASKED_BEHIND_AND_IN_FRONT) == [0, 1]


async def test_rooms_are_found_by_title_and_by_host_in_both_scripts(browser: Browser) -> None:
    ruby = live_card("Ruby", title="Songs at night", in_battle=True)
    async with visit(browser, house(ruby, live_card("小明", title="深夜点歌"), live_card("José")), "/") as page:
        search = page.get_by_test_id("lobby-search")
        for words, found in (("SONG", ["Ruby"]), ("点歌", ["小明"]), ("小明", ["小明"]), ("jose", ["José"])):
            await search.fill(words)
            await expect(page.locator(".card-host")).to_have_text(found)
            await expect(page.get_by_test_id("lobby-told")).to_have_text("Rooms found: 1")
            await expect(page.get_by_test_id("lobby-end")).to_have_text("That is everybody who was found.")
        await search.fill("nobody is called so")
        await expect(page.get_by_test_id("lobby-nobody")).to_contain_text("nobody is called so")
        await page.get_by_test_id("show-all").click()
        assert await names(page) == ["Ruby", "小明", "José"]
        await expect(search).to_have_value("")
        await expect(page.get_by_test_id("battle-badge")).to_have_count(1)
        await search.fill("night")
        await page.get_by_test_id(f"room-{room_of('Ruby')}").click()
        await page.go_back()
        await expect(page.get_by_test_id("lobby-search")).to_have_value("night")
        await page.get_by_test_id("search-clear").click()
        await expect(page.locator(".card")).to_have_count(3)
        await expect(search).to_be_focused()


async def test_whoever_is_signed_in_follows_on_the_card_and_sees_only_those(browser: Browser) -> None:
    played = house(live_card("mia"), live_card("leo"), follows=("eva",))
    follows = played.answers[FOLLOWS]
    played.answers[FOLLOWS] = JSONResponse({"code": "unavailable", "status": 503}, 503)
    async with visit(browser, played, "/", "kai") as page:
        only = page.get_by_test_id("following-only")
        await only.click()
        await expect(page.get_by_test_id("follows-again")).to_be_visible()
        await expect(page.get_by_test_id("lobby-nobody")).to_have_count(0)
        played.answers[FOLLOWS] = follows
        await page.get_by_test_id("follows-again").click()
        await expect(page.get_by_test_id("lobby-nobody")).to_contain_text("Nobody whom you follow is live")
        await page.get_by_test_id("show-all").click()
        await expect(only).to_have_attribute("aria-pressed", "false")
        leo = page.locator(".card", has=page.get_by_test_id(f"room-{room_of('leo')}")).get_by_test_id("follow")
        await expect(leo).to_have_attribute("aria-label", "Follow leo")
        await leo.click()
        await expect(leo).to_have_attribute("aria-pressed", "true")
        assert played.commanded("PUT", "me/follows/user-of-leo") == [None]
        assert page.url.endswith("/"), "the card was not opened"
        await only.click()
        await expect(page.locator(".card-host")).to_have_text(["leo"])
    async with visit(browser, played, "/") as page:
        await expect(page.locator(".card")).to_have_count(2)
        await expect(page.get_by_test_id("follow").or_(page.get_by_test_id("following-only"))).to_have_count(0)


async def test_it_says_that_it_looks_that_it_failed_and_tries_again(browser: Browser) -> None:
    late = Late({"rooms": []})
    played = house()
    played.answers[LOBBY] = late
    async with visit(browser, played, "/") as page:
        await expect(page.get_by_test_id("lobby-loading")).to_be_visible()
        await expect(page.get_by_test_id("lobby-told")).to_have_text("Looking who is live …")
        played.answers[LOBBY] = JSONResponse({"code": "unavailable", "status": 503}, 503)
        late.there.set()
        await expect(page.get_by_role("alert")).to_be_visible()
        played.answers[LOBBY] = {"rooms": [live_card("mia")]}
        await page.get_by_test_id("lobby-again").click()
        await expect(page.locator(".card")).to_have_count(1)
        await expect(page.get_by_role("alert")).to_have_count(0)
        played.answers[LOBBY] = JSONResponse({"code": "unavailable", "status": 503}, 503)
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.locator(".card")).to_have_count(1)


async def test_an_empty_house_explains_three_ways_to_begin(browser: Browser) -> None:
    async with visit(browser, house(), "/", width=360) as page:
        empty = page.get_by_test_id("lobby-empty")
        for words in ("Sign up, open the studio", "OBS", "make demo"):
            await expect(empty).to_contain_text(words)
        await expect(page.get_by_test_id("lobby-search").or_(page.get_by_test_id("live-rooms"))).to_have_count(0)
        await expect(page.get_by_test_id("lobby-go-live")).to_have_attribute("href", "/studio")
        await expect(page.get_by_test_id("lobby-key")).to_have_attribute("href", "/studio/key")
        await fits(page, 360)


async def test_more_cards_come_as_one_nears_the_end_and_then_it_is_the_end(browser: Browser) -> None:
    async with visit(browser, house(*(live_card(f"host{number:03}") for number in range(120))), "/") as page:
        await expect(page.locator(".card")).to_have_count(48)
        await expect(page.get_by_test_id("lobby-end")).to_have_count(0)
        for count in (96, 120):
            await page.locator(".card").last.scroll_into_view_if_needed()
            await expect(page.locator(".card")).to_have_count(count)
        await expect(page.get_by_test_id("lobby-end")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
async def test_nothing_is_wider_than_the_screen_and_all_can_be_hit(browser: Browser, width: int) -> None:
    cards = [live_card("mia", in_battle=True, poster="one", title="x" * 80), live_card("leo", state="reconnecting")]
    played = house(*cards, follows=("leo",))
    played.answers["GET", f"rooms/{room_of('mia')}/poster"] = jpeg("red")
    async with visit(browser, played, "/", "kai", width=width) as page:
        await expect(page.get_by_test_id("poster")).to_be_visible()
        assert await page.get_by_test_id(f"room-{room_of('mia')}").evaluate(COVERED)
        await page.get_by_test_id("lobby-search").fill("a")
        await expect(page.get_by_test_id("search-clear")).to_be_visible()
        await fits(page, width)
