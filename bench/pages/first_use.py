"""How soon a page can be used: from the navigation to the first control that a finger would hit and that acts."""

import statistics

from playwright.async_api import Browser, Page

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


async def usable_after_ms(page: Page, address: str) -> float:
    await page.goto(address, wait_until="commit")
    return float(await page.evaluate("window.usable"))


async def uses(browser: Browser) -> dict[str, list[float]]:
    """By ``first_PAGE`` and ``next_PAGE`` each visit's milliseconds: of a browser that has nothing of ours, and of the
    same one again."""
    found: dict[str, list[float]] = {}
    listener = listen("127.0.0.1", 0)
    async with serving(House(["Ruby"]).app(), listener):
        for name, (path, control) in CONTROLS.items():
            first, following = found.setdefault(f"first_{name}", []), found.setdefault(f"next_{name}", [])
            for _ in range(VISITS):
                device = await browser.new_context(viewport={"width": 390, "height": 844})
                page = await device.new_page()
                page.set_default_timeout(20_000)
                await page.add_init_script(f"({NOTE_FIRST_USE})({control!r})")
                for visits in (first, following):
                    address = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
                    visits.append(await usable_after_ms(page, address))
                await device.close()
    return found


def median(visits: list[float]) -> float:
    return round(statistics.median(visits), 1)
