"""Chromium as people use it, driven by Playwright: one browser a person with a camera."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from tests.chromium import CHROMIUM
from tests.e2e.cameras import Look, write_camera, write_microphone

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

# Mean colour of two small squares in the middle of the left and the right half of the program's picture.
HALVES = """() => {
  const video = document.querySelector('[data-testid="program"]');
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(video, 0, 0);
  const mean = (x, y) => {
    const left = Math.round(x * canvas.width) - 8, top = Math.round(y * canvas.height) - 8;
    const pixels = context.getImageData(left, top, 16, 16).data;
    const sum = [0, 0, 0];
    for (let i = 0; i < pixels.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += pixels[i + c];
    return sum.map(value => value / (pixels.length / 4));
  };
  return {left: mean(0.25, 0.4), right: mean(0.75, 0.4), width: canvas.width, height: canvas.height};
}"""

# Mean colours of small squares at these points (0..1, from the top left) of a video that shows something.
COLOURS = """([selector, points]) => {
  const video = document.querySelector(selector);
  if (!video || !video.videoWidth) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(video, 0, 0);
  return points.map(([x, y]) => {
    const left = Math.round(x * canvas.width) - 4, top = Math.round(y * canvas.height) - 4;
    const pixels = context.getImageData(left, top, 8, 8).data;
    const sum = [0, 0, 0];
    for (let i = 0; i < pixels.length; i += 4) for (let c = 0; c < 3; c++) sum[c] += pixels[i + c];
    return sum.map(value => value / (pixels.length / 4));
  });
}"""

# How loud each tone is in the program, in dB over the median of the spectrum.
TONES = """async (tones) => {
  const video = document.querySelector('[data-testid="program"]');
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  analyser.smoothingTimeConstant = 0.5;
  const source = context.createMediaStreamSource(new MediaStream(video.srcObject.getAudioTracks()));
  source.connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const step = context.sampleRate / analyser.fftSize;
  const started = performance.now();
  while (performance.now() - started < 1500) await new Promise(requestAnimationFrame);
  analyser.getFloatFrequencyData(bins);
  await context.close();
  const floor = [...bins].sort((a, b) => a - b)[bins.length >> 1];
  return tones.map(tone => {
    const at = Math.round(tone / step);
    return Math.max(...bins.slice(at - 3, at + 4)) - floor;
  });
}"""


@asynccontextmanager
async def browser(folder: Path, look: Look | None = None, name: str = "viewer") -> AsyncIterator[Browser]:
    """A Chromium with the camera and microphone of ``look``; without ``look`` one that only watches."""
    flags = list(FLAGS)
    if look is not None:
        camera = write_camera(folder / f"{name}.y4m", look)
        microphone = write_microphone(folder / f"{name}.wav", look)
        flags += [f"--use-file-for-fake-video-capture={camera}", f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield opened
        finally:
            await opened.close()


async def person(opened: Browser, address: str, *, width: int = 420, height: int = 860, calm: bool = False) -> Page:
    """A page of a new person: own cookies and storage, camera and microphone allowed, English.

    ``calm``: he prefers reduced motion, and his browser has that much less to paint without a graphics card.
    """
    context = await opened.new_context(
        permissions=["camera", "microphone"],
        base_url=address,
        locale="en-US",
        viewport={"width": width, "height": height},
        ignore_https_errors=True,
        reduced_motion="reduce" if calm else "no-preference",
    )
    context.set_default_timeout(20_000)
    return await context.new_page()
