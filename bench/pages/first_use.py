"""How soon a page can be used: from the navigation to the first control that a finger would hit and that acts."""

import statistics

from playwright.async_api import Browser

from server.http import listen, serving
from tests.web.house import House

VISITS = 5
CONTROLS = {"lobby": ("/", "a[href='/rooms/room-of-Ruby']"), "room": ("/rooms/room-of-Ruby", "[data-testid=like]")}
# Drawn, enabled, and on top of everything at its middle.
NOTE_FIRST_USE = """selector => window.usable = new Promise(tell => {
  const look = () => {
    const control = document.querySelector(selector);
    const box = control?.getBoundingClientRect();
    const hit = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (hit && !control.disabled && control.contains(hit)) tell(performance.now());
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


async def usable_after_ms(browser: Browser, path: str, control: str) -> float:
    """By somebody whose browser has nothing of ours yet."""
    listener = listen("127.0.0.1", 0)
    async with serving(House(["Ruby"]).app(), listener):
        device = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await device.new_page()
        page.set_default_timeout(20_000)
        await page.add_init_script(f"({NOTE_FIRST_USE})({control!r})")
        await page.goto(f"http://127.0.0.1:{listener.getsockname()[1]}{path}", wait_until="commit")
        after_ms = float(await page.evaluate("window.usable"))
        await device.close()
    return after_ms


async def first_uses(browser: Browser) -> dict[str, list[float]]:
    """By page, each visit's milliseconds."""
    return {
        page: [await usable_after_ms(browser, path, control) for _ in range(VISITS)]
        for page, (path, control) in CONTROLS.items()
    }


def median(visits: list[float]) -> float:
    return round(statistics.median(visits), 1)
