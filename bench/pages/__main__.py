"""``make bench-pages``: how soon the pages can be used, and how much they do while gifts fly."""

import asyncio
import statistics

from bench.pages.first_use import median, uses
from bench.pages.storm import storm
from bench.record import Figure, write
from tests.web.house import chromium

ROUNDS = 3
MOST_USE_MS = 1000
MOST_TASK_MS = 50
MOST_WORK_MS = 4


async def main() -> None:
    async with chromium() as browser:
        used = await uses(browser)
        storms = [await storm(browser) for _ in range(ROUNDS)]
    figures = {
        f"{which.replace('_', '_use_')}_ms": Figure(median(visits), "ms", MOST_USE_MS) for which, visits in used.items()
    } | {
        "longest_task_ms": Figure(
            round(statistics.median(each.longest_task_ms for each in storms), 1), "ms", MOST_TASK_MS
        ),
        "work_ms_a_frame": Figure(
            round(statistics.median(each.work_ms_a_frame for each in storms), 2), "ms", MOST_WORK_MS
        ),
        "frames": Figure(statistics.median(each.frames for each in storms), "frames in 4 s"),
    }
    write(
        "pages",
        figures,
        {"visits": [f"{page}: {visits}" for page, visits in used.items()], "storms": [*map(str, storms)]},
    )


if __name__ == "__main__":
    asyncio.run(main())
