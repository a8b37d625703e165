"""A server of somebody else, as a process of ours: waited for, and ended."""

import asyncio
import signal

STOP_S = 10.0
LOOK_S = 0.05


async def opens(process: asyncio.subprocess.Process, port: int) -> None:
    """Until it listens on ``port``; ``RuntimeError`` when it has ended instead. The caller has a deadline."""
    while True:
        if process.returncode is not None:
            raise RuntimeError(f"it ended with {process.returncode}")
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(LOOK_S)
            continue
        writer.close()
        return


async def stop(process: asyncio.subprocess.Process) -> None:
    """Asked, and after ``STOP_S`` made to."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
