"""Waiting for what only asking shows: it is asked again and again, with pauses that leave the core to the asked one."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 30.0
PAUSE_S = 0.05


async def pause() -> None:
    """Let the loop's selector wait for a moment."""
    loop = asyncio.get_running_loop()
    woken = loop.create_future()
    loop.call_later(PAUSE_S, _wake, woken)
    await woken


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():  # he may have been cancelled
        sleeper.set_result(None)


async def until(holds: Callable[[], Awaitable[object]], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until ``holds`` answers with something true; the test fails with ``what`` when it does not in time."""
    try:
        async with asyncio.timeout(patience_s):
            while not await holds():
                await pause()
    except TimeoutError:
        raise AssertionError(f"not in {patience_s:g} s: {what}") from None
