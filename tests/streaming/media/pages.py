"""Publishing and watching in a headless Chromium: `web/client/media/whip.js` and `whep.js` as they are."""

from typing import Any

from playwright.async_api import Page

PUBLISH = """async ({path, token}) => {
  const {Publish} = await import('/static/client/media/whip.js');
  const wanted = {video: {width: 320, height: 240, frameRate: 20}, audio: true};
  const camera = await navigator.mediaDevices.getUserMedia(wanted);
  window.states = [];
  window.link = new Publish({
    endpoint: path, token: () => token, onState: (state) => window.states.push(state), stillOurs: async () => true});
  link.start(camera);
}"""
WATCH = """async ({path}) => {
  const {Watch} = await import('/static/client/media/whep.js');
  window.states = [];
  window.link = new Watch({
    endpoint: path, token: () => null, onState: (state) => window.states.push(state),
    onStream: (stream) => { document.querySelector('video').srcObject = stream; }});
  link.start();
}"""
PATH = """async () => {
  const found = {ufrag: null, decoded: 0, sent: 0};
  (await link.connection.getStats()).forEach(each => {
    if (each.type === 'transport') found.ufrag = each.iceLocalUsernameFragment;
    if (each.type === 'inbound-rtp' && each.kind === 'video') found.decoded += each.framesDecoded;
    if (each.type === 'outbound-rtp' && each.kind === 'video') found.sent += each.framesSent ?? 0;
  });
  return found;
}"""


async def publish(page: Page, path: str, token: str) -> None:
    await page.evaluate(PUBLISH, {"path": path, "token": token})
    await state(page, "live")


async def watch(page: Page, path: str) -> None:
    await page.evaluate(WATCH, {"path": path})
    await state(page, "playing")


async def state(page: Page, wanted: str) -> None:
    """Wait until the page's link says that it is `wanted`."""
    await page.wait_for_function("(wanted) => states.at(-1) === wanted", arg=wanted, timeout=15_000)


async def way(page: Page) -> dict[str, Any]:
    """`ufrag` of the ICE session in use; pictures `decoded` and `sent` so far."""
    found: dict[str, Any] = await page.evaluate(PATH)
    return found


async def stats(page: Page) -> dict[str, int]:
    counted: dict[str, int] = await page.evaluate("ringside.stats")
    return counted
