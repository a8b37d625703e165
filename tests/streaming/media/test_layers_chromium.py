"""The page's own player in a real browser: the layer that a viewer has chosen is the picture that he sees."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.streaming.media.browser import chromium, open_page
from tests.streaming.media.pages import state, watch, way
from tests.streaming.media.rig import Rig, running, until
from tests.streaming.media.test_layers import LARGE, SIMULCAST, SMALL, Host, film_on

PATIENCE_MS = 30_000
HEARD = """async () => {
  let packets = 0;
  (await link.connection.getStats()).forEach(each => {
    if (each.kind === 'audio' && each.type === 'inbound-rtp') packets = each.packetsReceived;
  });
  return packets;
}"""


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def hears(page: Page, more: int) -> None:
    """Wait until so many packets of sound have come."""
    before = await page.evaluate(f"({HEARD})()")
    await page.wait_for_function(f"async wanted => await ({HEARD})() >= wanted", arg=before + more)


async def test_chromium_shows_the_layer_that_was_chosen_also_after_a_reconnect_and_hears_on_without_a_picture(
    rig: Rig,
) -> None:
    host = Host()
    await host.connect(f"{rig.url}/whip/room", token="host", more=SIMULCAST)
    filming = asyncio.create_task(film_on(host, "h", "l"))
    await until(lambda: any(room.publisher and room.publisher.started for room in rig.worker.rooms.values()), "live")
    async with chromium() as browser:
        page = await open_page(browser, rig.url)
        await watch(page, "/whep/room")

        async def shows(size: tuple[int, int]) -> None:
            wanted = "([width, height]) => document.querySelector('video').videoWidth === width"
            await page.wait_for_function(wanted + " && video.videoHeight === height", arg=size, timeout=PATIENCE_MS)

        await page.evaluate("window.video = document.querySelector('video'); video.muted = true; video.play()")
        await shows(LARGE)
        await page.evaluate("link.choose('half')")
        await shows(SMALL)
        session = await page.evaluate("link.session.address")
        await page.evaluate("link.move()")
        await page.wait_for_function("old => link.session !== null && link.session.address !== old", arg=session)
        await state(page, "playing")
        await shows(SMALL)
        await page.evaluate("link.choose('sound')")
        sessions = rig.worker.sessions
        await until(
            lambda: [layer for each in sessions if (layer := sessions.chosen_layer(each))] == ["sound"], "heard"
        )
        assert list(sessions.watched().values()) == [{"audio"}], "nobody is owed a picture"
        await hears(page, 10)  # what was on its way has come
        decoded = (await way(page))["decoded"]
        await hears(page, 60)
        assert (await way(page))["decoded"] == decoded
        await page.evaluate("link.choose('full')")
        await shows(LARGE)
    filming.cancel()
    await asyncio.gather(filming, return_exceptions=True)
    await host.close()
