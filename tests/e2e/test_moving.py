"""A viewer's page follows by itself when the room goes over to another media worker."""

import os
import signal
from pathlib import Path

import httpx2
from playwright.async_api import expect
from websockets.asyncio.client import connect

from tests.e2e.browser import browser, person
from tests.e2e.people import stats, until_halves_are
from tests.platform import platform
from tests.processes import exists
from tests.server.test_bad_input import member
from tests.server.test_rolling_restart import joined, on_air, pid_of, told_to_move, worker_of
from tests.streaming.media.browser import rgb
from tests.streaming.media.pictures import BLUE, RED, Colour
from tests.streaming.media.rig import until

PATIENCE_S = 40


def seen_as(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = rgb(colour)
    return red, green, blue


async def test_a_page_follows_its_room_from_a_worker_that_stops_to_the_other_one(tmp_path: Path) -> None:
    async with (
        platform(tmp_path / "data", MEDIA_PROCESSES="2", MEDIA_DRAIN_S="20") as place,
        httpx2.AsyncClient(base_url=place.address, trust_env=False, timeout=10) as http,
        browser(tmp_path) as opened,
    ):
        ann = await member(http, "Ann", host=True)
        whip = f"{place.address}/whip/{ann.room}"
        feed = f"{place.address.replace('http', 'ws')}/api/v1/rooms/{ann.room}/feed?v=1&token={ann.token}"
        first = await joined(whip, ann.token)
        async with connect(feed) as hosts:
            async with on_air(first, RED):
                page = await person(opened, place.address, calm=True)
                await page.goto(f"/rooms/{ann.room}")
                await until_halves_are(page, seen_as(RED), seen_as(RED))
                before = await stats(page)
                leaving = pid_of(place, worker_of(first))
                os.kill(leaving, signal.SIGTERM)
                await told_to_move(hosts)
                again = await joined(whip, ann.token)
            async with on_air(again, BLUE):
                await until_halves_are(page, seen_as(BLUE), seen_as(BLUE))
                await expect(page.get_by_test_id("picture")).to_have_attribute("data-state", "playing")
                after = await stats(page)
                await until(lambda: not exists(leaving), "nobody holds the old worker any more", PATIENCE_S)
        assert worker_of(again) != worker_of(first)
        assert (before["joins"], after["joins"]) == (1, 2), "one new session, at the new home"
        for peer in (first, again):
            await peer.close()
