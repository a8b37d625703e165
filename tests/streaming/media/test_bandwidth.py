"""A browser learns from our feedback how much its uplink bears: fast at first, down when the link falls, up again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page

from tests.media.relay import CLEAN, Conditions, relay
from tests.streaming.media.browser import chromium
from tests.streaming.media.rig import Rig, running
from tests.streaming.media.studio import SENT, publish, studio, write_noisy_camera

# Returns the seconds until what the encoder aims at, and what has really been sent in the last one to two seconds, are
# between the two; null if they are not in time.
SENDS = f"""
async ([least, most, deadline]) => {{
  const began = performance.now();
  const samples = [];
  while (performance.now() < began + deadline) {{
    const video = (await ({SENT})()).video;
    const sum = (name) => video.reduce((all, each) => all + each[name], 0);
    samples.push({{at: video[0].at, bytes: sum('bytes')}});
    while (samples.at(-1).at - samples[0].at > 2000) samples.shift();
    const passed = samples.at(-1).at - samples[0].at;
    const sent = (samples.at(-1).bytes - samples[0].bytes) * 8000 / passed;
    if (passed >= 1000 && [sum('target'), sent].every((rate) => least <= rate && rate <= most)) {{
      return (performance.now() - began) / 1000;
    }}
    await new Promise((resolve) => setTimeout(resolve, 250));
  }}
  return null;
}}
"""


@pytest_asyncio.fixture
async def rig() -> AsyncIterator[Rig]:
    async with running() as rig:
        yield rig


async def sends(page: Page, least_bps: float, most_bps: float, deadline_s: float) -> float:
    """Wait until aim and bytes are both between these; returns the seconds that it took."""
    took_s: float | None = await page.evaluate(SENDS, [least_bps, most_bps, deadline_s * 1000])
    assert took_s is not None, f"not between {least_bps} and {most_bps} bits a second within {deadline_s} s"
    return took_s


async def test_the_picture_follows_the_uplink_down_and_up_again(rig: Rig, tmp_path: Path) -> None:
    write_noisy_camera(tmp_path / "noise.y4m", 320, 240, rate=30)
    async with (
        chromium(f"--use-file-for-fake-video-capture={tmp_path / 'noise.y4m'}") as browser,
        relay(rig.worker.udp_port) as link,
    ):
        host = await studio(browser, rig.url, through=link.port)
        await publish(host, "/whip/r1", size=(320, 240), rate=30)
        await sends(host, 2_000_000, 4_000_000, 30)
        link.up.conditions = Conditions(rate_bps=500_000)
        await sends(host, 0, 700_000, 20)
        link.up.conditions = CLEAN
        await sends(host, 1_200_000, 4_000_000, 45)
        assert link.up.tally.overflowed > 0, "the link was full"
        assert rig.worker.counters.packets_excess == 0
