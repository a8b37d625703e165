"""Headless Chromium as host and viewer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.async_api import Browser, Page, async_playwright

from tests.chromium import BROWSER
from tests.streaming.media.pictures import Colour

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
]

CONNECT = r"""
async ({path, token, publish, port}) => {
  const pc = window.pc = new RTCPeerConnection();
  window.renegotiations = -1;  // the first offer is no renegotiation
  pc.onnegotiationneeded = () => { window.renegotiations += 1; };
  const stream = new MediaStream();
  if (publish) {
    const wanted = {video: {width: 320, height: 240, frameRate: 20}, audio: true};
    const camera = await navigator.mediaDevices.getUserMedia(wanted);
    for (const track of camera.getTracks()) pc.addTransceiver(track, {direction: 'sendonly'});
  } else {
    for (const kind of ['video', 'audio']) pc.addTransceiver(kind, {direction: 'recvonly'});
    pc.ontrack = event => { stream.addTrack(event.track); document.querySelector('video').srcObject = stream; };
  }
  await pc.setLocalDescription(await pc.createOffer());
  const headers = {'Content-Type': 'application/sdp'};
  if (token) headers.Authorization = 'Bearer ' + token;
  const answer = await fetch(path, {method: 'POST', headers, body: pc.localDescription.sdp});
  if (answer.status === 201) {
    let sdp = await answer.text();
    if (port) sdp = sdp.replace(/(a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1) \d+/g, '$1 ' + port);
    await pc.setRemoteDescription({type: 'answer', sdp});
  }
  return answer.status;
}
"""
PIXEL = """
() => {
  const video = document.querySelector('video');
  if (!video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  return [...context.getImageData(canvas.width / 2, canvas.height / 3, 1, 1).data.slice(0, 3)];
}
"""
NEAR = f"""
(wanted) => {{
  const pixel = ({PIXEL})();
  return pixel !== null && pixel.every((value, place) => Math.abs(value - wanted[place]) < 40);
}}
"""
LOUDEST = """
(hertz) => {
  if (!window.analyser) {
    const context = new AudioContext();
    window.analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(document.querySelector('video').srcObject).connect(analyser);
  }
  const levels = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(levels);
  const peak = levels.indexOf(Math.max(...levels));
  const found = peak * analyser.context.sampleRate / analyser.fftSize;
  return levels[peak] > -60 && Math.abs(found - hertz) < 20;
}
"""
RECEIVED = """
async () => {
  const found = {renegotiations: window.renegotiations};
  (await pc.getStats()).forEach(s => {
    if (s.type === 'inbound-rtp') found[s.kind] = {
      decoded: s.framesDecoded, freezes: s.freezeCount, lost: s.packetsLost, packets: s.packetsReceived,
      energy: s.totalAudioEnergy, plis: s.pliCount, delay: s.jitterBufferDelay / s.jitterBufferEmittedCount};
  });
  return found;
}
"""


def write_camera(path: Path, colour: Colour, frames: int = 20) -> None:
    """A y4m file of one colour, 320x240 at 20 frames a second, with some noise in luma."""
    generator = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W320 H240 F20:1 Ip A1:1 C420jpeg\n")
        for _ in range(frames):
            luma = np.clip(colour[0] + generator.integers(-4, 5, (240, 320)), 16, 235).astype(np.uint8)
            file.write(b"FRAME\n" + luma.tobytes())
            for value in colour[1:]:
                file.write(bytes([value]) * (160 * 120))


def rgb(colour: Colour) -> list[int]:
    """BT.601, limited range."""
    y, u, v = colour[0] - 16, colour[1] - 128, colour[2] - 128
    exact = (1.164 * y + 1.596 * v, 1.164 * y - 0.392 * u - 0.813 * v, 1.164 * y + 2.017 * u)
    return [round(min(255.0, max(0.0, value))) for value in exact]


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=BROWSER, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(browser: Browser, url: str) -> Page:
    context = await browser.new_context(permissions=["camera", "microphone"])
    page = await context.new_page()
    await page.goto(url)
    return page


async def connect(page: Page, path: str, *, token: str = "", publish: bool = False, port: int = 0) -> int:
    """`port`: the UDP port of a relay to send to instead of the worker's own."""
    wanted = {"path": path, "token": token, "publish": publish, "port": port}
    status: int = await page.evaluate(CONNECT, wanted)
    return status


async def shows(page: Page, colour: Colour, deadline_s: float = 10) -> None:
    """Wait until the middle of the page's video has `colour`."""
    await page.wait_for_function(NEAR, arg=rgb(colour), timeout=deadline_s * 1000)


async def sounds_like(page: Page, hertz: float, deadline_s: float = 10) -> None:
    """Wait until the loudest pitch of what the page's video plays is `hertz`."""
    await page.wait_for_function(LOUDEST, arg=hertz, timeout=deadline_s * 1000)


async def received(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(RECEIVED)
    return found
