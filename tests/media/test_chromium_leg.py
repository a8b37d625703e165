"""Chromium behind a bad network: what its own receiver makes of our resends."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from tests.media.judge import freeze_ratio, healed_after
from tests.media.live import after
from tests.media.relay import CLEAN, Conditions
from tests.media.stage import Stage, spoilt, stage
from tests.streaming.media.browser import chromium, connect, open_page, received

pytestmark = pytest.mark.steady

SHOWN = """
() => {
  const video = document.querySelector('video');
  window.shown = [];
  const note = () => { window.shown.push(Date.now() / 1000); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
}
"""
WATCHED_S = 8.0


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    async with stage(seed=1_300) as scene:
        yield scene


async def watching(scene: Stage, page: Page, conditions: Conditions, for_s: float) -> tuple[list[float], float, float]:
    """When the page showed a picture, and when the trouble began and ended; all on the clock of the wall."""
    link = await scene.link()
    assert await connect(page, "/whep/r1", port=link.port) == 201
    await page.wait_for_function("() => document.querySelector('video').videoWidth > 0", timeout=15_000)
    await page.evaluate(SHOWN)
    await after(1.0)
    began = time.time()
    link.set(conditions)
    await after(for_s)
    link.set(CLEAN)
    ended = time.time()
    await after(WATCHED_S - for_s)
    assert link.down.tally.lost + link.down.tally.cut > 5
    shown: list[float] = await page.evaluate("() => window.shown")
    return shown, began, ended


async def test_chromium_mends_two_percent_of_losses_and_comes_through_a_cut(scene: Stage) -> None:
    caster, _ = await scene.host("r1")
    async with chromium() as browser:
        pages = [await open_page(browser, scene.rig.url) for _ in range(2)]
        lossy, cut = await asyncio.gather(
            watching(scene, pages[0], Conditions(loss=0.02), WATCHED_S),
            watching(scene, pages[1], Conditions(cut=True), 2.0),
        )
        stats: list[dict[str, Any]] = [await received(page) for page in pages]
        for page in pages:
            assert await page.evaluate("() => pc.connectionState") == "connected"
            await shows_red(page)
    assert stats[0]["video"]["lost"] <= 3, "what was lost has come again"
    assert stats[0]["audio"]["energy"] > 0
    assert len(caster.asked_for_keyframe) <= 10
    now = time.monotonic()
    if spoilt(scene.pulse.stalls, now - WATCHED_S, now):
        pytest.skip("the machine was too busy to judge freezes")
    shown, began, _ = lossy
    assert freeze_ratio(shown, began, shown[-1]) < 0.05
    assert stats[0]["video"]["plis"] <= 1
    shown, _, ended = cut
    assert healed_after(shown, ended, shown[-1]) < 5.0


async def shows_red(page: Page) -> None:
    """By its chroma: the greys of a numbered picture are any."""
    pixel = await page.evaluate(
        """() => {
          const canvas = document.createElement('canvas');
          const context = canvas.getContext('2d');
          canvas.width = canvas.height = 1;
          context.drawImage(document.querySelector('video'), 0, 0, 1, 1);
          return [...context.getImageData(0, 0, 1, 1).data];
        }"""
    )
    assert pixel[0] > pixel[1] + 40 and pixel[0] > pixel[2] + 40, pixel
