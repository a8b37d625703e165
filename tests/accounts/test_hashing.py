"""Hashes run in so many threads and no more."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from accounts.errors import SignInBusy
from accounts.hashing import HashingThreads


@asynccontextmanager
async def one_running(threads: HashingThreads) -> AsyncIterator[asyncio.Future[None]]:
    """A hash that runs until the block ends."""
    running, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        running.set()
        assert go_on.wait(10)

    work = asyncio.ensure_future(threads.run(slow))
    assert await asyncio.to_thread(running.wait, 10)
    try:
        yield work
    finally:
        go_on.set()
        await asyncio.wait([work])
        await threads.close()


async def test_only_so_many_run_and_wait_and_one_more_is_refused() -> None:
    threads = HashingThreads(at_once=1, waiting=2)
    async with one_running(threads):
        waiting = [asyncio.ensure_future(threads.run(threading.get_ident)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(SignInBusy) as refused:
            await threads.run(threading.get_ident)
        assert refused.value.retry_after_s
        assert not any(each.done() for each in waiting)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert len(results) == 2


async def test_a_place_is_free_again_after_the_hash() -> None:
    threads = HashingThreads(at_once=1, waiting=0)
    idents = {await threads.run(threading.get_ident) for _ in range(3)}
    assert len(idents) == 1
    await threads.close()


async def test_a_hash_that_fails_gives_its_place_back() -> None:
    threads = HashingThreads(at_once=1, waiting=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
    await threads.close()


async def test_who_hangs_up_keeps_his_place_until_his_hash_is_done() -> None:
    threads = HashingThreads(at_once=1, waiting=0)
    async with one_running(threads) as gone:
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        with pytest.raises(SignInBusy):
            await threads.run(threading.get_ident)


async def test_no_thread_is_left_after_closing() -> None:
    threads = HashingThreads(at_once=2, waiting=8)
    await asyncio.gather(*(threads.run(threading.get_ident) for _ in range(8)))
    await threads.close()
    assert not [each.name for each in threading.enumerate() if each.name.startswith("argon2")]
