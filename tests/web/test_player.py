"""The player in Chromium: other ways to the picture when WebRTC does not come through, and what can be done with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.waiting import until
from tests.web.house import House, battle, chromium, fits, live_card, member, room_of, until_true, visit

ROOM = f"/rooms/{room_of('Ruby')}"
WIDTH, HEIGHT = 160, 90

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


def playlist(
    folder: Path, name: str = "index", width: int = WIDTH, height: int = HEIGHT, seconds: int = 4
) -> dict[str, bytes]:
    """Some seconds of red as HLS: the files by their names."""
    options = {"hls_time": "1", "hls_list_size": "0"}
    with av.open(str(folder / f"{name}.m3u8"), "w", format="hls", options=options) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = 10
        red = np.full((height, width, 3), (220, 20, 40), np.uint8)
        for _ in range(10 * seconds):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(red)))
        container.mux(stream.encode())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def fetched_library(page: Page) -> list[str]:
    """Whenever the library for HLS is asked for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/vendor/hls.js") else None)
    return asked


async def test_where_udp_is_blocked_hls_is_played_by_itself_and_without_hls_the_page_says_so(
    browser: Browser, tmp_path: Path
) -> None:
    offers_none = House(["Ruby"], unreachable=True)
    offers = House(["Ruby"], unreachable=True, files=playlist(tmp_path))
    sources = [{"kind": "whep", "url": "/whep/r"}, {"kind": "hls", "url": "/files/index.m3u8"}]
    offers.answers["GET", f"rooms/{room_of('Ruby')}"] = {**live_card("Ruby"), "broadcast": None, "sources": sources}
    async with visit(browser, offers, ROOM) as falls, visit(browser, offers_none, ROOM) as stays:
        late, never = fetched_library(falls), fetched_library(stays)
        await expect(falls.get_by_test_id("joining")).to_be_visible()
        await expect(stays.get_by_test_id("udp-blocked")).to_contain_text("UDP", timeout=30_000)
        await expect(falls.get_by_test_id("picture")).to_have_attribute("data-state", "playing", timeout=30_000)
        size = await falls.get_by_test_id("program").evaluate("video => [video.videoWidth, video.videoHeight]")
        assert size == [WIDTH, HEIGHT]
        assert len(late) == 1 and never == []
        assert len(offers.commanded("POST", room_of("Ruby"))) == 2, "WebRTC was tried again, and not for ever"


def two_sizes(folder: Path) -> dict[str, bytes]:
    """A list of two sizes, and their files."""
    lines = ["#EXTM3U"]
    for name, width, height in (("large", WIDTH, HEIGHT), ("small", 80, 44)):
        playlist(folder, name, width, height, seconds=90)
        lines += [
            f'#EXT-X-STREAM-INF:BANDWIDTH={width * 10_000},RESOLUTION={width}x{height},CODECS="avc1.64000a"',
            f"{name}.m3u8",
        ]
    (folder / "index.m3u8").write_text("\n".join(lines) + "\n")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_of_an_hls_list_a_viewer_chooses_the_size_and_sees_what_he_gets(browser: Browser, tmp_path: Path) -> None:
    house = House(["Ruby"], unreachable=True, files=two_sizes(tmp_path))
    sources = [{"kind": "hls", "url": "/files/index.m3u8"}]
    house.answers["GET", f"rooms/{room_of('Ruby')}"] = {**live_card("Ruby"), "broadcast": None, "sources": sources}
    async with visit(browser, house, ROOM) as page:
        await expect(page.get_by_test_id("picture")).to_have_attribute("data-state", "playing", timeout=30_000)
        await page.get_by_test_id("room-menu").click()
        menu, now = page.get_by_test_id("quality-menu"), page.get_by_test_id("quality-now")
        await expect(menu.get_by_role("radio")).to_have_count(3)
        await expect(menu.get_by_label("Automatic")).to_be_checked()
        for size, shown in (("44p", "80 × 44"), ("90p", "160 × 90")):
            await menu.get_by_label(size).check()
            await expect(now).to_have_text(shown, timeout=30_000)
        assert house.commanded("POST", "session/1/layer") == [], "no size of a list means anything to WebRTC"
        await page.get_by_test_id("picture-in-picture").click()
        await until_true(page, "document.pictureInPictureElement?.id === 'program'")
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("picture-in-picture").click()
        await until_true(page, "document.pictureInPictureElement === null")


