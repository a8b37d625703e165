"""The studio's own publishing code in a headless page, and a camera that is as hard to encode as real ones."""

import re
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, Page, Route

from tests.streaming.media.browser import open_page

WEB = Path(__file__).parents[3] / "web"
PUBLISH = """
async ({endpoint, token, width, height, rate, simulcast}) => {
  const { Publish } = await import('/web/client/media/whip.js');
  const camera = await navigator.mediaDevices.getUserMedia({
    audio: true, video: {width: {exact: width}, height: {exact: height}, frameRate: rate}});
  window.states = [];
  window.publish = new Publish({
    endpoint, token: () => token, simulcast,
    onState: (state) => states.push(state), stillOurs: async () => true});
  publish.start(camera);
}
"""
SENT = """
async () => {
  const found = {available: 0, video: []};
  (await publish.connection.getStats()).forEach((s) => {
    if (s.type === 'candidate-pair' && s.nominated) found.available = s.availableOutgoingBitrate ?? 0;
    if (s.type === 'outbound-rtp' && s.kind === 'video') found.video.push({
      rid: s.rid ?? '', target: s.targetBitrate ?? 0, bytes: s.bytesSent, resent: s.retransmittedPacketsSent ?? 0,
      width: s.frameWidth ?? 0, height: s.frameHeight ?? 0, frames: s.framesEncoded, at: s.timestamp});
  });
  return found;
}
"""


def write_noisy_camera(
    path: Path, width: int, height: int, *, rate: int = 30, frames: int = 10, noise: int = 24
) -> None:
    """A y4m file that no encoder makes small: a plane of noise, another one each frame."""
    generator = np.random.default_rng(7)
    chroma = bytes([128]) * (width * height // 2)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(10):
            luma = 110 + generator.integers(-noise, noise + 1, (height, width))
            file.write(b"FRAME\n" + luma.astype(np.uint8).tobytes() + chroma)


async def studio(browser: Browser, url: str, *, through: int = 0) -> Page:
    """A page that can import the web modules of this repository. Its media go to the port `through` (a relay's)."""
    page = await open_page(browser, url)

    async def serve(route: Route) -> None:
        file = WEB / route.request.url.partition("/web/")[2]
        await route.fulfill(path=file, content_type="text/javascript")

    async def divert(route: Route) -> None:
        answer = await route.fetch()
        body = re.sub(r"(a=candidate:.* udp \d+ \S+) \d+", rf"\1 {through}", await answer.text())
        await route.fulfill(response=answer, body=body)

    await page.route("**/web/**", serve)
    if through:
        await page.route("**/whip/**", divert)
    return page


async def publish(
    page: Page, endpoint: str, *, size: tuple[int, int], rate: int = 30, token: str = "ann", simulcast: bool = False
) -> None:
    """Start publishing with `web/client/media/whip.js`; returns when it says that it is live."""
    width, height = size
    wanted = {"endpoint": endpoint, "token": token, "width": width, "height": height, "rate": rate}
    await page.evaluate(PUBLISH, {**wanted, "simulcast": simulcast})
    await page.wait_for_function("states.at(-1) === 'live'", timeout=10_000)


async def sent(page: Page) -> dict[str, Any]:
    """What the page's connection has sent by its own statistics; bits a second, bytes, milliseconds."""
    found: dict[str, Any] = await page.evaluate(SENT)
    return found
