"""What people do on the pages, in their words: sign up, go live, watch, invite, give."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Browser, Page, expect

from tests.e2e.browser import COLOURS, HALVES, TONES, person

PATIENCE_MS = 20_000
# Chromium's encoder and two colour conversions shift a flat colour a little; two hosts differ by more than 150.
COLOUR_ERROR = 45


async def signed_up(
    opened: Browser, address: str, name: str, *, width: int = 420, height: int = 860, calm: bool = False
) -> Page:
    page = await person(opened, address, width=width, height=height, calm=calm)
    await page.goto("/login")
    await page.get_by_test_id("signup-name").fill(name)
    await page.get_by_test_id("signup-password").fill(f"secret of {name}")
    await page.get_by_test_id("signup-submit").click()
    await expect(page.get_by_test_id("nav-me")).to_be_visible(timeout=PATIENCE_MS)
    return page


async def live_host(opened: Browser, address: str, name: str) -> tuple[Page, str]:
    """A host who has signed up, made a room and gone live; his studio and his room."""
    page = await signed_up(opened, address, name, width=1280, height=860)
    await page.goto("/studio")
    await page.get_by_test_id("room-title").fill(f"{name}'s room")
    await page.get_by_test_id("create-room").click()
    studio = page.get_by_test_id("studio")
    await expect(studio).to_be_visible(timeout=PATIENCE_MS)
    room = await studio.get_attribute("data-room")
    assert room is not None
    await page.get_by_test_id("go-live").click()
    await expect(studio).to_have_attribute("data-live", "true", timeout=PATIENCE_MS)
    return page, room


async def halves(page: Page) -> dict[str, list[float]] | None:
    seen: dict[str, list[float]] | None = await page.evaluate(HALVES)
    return seen


def alike(seen: list[float], colour: tuple[int, int, int]) -> bool:
    return max(abs(one - other) for one, other in zip(seen, colour, strict=True)) < COLOUR_ERROR


async def until_halves_are(page: Page, left: tuple[int, int, int], right: tuple[int, int, int]) -> None:
    """Wait until the two halves of the program's picture have these colours."""

    async def shown() -> str:
        seen = await halves(page)
        if seen is not None and alike(seen["left"], left) and alike(seen["right"], right):
            return ""
        return f"wanted {left} and {right}, saw {seen}"

    await until(page, shown)


async def until_colours_are(
    page: Page, video: str, wanted: dict[tuple[float, float], tuple[int, int, int]], patience_ms: int = PATIENCE_MS
) -> None:
    """Wait until the video of this selector has these colours at these points, which are 0..1 from the top left."""

    async def shown() -> str:
        seen = await page.evaluate(COLOURS, [video, list(wanted)])
        if seen is not None and all(alike(one, other) for one, other in zip(seen, wanted.values(), strict=True)):
            return ""
        return f"{video}: wanted {wanted}, saw {seen}"

    await until(page, shown, patience_ms)


async def until(page: Page, what: Callable[[], Awaitable[str]], patience_ms: int = PATIENCE_MS) -> None:
    """Wait for a condition, once a frame of ``page``: ``what`` returns "" when it holds, else what is the matter."""
    started = await page.evaluate("performance.now()")
    while complaint := await what():
        now = await page.evaluate("new Promise(resolve => requestAnimationFrame(() => resolve(performance.now())))")
        assert now - started < patience_ms, complaint


async def tones(page: Page, *frequencies: int) -> list[float]:
    """How far each tone stands out of the program's sound, in dB."""
    heard: list[float] = await page.evaluate(TONES, list(frequencies))
    return heard


async def stats(page: Page) -> dict[str, int]:
    """``window.ringside.stats``: what the page's media sessions have done."""
    counted: dict[str, int] = await page.evaluate("window.ringside.stats")
    return counted


async def score(page: Page, side: str) -> int:
    """The score of ``side`` on the page's battle bar."""
    return int(await page.get_by_test_id(f"score-{side}").get_attribute("data-score") or 0)


async def token(page: Page) -> str:
    """The bearer token of who is signed in on ``page``."""
    kept: str = await page.evaluate("JSON.parse(localStorage.getItem('ringside.session')).token")
    return kept