async def test_a_viewer_chooses_the_quality_by_keys_and_every_session_is_told_also_after_a_reload(
    browser: Browser,
) -> None:
    house = House(["Ruby"], unreachable=True)

    async def told(so_often: int) -> None:
        async def heard() -> bool:
            said = [each["rid"] for each in house.commanded("POST", "session/1/layer")]
            passed_over = {"full"}
            return [rid for rid in said if rid not in passed_over] == ["half"] * so_often

        await until(heard, f"told {so_often} sessions")

    async with visit(browser, house, ROOM) as page:
        await page.get_by_test_id("room-menu").focus()
        await page.keyboard.press("Enter")
        menu = page.get_by_test_id("quality-menu")
        await expect(menu.get_by_role("radio")).to_have_count(4)
        await menu.get_by_label("Automatic").focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(menu.get_by_label("Half size")).to_be_checked()
        await fits(page, 390)
        await told(1)
        await told(2)
        house.asked.clear()
        await asyncio.gather(page.reload(), page.wait_for_event("load"))
        await told(1)
        await page.get_by_test_id("room-menu").click()
        await expect(menu.get_by_label("Half size")).to_be_checked()
        await menu.get_by_label("Sound only").check()
        await expect(page.get_by_test_id("quality-now")).to_have_text("Sound only")


async def test_the_menu_of_the_picture_shares_the_room_and_fills_the_screen(browser: Browser) -> None:
    async with visit(browser, House(["Ruby"]), ROOM) as page:
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.evaluate("Object.defineProperty(navigator, 'share', {value: undefined})")
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("share").click()
        await expect(page.get_by_text("link to this room is copied")).to_be_visible()
        assert str(await page.evaluate("navigator.clipboard.readText()")).endswith(ROOM)
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("full-screen").click()
        await until_true(page, "document.fullscreenElement === document.documentElement")
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("full-screen").click()
        await until_true(page, "document.fullscreenElement === null")
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("share").focus()
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("room-menu-list")).to_have_count(0)
        await expect(page.get_by_test_id("room-menu")).to_be_focused()
        await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        await page.keyboard.press("Enter")
        await page.get_by_test_id("share").click()
        await expect(page.get_by_test_id("share-address")).to_have_value(page.url)
        await fits(page, 390)


async def test_what_is_said_flies_over_the_picture_for_who_wants_it_until_it_is_deleted(browser: Browser) -> None:
    house = House(["Ruby"])
    lines = "span.danmaku-line:not(:empty)"
    async with visit(browser, house, ROOM) as page:
        await expect(page.get_by_test_id("chat-line")).to_have_count(1)
        await expect(page.get_by_test_id("danmaku")).to_have_count(0)
        await page.get_by_test_id("room-menu").click()
        await page.get_by_test_id("danmaku-switch").click()
        await expect(page.get_by_test_id("danmaku")).to_have_count(1)
        for number, (user, text) in enumerate([("a", "Go red!"), ("b", "Nonsense"), ("c", "Spam")]):
            said = {"id": f"m{number}", "user": user, "name": user, "text": text, "at_ms": house.now_ms}
            await house.tell("chat.said", said)
        await expect(page.locator(lines)).to_have_text(["Go red!", "Nonsense", "Spam"])
        await house.tell("chat.deleted", {"ids": ["m1"], "by": "h"})
        await expect(page.locator(lines)).to_have_text(["Go red!", "Spam"])
        await house.tell("chat.muted", {"user": "c", "until_ms": house.now_ms + 1000, "by": "h"})
        await expect(page.locator(lines)).to_have_text(["Go red!"])
        await asyncio.gather(page.reload(), page.wait_for_event("load"))
        await expect(page.get_by_test_id("danmaku")).to_have_count(1)


async def test_a_page_that_comes_back_as_it_was_left_plays_again(browser: Browser) -> None:
    house = House(["Ruby"])
    async with visit(browser, house, ROOM) as page:
        picture = page.get_by_test_id("picture")
        await expect(picture).to_have_attribute("data-state", "waiting")
        await page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        await expect(picture).to_have_attribute("data-state", "stopped")
        house.asked.clear()
        await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        await house.until_commanded("POST", room_of("Ruby"))


async def test_hearts_rise_from_as_many_elements_however_many_like(browser: Browser) -> None:
    house = House(["Ruby"])
    async with visit(browser, house, ROOM) as page:
        hearts = page.locator(".like-heart")
        await expect(hearts).to_have_count(18)
        for total in range(30):
            await house.tell("likes.summed", {"total": total, "count": 5})
        await expect(page.get_by_test_id("likes")).to_contain_text("29")
        await expect(page.locator(".like-heart.rising").first).to_be_attached()
        await expect(hearts).to_have_count(18)


@pytest.mark.parametrize("fights", [False, True])
async def test_on_a_phone_that_lies_on_its_side_the_chat_stands_beside_the_picture(
    browser: Browser, fights: bool
) -> None:
    shown = battle("fighting", [member("Ruby", 0)], [member("Sapphire", 1)]) if fights else None
    async with visit(browser, House(["Ruby"], shown), ROOM, "Kai") as page:
        await page.set_viewport_size({"width": 844, "height": 390})
        await expect(page.get_by_test_id("chat-line")).to_have_count(1)
        await fits(page, 844)
        picture, chat, line = [
            await page.get_by_test_id(each).bounding_box() for each in ("picture", "chat", "chat-input")
        ]
        assert picture and chat and line
        assert picture["x"] + picture["width"] <= chat["x"] and picture["y"] + picture["height"] <= 391
        assert chat["height"] > 150 and line["y"] + line["height"] <= 391
