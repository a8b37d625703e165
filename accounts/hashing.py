"""Threads for password hashes: so many at once and no more, for each hash takes 64 MiB and a core."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from accounts.errors import SignInBusy

DEADLINE_S = 10.0

T = TypeVar("T")


class HashingThreads:
    """``at_once`` run, at most ``waiting`` wait, one more is refused with ``SignInBusy``."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, "argon2")
        self._places = threading.BoundedSemaphore(at_once + waiting)

    async def run(self, work: Callable[[], T]) -> T:
        # A place is given back by the thread, not by the caller: who hangs up does not stop the hash that he began.
        if not self._places.acquire(blocking=False):
            raise SignInBusy(retry_after_s=2)
        future = self._threads.submit(work)
        future.add_done_callback(self._give_back)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            raise SignInBusy(retry_after_s=2) from None

    async def close(self) -> None:
        """Wait for what runs, cancel what waits."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    def _give_back(self, future: Future[T]) -> None:
        self._places.release()
