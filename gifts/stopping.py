"""Ending tasks for sure. On Python 3.11 ``asyncio.wait_for`` returns a result that arrives together with a cancellation
and forgets the cancellation; redis-py waits in this way, so a task that talks to Redis may miss being told to stop.
"""

import asyncio
from collections.abc import Iterable

ASK_AGAIN_S = 0.05


def heed_cancellation() -> None:
    """Raise ``CancelledError`` in a task that was cancelled and was not told; an owner loop asks in every round."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel ``tasks`` until they are over."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=ASK_AGAIN_S)
