"""Waiting for processes that are not our children."""

import asyncio
import os

DEADLINE_S = 15.0


async def gone(pid: int) -> None:
    """Wait until the process has ended; a pidfd becomes readable then."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, over.set)
    try:
        async with asyncio.timeout(DEADLINE_S):
            await over.wait()
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
