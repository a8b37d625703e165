"""``first_picture_ms`` and ``glass_to_glass_ms``: Chromium to Chromium through the real pages, on loopback."""

import statistics
from pathlib import Path

from bench.main import delays, first_pictures, live, showing
from bench.record import Figure
from tests.e2e.browser import browser, person
from tests.platform import platform


async def pictures(folder: Path) -> tuple[dict[str, Figure], list[str]]:
    async with (
        platform(folder / "pages", HOST="127.0.0.1") as place,
        browser(folder) as hosts,
        browser(folder) as crowd,
    ):
        _, room = await live(hosts, place, "Ruby", "#a02020", 440)
        first = await first_pictures(crowd, place, room)
        viewer = await person(crowd, place.address, calm=True)
        await viewer.goto(f"/rooms/{room}")
        await showing(viewer)
        glass = await delays(viewer, None)
    return {
        "first_picture_ms": Figure(round(statistics.median(first)), "ms", 250),
        "glass_to_glass_ms": Figure(round(statistics.median(glass)), "ms", 150),
    }, [f"first picture: {len(first)} clicks, worst {max(first):.0f} ms; glass to glass: {len(glass)} frames"]
